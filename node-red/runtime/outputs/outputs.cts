import {
	bytesOfMb,
	chooseOutputs,
	DEFAULTS,
	expectSuccess,
	fetchOutputs,
	isFinalResult,
	type Notes,
	type OutputFile,
	type Outputs,
	outputsOf,
	type OutputText,
	type OutputValue,
	type RequestRef,
	type ResultAnswer,
	type Saved,
	type TimedResult,
	warnOfMissingOutputs,
	withoutBigInts,
} from '../../../core/index.js';
import { OUTPUT_OPTIONS } from '../../contract/sharedFields.cjs';
import { invalidInput, messageOf } from '../errors.cjs';
import { isEmpty, isTrue, readList, readNumber, readText } from '../inputs/inputs.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { type EntryFacts, setContentType } from '../node/message.cjs';
import { stateOutcome } from '../node/status.cjs';
import { type Patience, probeDirectory, resolveDirectory, saveFile } from './saveFile.cjs';

/** What `msg.payload` becomes. */
const MODES = ['files', 'texts', 'buffer', 'buffers', 'saved'] as const;
type OutputMode = (typeof MODES)[number];

export interface OutputOptions {
	mode: OutputMode;
	/** Node ids; empty for all. */
	nodeIds: string[];
	/** Bytes; undefined for no limit. */
	maxBytes: number | undefined;
	/** Absolute; only with mode `saved`. */
	directory: string;
	/** One message per entry of the payload. */
	split: boolean;
	/** Whether `msg.headers` tells the type of the first file. */
	setHeaders: boolean;
}

/** A file of the result, with its path once it is on this machine's disk. */
interface MessageFile extends OutputFile {
	path?: string;
	/** Bytes, once it was fetched. */
	size?: number;
}

interface Delivered {
	payload: unknown;
	files: MessageFile[];
	texts: OutputText[];
	values: OutputValue[];
	warnings: string[];
}

/** @throws RunComfyError `invalid_input`, before anything is submitted */
export async function readOutputOptions(
	action: Pick<Action, 'RED' | 'inputs' | 'fields' | 'signal'>,
): Promise<OutputOptions> {
	const { inputs, fields } = action;
	const mode = readMode(fields['output']);
	const maxFileSize = await readNumber(inputs, 'maxFileSize', OUTPUT_OPTIONS);
	return {
		mode,
		nodeIds: await readList(inputs, 'outputNodes'),
		maxBytes: bytesOfMb(maxFileSize),
		directory: mode === 'saved' ? await readDirectory(action) : '',
		split: mode !== 'buffer' && isTrue(fields['split']),
		setHeaders: mode === 'buffer' && isTrue(fields['setHeaders']),
	};
}

function readMode(value: unknown): OutputMode {
	const mode = isEmpty(value) ? 'files' : MODES.find((known) => known === value);
	if (mode) return mode;
	throw invalidInput(`There is no output "${String(value)}"`, `Choose one of ${MODES.join(', ')}.`);
}

/** Milliseconds: a disk that answers does so at once, and nothing is paid for yet. */
const PROBE_MS = 10_000;

/** Milliseconds for a file, whose download alone may take an hour. */
const SAVE_MS = 3_660_000;

async function readDirectory({
	RED,
	inputs,
	signal,
}: Pick<Action, 'RED' | 'inputs' | 'signal'>): Promise<string> {
	const directory = await readText(inputs, 'directory');
	if (directory === undefined) {
		throw invalidInput(
			'No directory is given to save the files in',
			`Fill ${inputs.source('directory')}, or choose another output.`,
		);
	}
	const { fileWorkingDirectory } = RED.settings as { fileWorkingDirectory?: unknown };
	const path = resolveDirectory(directory, fileWorkingDirectory);
	await probeDirectory(path, { limitMs: PROBE_MS, signal }).catch((error: unknown) => {
		throw invalidInput(
			`Files cannot be saved in ${messageOf(error)}`,
			`Give a directory in ${inputs.source('directory')} that Node-RED may write to. Nothing was submitted.`,
		);
	});
	return path;
}

/**
 * Brings the outputs of a finished request into the form that the flow wants. `onOutputs` gets the
 * files and texts, always complete, as soon as they are known and again when some files were fetched. A file that
 * could not be fetched is `null` in the payload, and a warning. It is an error only if none could be fetched.
 * @throws RunComfyError `output_unavailable`, `aborted`
 */
async function deliver(
	{ connection, node, show, signal }: Action,
	ref: RequestRef,
	outputs: Outputs,
	options: OutputOptions,
	onOutputs: (files: MessageFile[], texts: OutputText[]) => void,
): Promise<Delivered> {
	const { files, texts, values: given, warnings } = chooseOutputs(outputs, options);
	onOutputs(files, texts);
	const result = { files, texts, values: withoutBigInts(given), warnings };
	if (options.mode === 'files') return { ...result, payload: files };
	if (options.mode === 'texts') return { ...result, payload: texts.map(({ text }) => text) };

	const wanted = options.mode === 'buffer' ? files.slice(0, 1) : files;
	if (wanted.length > 0) show({ state: 'fetching' });
	const fetched = await fetchOutputs(connection.client, ref, wanted, {
		atOnce: DEFAULTS.nodeRed.downloadsAtOnce,
		maxBytes: options.maxBytes,
		signal,
		save: (stream, file) => save(stream, file, options, { limitMs: SAVE_MS, signal }),
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
	return [`The run wrote ${files} files; msg.payload holds the first, msg.runcomfy.files all.`];
}

interface Fetched {
	value: Buffer | string;
	facts: { size: number; path?: string };
}

async function save(
	stream: AsyncIterable<Uint8Array>,
	{ filename }: OutputFile,
	{ mode, directory }: OutputOptions,
	patience: Patience,
): Promise<Saved<Fetched>> {
	if (mode === 'saved') {
		const { bytes, value: path } = await saveFile(directory, filename, stream, patience);
		return { bytes, value: { value: path, facts: { size: bytes, path } } };
	}
	const value = await readBuffer(stream);
	return { bytes: value.length, value: { value, facts: { size: value.length } } };
}

// A Buffer, never another Uint8Array: cloning one of those copies it byte by byte.
async function readBuffer(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/**
 * The answer of a node for a run that went well. What it tells is on the message before any file is
 * fetched, so that a failed download loses nothing else.
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
	const delivered = await deliver(action, ref, outputsOf(result), options, (files, texts) =>
		action.know({ ...ref, status: result.status, runcomfy: { ...facts, files, texts } }),
	);
	const { payload, files, texts, values } = delivered;
	const [first] = files;
	if (options.setHeaders && payload !== null && first) setContentType(action.msg, first.mime_type);
	const { labels } = action.connection.client.host;
	const silent = warnOfMissingOutputs(result, notes.outputNodes, labels);
	const split = options.split ? splitOf(options.mode, delivered) : undefined;
	const more = [...silent, ...(split?.warnings ?? [])];
	for (const warning of [...(result.warnings ?? []), ...more]) action.node.warn(warning);
	const warnings = [...notes.warnings, ...delivered.warnings, ...more];
	const runcomfy = { ...facts, ...toldOf(notes), files, texts, values, warnings };
	const answer = { ...ref, payload, status: result.status, runcomfy };
	return split ? { ...answer, split: split.entries } : answer;
}

/** What a message tells of its submit, besides the warnings. */
export function toldOf({ seeds, base_price }: Notes): Record<string, unknown> {
	return {
		...(seeds ? { seeds } : {}),
		...(base_price ? { base_price } : {}),
	};
}

/** Characters of JSON, over all messages of one run: Node-RED copies what is in each while nothing else runs. */
const MOST_BESIDE = 2 ** 20;

/**
 * What each of the split messages has of the run: its own file or text, and a copy of what is not sent one by one. If
 * that is too much for each, the first one has it.
 */
function splitOf(mode: OutputMode, { files, texts, values }: Delivered): Split {
	const isText = mode === 'texts';
	const entries = isText ? texts.map((text) => ({ text })) : files.map((file) => ({ file }));
	const beside = isText ? { files, values } : { texts, values };
	const each = JSON.stringify(beside).length * entries.length <= MOST_BESIDE;
	return {
		entries: entries.map((entry, index) =>
			each || index === 0 ? { ...structuredClone(beside), ...entry } : entry,
		),
		warnings: each ? [] : [ONLY_FIRST],
	};
}

const ONLY_FIRST =
	'Only the first message has everything else that the run wrote: it is too large for a copy in each of the others.';

interface Split {
	entries: EntryFacts[];
	warnings: string[];
}

/**
 * The answer of a node that has read a result: its outputs, or, while the request has not ended, its
 * state with an empty list.
 * @throws RunComfyError `run_failed`, `run_canceled`, and what fetching the outputs throws
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
		outcome: stateOutcome(result.status),
	};
}
