import type { IBinaryData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	DEFAULTS,
	fetchOutputs,
	OUTPUT_FILE_BYTES,
	type OutputFile,
	type Outputs,
	outputsOf,
	refOf,
	type ResultAnswer,
	type Saved,
	withoutBigInts,
} from '../../../core';
import type { OutputOptions } from '../parameters/options';
import type { RunSession, Session } from '../session/session';
import { withoutRaw } from './json';

/**
 * The result with the outputs that the user wants, as one item or as one item per file. Files are streamed into
 * binary data, under `data`, `data_1` and so on. If a file cannot be downloaded, the item has its URL and a warning,
 * so that no paid output is lost.
 * @throws RunComfyError `aborted`
 */
export async function toItems(
	context: IExecuteFunctions,
	session: Session & Pick<RunSession, 'forAgent'>,
	result: ResultAnswer,
	wanted: OutputOptions,
): Promise<INodeExecutionData[]> {
	const chosen = outputsOf(result, wanted);
	const downloads = wanted.downloadFiles && !session.forAgent;
	const files: FileEntry[] = downloads
		? await fetchOutputs(session.client, refOf(result), chosen.files, {
				atOnce: DEFAULTS.n8n.downloadsAtOnce,
				maxBytes: OUTPUT_FILE_BYTES.streamed,
				signal: session.signal,
				save: saveBinary(context, session),
			})
		: chosen.files.map((file) => ({ file }));
	const missing = files.flatMap(({ warning }) => (warning === undefined ? [] : hintAt(warning)));
	session.hint(missing, 'warning', NOT_EVERY_FILE);
	const facts = factsOf(result, wanted.simplify);
	const others = othersOf(chosen);
	return wanted.itemPerFile && files.length > 0 && !session.forAgent
		? files.map((file) => itemOfFile(facts, others, file))
		: [itemOfRequest(facts, others, files)];
}

/**
 * Outputs other than files. All items of a request share this object: copies would grow with the square of the
 * number of outputs.
 */
interface Others {
	texts: IDataObject[];
	values: IDataObject[];
	warnings: string[];
}

function othersOf({ texts, values, warnings }: Outputs): Others {
	return {
		texts: texts.map((text) => ({ ...text })),
		values: values.map((value) => ({ ...withoutBigInts(value) })) as IDataObject[],
		warnings,
	};
}

const NOT_EVERY_FILE = 'Not every file was downloaded';

/** Shown once, for the first missing file of all items, because hundreds may be missing. */
function hintAt(reason: string): string {
	return `${NOT_EVERY_FILE}: ${reason}\nFiles that are missing still have their addresses in the item; its warnings name each.`;
}

interface FileEntry {
	file: OutputFile;
	value?: IBinaryData;
	/** Why the file is missing. */
	warning?: string;
}

/** The fields that Simplify keeps in addition to the outputs. */
const SIMPLIFIED = [
	'request_id',
	'deployment_id',
	'model_id',
	'status',
	'output',
	'cost',
	'timings',
];

const OUTPUTS = new Set(['files', 'texts', 'values']);

/** RunComfy's own names for the outputs. */
const RAW = new Set(['outputs', 'output']);

/** The fields of the result that go into the item, apart from the outputs. */
function factsOf(result: ResultAnswer, simplify: boolean): IDataObject {
	const facts = { ...withoutRaw(result) } as IDataObject;
	const names = simplify ? SIMPLIFIED : Object.keys(facts).filter((name) => !OUTPUTS.has(name));
	const kept = names.flatMap((name) => (name in facts ? [[name, facts[name]] as const] : []));
	return withoutBigInts(Object.fromEntries(kept));
}

function itemOfRequest(
	facts: IDataObject,
	{ texts, values, warnings }: Others,
	files: FileEntry[],
): INodeExecutionData {
	const binary = files.flatMap((entry, index) =>
		entry.value ? [[propertyOf(index), entry.value] as const] : [],
	);
	return {
		json: {
			files: files.map((entry, index) => toFileFields(entry, propertyOf(index))),
			texts,
			values,
			...facts,
			warnings: [...warnings, ...files.flatMap(({ warning }) => warning ?? [])],
		},
		...(binary.length > 0 ? { binary: Object.fromEntries(binary) } : {}),
	};
}

// Leaves out the fields that list all files: the total size would grow with the square of the number of files.
function itemOfFile(facts: IDataObject, others: Others, entry: FileEntry): INodeExecutionData {
	const rest = Object.entries(facts).filter(([name]) => !RAW.has(name));
	const { json, ...item } = itemOfRequest(Object.fromEntries(rest), others, [entry]);
	const { files, ...fields } = json;
	return { ...item, json: { file: (files as IDataObject[])[0], ...fields } };
}

function toFileFields({ file, value }: FileEntry, property: string): IDataObject {
	return { ...file, ...(value ? { binary_property: property } : {}) };
}

function propertyOf(index: number): string {
	return index === 0 ? 'data' : `data_${index}`;
}

function saveBinary(
	context: IExecuteFunctions,
	{ host }: Session,
): (chunks: AsyncIterable<Uint8Array>, file: OutputFile) => Promise<Saved<IBinaryData>> {
	return async (chunks, { filename, mime_type }) => {
		const count = { bytes: 0 };
		const data = await host.toBinary(counted(chunks, count));
		const value = await context.helpers.prepareBinaryData(data, filename, mime_type);
		return { bytes: count.bytes, value };
	};
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
