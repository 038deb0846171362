import type { IBinaryKeyData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import {
	chooseOutputs,
	download,
	mapSettled,
	toRunComfyError,
	type OutputFile,
	type Outputs,
	type RequestRef,
	type Saved,
} from '../../core';
import type { Session } from './session';
import type { OutputOptions } from './shared/options';

/** What one run gave, in the form of an item. */
export interface TakenOutputs {
	json: { files: IDataObject[]; texts: IDataObject[]; warnings: string[] };
	binary?: IBinaryKeyData;
}

/** Files of one item that are fetched at the same time. */
const DOWNLOADS_AT_ONCE = 4;

/**
 * The wanted outputs of a result. Files stream into binary data under `data`, `data_1`, … by their
 * place in `files`. A file that could not be fetched leaves its entry, with its address, and a
 * warning: what was paid for is never lost for a download.
 * @throws RunComfyError `aborted`
 */
export async function takeOutputs(
	context: IExecuteFunctions,
	session: Session,
	ref: RequestRef,
	outputs: Outputs,
	options: OutputOptions,
): Promise<TakenOutputs> {
	const { files, texts, warnings } = chooseOutputs(outputs, options);
	const fetched = options.downloadFiles
		? await mapSettled(files, DOWNLOADS_AT_ONCE, (file) =>
				fetchFile(context, session, ref, file, options.maxBytes),
			)
		: [];
	const taken: TakenOutputs = {
		json: { files: [], texts: texts.map((text) => ({ ...text })), warnings: [...warnings] },
	};
	for (const [index, file] of files.entries()) {
		const got = fetched[index];
		const property = index === 0 ? 'data' : `data_${index}`;
		if (got?.ok) taken.binary = { ...taken.binary, [property]: got.value };
		else if (got) taken.json.warnings.push(warningOf(got.error));
		taken.json.files.push({ ...file, ...(got?.ok ? { binary_property: property } : {}) });
	}
	return taken;
}

type Binary = Awaited<ReturnType<IExecuteFunctions['helpers']['prepareBinaryData']>>;

function fetchFile(
	context: IExecuteFunctions,
	{ client, host, signal }: Session,
	ref: RequestRef,
	file: OutputFile,
	maxBytes: number | undefined,
): Promise<Binary> {
	return download<Binary>(client, ref, file, {
		maxBytes,
		signal,
		async save(chunks): Promise<Saved<Binary>> {
			const count = { bytes: 0 };
			const value = await context.helpers.prepareBinaryData(
				host.toReadable(counted(chunks, count)),
				file.filename,
				file.mime_type,
			);
			return { bytes: count.bytes, value };
		},
	});
}

async function* counted(
	chunks: AsyncIterable<Uint8Array>,
	count: { bytes: number },
): AsyncGenerator<Uint8Array> {
	for await (const chunk of chunks) {
		count.bytes += chunk.length;
		yield chunk;
	}
}

/** @throws RunComfyError `aborted`: a stopped execution has no use for the rest. */
function warningOf(thrown: unknown): string {
	const error = toRunComfyError(thrown, 'output_unavailable');
	if (error.code === 'aborted') throw error;
	return `${error.message}. ${error.hint}`;
}
