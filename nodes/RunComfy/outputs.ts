import type { IBinaryData, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	chooseOutputs,
	download,
	mapSettled,
	toRunComfyError,
	type OutputFile,
	type Outputs,
	type RequestRef,
	type ResultAnswer,
} from '../../core';
import type { Session } from './session';
import type { OutputOptions } from './shared/options';
import { plain } from './shared/plain';

/** Files of one item that are fetched at the same time. */
const DOWNLOADS_AT_ONCE = 4;

/**
 * A result with the wanted ones of its outputs as an item. Files stream into binary data under
 * `data`, `data_1`, … by their place in `files`. A file that could not be fetched leaves its entry,
 * with its address, and a warning: what was paid for is never lost for a download.
 * @throws RunComfyError `aborted`
 */
export async function toItem(
	context: IExecuteFunctions,
	session: Session,
	result: ResultAnswer,
	outputs: Outputs,
	wanted: OutputOptions,
): Promise<INodeExecutionData> {
	const ref = { requestId: result.request_id, deploymentId: result.deployment_id };
	const { files, texts, warnings } = chooseOutputs(outputs, wanted);
	const fetched = wanted.downloadFiles
		? await mapSettled(files, DOWNLOADS_AT_ONCE, (file) =>
				fetchFile(context, session, ref, file, wanted.maxBytes),
			)
		: [];
	const lost = fetched.flatMap((got) => (got.ok ? [] : [warningOf(got.error)]));
	const binary = Object.fromEntries(
		fetched.flatMap((got, index) => (got.ok ? [[propertyOf(index), got.value.binary]] : [])),
	);
	return {
		json: {
			...plain(result),
			files: files.map((file, index) => {
				const got = fetched[index];
				return got?.ok
					? { ...file, url: got.value.url, binary_property: propertyOf(index) }
					: { ...file };
			}),
			texts,
			warnings: [...warnings, ...lost],
		},
		...(Object.keys(binary).length > 0 ? { binary } : {}),
	};
}

function propertyOf(index: number): string {
	return index === 0 ? 'data' : `data_${index}`;
}

interface Fetched {
	binary: IBinaryData;
	/** Where it came from in the end: an address may expire and be replaced. */
	url: string;
}

function fetchFile(
	context: IExecuteFunctions,
	{ client, host, signal }: Session,
	ref: RequestRef,
	file: OutputFile,
	maxBytes: number | undefined,
): Promise<Fetched> {
	return download<Fetched>(client, ref, file, {
		maxBytes,
		signal,
		async save(chunks, { url, filename, mime_type }) {
			const count = { bytes: 0 };
			const stream = host.toReadable(counted(chunks, count));
			const binary = await context.helpers.prepareBinaryData(stream, filename, mime_type);
			return { bytes: count.bytes, value: { binary, url } };
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
