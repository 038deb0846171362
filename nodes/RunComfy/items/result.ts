import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	chooseOutputs,
	DEFAULTS,
	download,
	mapSettled,
	type OutputFile,
	type Outputs,
	type RequestRef,
	type ResultAnswer,
	type RunResult,
	type Settled,
	warnOfMissingFile,
} from '../../../core';
import type { OutputOptions } from '../parameters/options';
import { hintOnce } from '../session/hints';
import type { ParkedTimes } from '../session/ledger';
import type { RunSession, Session } from '../session/session';
import { withoutRaw } from './json';

/**
 * A result with the outputs that the user wants: one item, or one for each file. Files stream into
 * binary data under `data`, `data_1`, … by their place in the item. If a file cannot be fetched you get
 * its address and a warning: a failed download never loses what was paid for.
 * @throws RunComfyError `aborted`
 */
export async function toItems(
	context: IExecuteFunctions,
	session: Session & Pick<RunSession, 'forAgent'>,
	result: ResultAnswer,
	outputs: Outputs,
	wanted: OutputOptions,
): Promise<INodeExecutionData[]> {
	const ref = { requestId: result.request_id, deploymentId: result.deployment_id };
	const chosen = chooseOutputs(outputs, wanted);
	const fetched =
		wanted.downloadFiles && !session.forAgent
			? await mapSettled(chosen.files, DEFAULTS.n8n.downloadsAtOnce, (file) =>
					fetchFile(context, session, ref, file, wanted),
				)
			: [];
	const files = chosen.files.map((file, index) => toEntry(file, fetched[index]));
	if (fetched.some(({ ok }) => !ok)) hintOnce(context, session, [NOT_EVERY_FILE]);
	return wanted.itemPerFile && files.length > 0 && !session.forAgent
		? files.map((file) => itemOfFile(result, chosen, file))
		: [itemOfRequest(result, chosen, files)];
}

/** The result, with the time that n8n took for the wait. */
export function withParkedTimes(result: RunResult, parked: ParkedTimes) {
	return { ...result, timings: { ...result.timings, ...parked } };
}

// One hint for all files: there may be hundreds.
const NOT_EVERY_FILE =
	'Not every file was downloaded. The warnings in the item say why. Its files still have their addresses.';

interface FileEntry {
	file: OutputFile;
	binary?: IBinaryData;
	warnings: string[];
}

/** @throws RunComfyError `aborted` */
function toEntry(file: OutputFile, got: Settled<Fetched> | undefined): FileEntry {
	if (!got) return { file, warnings: [] };
	if (!got.ok) return { file, warnings: [warnOfMissingFile(got.error)] };
	const { url, binary } = got.value;
	return { file: { ...file, url }, binary, warnings: [] };
}

function itemOfRequest(
	result: ResultAnswer,
	{ texts, warnings }: Outputs,
	files: FileEntry[],
): INodeExecutionData {
	const binary = files.flatMap((entry, index) =>
		entry.binary ? [[propertyOf(index), entry.binary] as const] : [],
	);
	return {
		json: {
			...withoutRaw(result),
			files: files.map((entry, index) => describe(entry, propertyOf(index))),
			texts,
			warnings: [...warnings, ...files.flatMap((entry) => entry.warnings)],
		},
		...(binary.length > 0 ? { binary: Object.fromEntries(binary) } : {}),
	};
}

// Without the fields that list all files: their size would grow with the square of the number of files.
function itemOfFile(
	result: ResultAnswer,
	{ texts, warnings }: Outputs,
	entry: FileEntry,
): INodeExecutionData {
	const facts = Object.entries(withoutRaw(result)).filter(([name]) => !LISTS_OF_FILES.has(name));
	return {
		json: {
			...(Object.fromEntries(facts) as IDataObject),
			file: describe(entry, propertyOf(0)),
			texts: texts.map((text) => ({ ...text })),
			warnings: [...warnings, ...entry.warnings],
		},
		...(entry.binary ? { binary: { [propertyOf(0)]: entry.binary } } : {}),
	};
}

const LISTS_OF_FILES = new Set(['files', 'outputs']);

function describe({ file, binary }: FileEntry, property: string): IDataObject {
	return { ...file, ...(binary ? { binary_property: property } : {}) };
}

function propertyOf(index: number): string {
	return index === 0 ? 'data' : `data_${index}`;
}

interface Fetched {
	binary: IBinaryData;
	/** The address that it came from: an earlier one may have expired. */
	url: string;
}

function fetchFile(
	context: IExecuteFunctions,
	{ client, host, signal }: Session,
	ref: RequestRef,
	file: OutputFile,
	{ maxBytes, downloadTimeoutMs: timeoutMs }: OutputOptions,
): Promise<Fetched> {
	return download<Fetched>(client, ref, file, {
		maxBytes,
		timeoutMs,
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
