import {
	DEFAULTS,
	expectSuccess,
	fetchOutputs,
	isFinalResult,
	type Notes,
	OUTPUT_FILE_BYTES,
	type OutputFile,
	type Outputs,
	outputsOf,
	type RequestRef,
	type ResultAnswer,
	type Saved,
	type TimedResult,
	warnOfMissingOutputs,
	withoutBigInts,
} from '../../../core';
import { invalidInput, messageOf } from '../errors';
import { isEmpty, readText, readTextList } from '../inputs/inputs';
import type { Action, Answer } from '../node/action';
import { setContentType } from '../node/message';
import { idleStatusOf } from '../node/status';
import { probeDirectory, resolveDirectory, saveFile } from './saveFile';

/** Contents of `msg.payload`. */
const MODES = ['files', 'texts', 'buffer', 'buffers', 'saved'] as const;
type OutputMode = (typeof MODES)[number];

export interface OutputOptions {
	mode: OutputMode;
	/** Node ids; empty for all. */
	nodeIds: string[];
	/** An absolute path; used only in mode `saved`. */
	directory: string;
}

/** An output file, with its path once it is saved. */
interface MessageFile extends OutputFile {
	path?: string;
	/** Size in bytes, once downloaded. */
	size?: number;
}

interface Delivered {
	payload: unknown;
	files: MessageFile[];
	texts: Outputs['texts'];
	values: Outputs['values'];
	warnings: string[];
}

/** @throws RunComfyError `invalid_input`, before anything is submitted */
export async function readOutputOptions(
	action: Pick<Action, 'RED' | 'inputs' | 'fields' | 'signal'>,
): Promise<OutputOptions> {
	const { inputs, fields } = action;
	const mode = readMode(fields['output']);
	return {
		mode,
		nodeIds: await readTextList(inputs, 'outputNodes'),
		directory: mode === 'saved' ? await readDirectory(action) : '',
	};
}

function readMode(value: unknown): OutputMode {
	const mode = isEmpty(value) ? 'files' : MODES.find((one) => one === value);
	if (mode) return mode;
	throw invalidInput(`Unknown output "${String(value)}"`, `Choose one of ${MODES.join(', ')}.`);
}

async function readDirectory({ RED, inputs }: Pick<Action, 'RED' | 'inputs'>): Promise<string> {
	const directory = await readText(inputs, 'directory');
	if (directory === undefined) {
		throw invalidInput(
			'There is no directory to save the files in',
			`Set ${inputs.source('directory')}, or choose another output.`,
		);
	}
	return resolveDirectory(directory, RED.settings);
}

/** @throws RunComfyError `invalid_input` if the files cannot be saved, before anything is submitted */
export async function probeOutput(
	{ inputs }: Pick<Action, 'inputs'>,
	{ mode, directory }: OutputOptions,
): Promise<void> {
	if (mode !== 'saved') return;
	await probeDirectory(directory).catch((error: unknown) => {
		throw invalidInput(
			`Files cannot be saved in ${messageOf(error)}`,
			`Set ${inputs.source('directory')} to a directory that Node-RED can write to. Nothing was submitted.`,
		);
	});
}

/**
 * Delivers the outputs of a finished request in the form chosen in the node. `onOutputs` receives all files and texts
 * once they are known, and again after downloads. A file that cannot be downloaded becomes `null` in the payload, with
 * a warning; only if all fail is it an error.
 * @throws RunComfyError `output_unavailable`, `aborted`
 */
async function payloadFor(
	{ connection, node, showFetching, signal }: Action,
	ref: RequestRef,
	{ files, texts, values: raw, warnings }: Outputs,
	options: OutputOptions,
	onOutputs: (files: MessageFile[], texts: Outputs['texts']) => void,
): Promise<Delivered> {
	onOutputs(files, texts);
	const result = { files, texts, values: withoutBigInts(raw), warnings };
	if (options.mode === 'files') return { ...result, payload: files };
	if (options.mode === 'texts') return { ...result, payload: texts.map(({ text }) => text) };

	const wanted = options.mode === 'buffer' ? files.slice(0, 1) : files;
	if (wanted.length > 0) showFetching();
	const fetched = await fetchOutputs(connection.client, ref, wanted, {
		atOnce: DEFAULTS.nodeRed.downloadsAtOnce,
		maxBytes: OUTPUT_FILE_BYTES[options.mode === 'saved' ? 'streamed' : 'buffered'],
		signal,
		save: (stream, file) => saveOutput(stream, file, options, signal),
	});
	const done = files.map((file, index) => {
		const one = fetched[index];
		return one && !one.error ? { ...one.file, ...one.value.facts } : file;
	});
	onOutputs(done, texts);
	const missing = fetched.flatMap((one) => (one.error ? [one] : []));
	if (missing.length > 0 && missing.length === wanted.length) throw missing[0]?.error;
	const unfetched = missing.map(({ warning }) => warning);
	for (const warning of unfetched) node.warn(warning);
	const values = fetched.map((one) => (one.error ? null : one.value.value));
	return {
		...result,
		files: done,
		payload: options.mode === 'buffer' ? (values[0] ?? null) : values,
		warnings: [...warnings, ...modeWarnings(options.mode, files.length), ...unfetched],
	};
}

function modeWarnings(mode: OutputMode, files: number): string[] {
	if (files === 0) return ['The run wrote no files.'];
	if (mode !== 'buffer' || files === 1) return [];
	return [
		`The run wrote ${files} files: msg.payload contains the first, msg.runcomfy.files all of them.`,
	];
}

interface Fetched {
	value: Buffer | string;
	facts: { size: number; path?: string };
}

async function saveOutput(
	stream: AsyncIterable<Uint8Array>,
	{ filename }: OutputFile,
	{ mode, directory }: OutputOptions,
	signal: AbortSignal,
): Promise<Saved<Fetched>> {
	if (mode === 'saved') {
		const { bytes, value: path } = await saveFile(directory, filename, stream, signal);
		return { bytes, value: { value: path, facts: { size: bytes, path } } };
	}
	const value = await readBuffer(stream);
	return { bytes: value.length, value: { value, facts: { size: value.length } } };
}

// Must be a Buffer: Node-RED clones any other Uint8Array byte by byte.
async function readBuffer(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/**
 * The answer of a node after a successful run. The run's metadata is on the message before any file is downloaded, so
 * that a failed download loses nothing else.
 */
export async function answerWithOutputs(
	action: Action,
	ref: RequestRef,
	result: ResultAnswer | TimedResult,
	options: OutputOptions,
	notes: Notes = { warnings: [] },
): Promise<Answer> {
	const facts = {
		result: withoutBigInts(result.raw),
		...('timings' in result ? { timings: result.timings } : {}),
		...(result.cost === undefined ? {} : { cost: result.cost }),
	};
	const delivered = await payloadFor(
		action,
		ref,
		outputsOf(result, options),
		options,
		(files, texts) =>
			action.addFacts({ ...ref, status: result.status, runcomfy: { ...facts, files, texts } }),
	);
	const { payload, files, texts, values } = delivered;
	const [first] = files;
	// Without an HTTP response, a later *http request* node would send the header with its own body.
	if (options.mode === 'buffer' && action.msg['res'] && payload !== null && first) {
		setContentType(action.msg, first.mime_type);
	}
	const { labels } = action.connection.client.host;
	const silent = warnOfMissingOutputs(result, notes.outputNodes, labels);
	for (const warning of [...(result.warnings ?? []), ...silent]) action.node.warn(warning);
	const warnings = [...notes.warnings, ...delivered.warnings, ...silent];
	const runcomfy = { ...facts, ...toldOf(notes), files, texts, values, warnings };
	const nodeStatus = idleStatusOf(result.status);
	return { ...ref, payload, status: result.status, runcomfy, nodeStatus };
}

/** Metadata of the submit for the message, besides the warnings. */
export function toldOf({ seeds, base_price }: Notes): Record<string, unknown> {
	return {
		...(seeds ? { seeds } : {}),
		...(base_price ? { base_price } : {}),
	};
}

/**
 * The answer of a node that fetches a result: the outputs, or, while the request is going on, its status and an empty
 * list.
 * @throws RunComfyError `run_failed`, `run_canceled`, and errors of the download
 */
export async function answerWithResult(
	action: Action,
	ref: RequestRef,
	result: ResultAnswer,
	options: OutputOptions,
): Promise<Answer> {
	if (isFinalResult(result.status)) {
		return answerWithOutputs(action, ref, expectSuccess(result), options);
	}
	return {
		...ref,
		payload: [],
		status: result.status,
		runcomfy: {
			result: withoutBigInts(result.raw),
			files: [],
			texts: [],
			values: [],
			warnings: [],
		},
		nodeStatus: idleStatusOf(result.status),
	};
}
