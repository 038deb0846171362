import type { TakenInput } from '../comfyui/knownGraph';
import { groupRows, mergeOverrides, type OverrideRow, type Overrides } from '../comfyui/overrides';
import { invalidInput, RunComfyError, toRunComfyError } from '../errors';
import type { WorkflowField } from '../form/fields';
import type { InputRef } from '../form/inputSpec';
import type { InputSpec } from '../form/inputSpec';
import { namesPrompt } from '../form/texts';
import { isBase64 } from '../form/values';
import { tried } from '../json/objects';
import { decodeUtf8, isMedia, mediaOf, type MediaOptions, refuseLarge } from '../media/mediaInput';
import { misfit } from '../media/misfit';
import { unreachable } from '../media/unreachable';
import type { Notes } from '../request/receipt';
import { formatBytes, listFew } from '../text';
import type { InputFile } from './draft';
import type { Takes, TakesReader } from './takes';

/** How files are embedded, and where warnings about them are collected. */
export interface FileRules extends Pick<MediaOptions, 'toBase64'> {
	notes: Notes;
}

/** Returns the name of a file in messages. A function, because most values are not files and need no name. */
type Label = () => string;

/** An input, its label in messages and, if known, its spec. */
export interface InputAt {
	input: string;
	label: Label;
	spec?: InputSpec | undefined;
}

/**
 * Turns media and data URIs into data URIs with the MIME type that the bytes show. Other bytes are only checked for
 * their size (see `readBytes`); any other value is returned unchanged.
 */
export function embed(value: unknown, label: Label, rules: FileRules): unknown {
	if (isDataUri(value)) return toMedia(value, label, rules);
	if (!(value instanceof Uint8Array)) return value;
	refuseLarge(value.length, label());
	return isMedia(value) ? toMedia(value, label, rules) : value;
}

/**
 * Whether an input reads bytes as a file, as text, or as either. If the input's type is not known, its name may
 * show that it is a prompt.
 */
function bytesFor(input: string, spec: InputSpec = { kind: 'other' }): 'file' | 'text' | 'either' {
	const kinds = [spec.kind, ...(spec.also ?? [])];
	if (kinds.includes('media')) return 'file';
	return kinds.includes('other') && !namesText(input) ? 'either' : 'text';
}

export function namesText(input: string): boolean {
	return namesPrompt(input) || /^neg/i.test(input);
}

/** Turns bytes into a data URI if they are media or the input takes files, and otherwise into text. */
export function readBytes(
	value: unknown,
	{ input, label, spec }: InputAt,
	rules: FileRules,
): unknown {
	if (!(value instanceof Uint8Array)) return value;
	refuseLarge(value.length, label());
	const what = isMedia(value) ? 'file' : bytesFor(input, spec);
	if (what === 'text') return decodeUtf8(value, label());
	const text = what === 'either' ? tried(() => decodeUtf8(value)) : undefined;
	return text ?? toMedia(value, label, rules);
}

/**
 * Like `embed`, but for texts that count as files only because their input takes one: base64 text, and "data:"
 * URIs. A prompt may also begin with "data:", or look like base64.
 */
export function embedAs(value: unknown, { spec, label }: InputAt, rules: FileRules): unknown {
	const mayBeFile = spec?.kind === 'media' && typeof value === 'string' && !isDataUri(value);
	const isFile = mayBeFile && (isBase64(value) || /^\s*data:/i.test(value));
	return isFile ? toMedia(value, label, rules) : value;
}

function toMedia(value: string | Uint8Array, label: Label, { notes, toBase64 }: FileRules): string {
	const media = mediaOf(value, { filename: label(), toBase64 });
	notes.warnings.push(...media.warnings);
	return media.value;
}

function isDataUri(value: unknown): value is string {
	return typeof value === 'string' && /^\s*data:[^,]*;base64,/i.test(value);
}

/** @throws RunComfyError `invalid_input` for a data URI that is larger than the model takes */
export function refuseLargeFor(value: unknown, maxBytes: number | undefined, label: Label): void {
	if (maxBytes === undefined) return;
	const isFile = typeof value === 'string' && value.startsWith('data:');
	const length = isFile ? value.length - value.indexOf(',') - 1 : 0;
	const bytes = Math.floor((length * 3) / 4);
	if (bytes <= maxBytes) return;
	throw invalidInput(
		`${label()} has ${formatBytes(bytes)}, and the model takes files of less than ${formatBytes(maxBytes)}`,
		'Make the file smaller.',
	);
}

/**
 * The inputs that take a file. `only` is the input for a file that names no node: the only input for an image or, if
 * there is none, the only input for a file.
 */
export function fileInputs(fields: readonly WorkflowField[]): {
	inputs: WorkflowField[];
	only: WorkflowField | undefined;
} {
	const inputs = fields.filter(({ spec }) => spec.kind === 'media');
	const images = inputs.filter(isImage);
	const [only, ...others] = images.length > 0 ? images : inputs;
	return { inputs, only: others.length === 0 ? only : undefined };
}

function isImage({ input, spec }: WorkflowField): boolean {
	return spec.upload === undefined ? input === 'image' : spec.upload === 'image';
}

/** A file whose input is known. `spec`: the input's spec, if `placeFiles` chose the input. */
type PlacedFile = InputFile & InputRef & { spec?: InputSpec };

/**
 * Finds the input for each file that names none. @throws RunComfyError `invalid_input` unless exactly one input
 * fits
 */
export async function placeFiles(
	files: readonly InputFile[],
	read: TakesReader,
): Promise<PlacedFile[]> {
	const stray = files.find((file) => !isPlaced(file));
	if (!stray) return files.filter(isPlaced);
	const before = fileInputsOf(await read());
	const { only, inputs, takes } = before.only ? before : fileInputsOf(await read({ fresh: true }));
	if (!only) throw unplaced(stray, takes, inputs);
	const { nodeId, input, spec } = only;
	return files.map((file) => (isPlaced(file) ? file : { ...file, nodeId, input, spec }));
}

function fileInputsOf(takes: Takes) {
	const fields = takes.fields();
	const { inputs, only } = (fields && fileInputs(fields)) ?? {};
	return { takes, inputs, only };
}

function isPlaced(file: InputFile): file is PlacedFile {
	return file.nodeId !== undefined && Boolean(file.input);
}

/** @param inputs the inputs that take a file, if known */
function unplaced(
	{ label }: InputFile,
	{ byName, owner }: Takes,
	inputs: readonly WorkflowField[] | undefined,
): RunComfyError {
	const names = inputs?.map(({ nodeId, input }) => (byName ? input : `${nodeId}.${input}`));
	const why =
		names === undefined
			? 'is not known'
			: names.length === 0
				? 'has no input for a file'
				: `has several inputs for a file: ${listFew(names)}`;
	return invalidInput(
		`${label}: no ${byName ? 'input' : 'node'} is chosen, and ${owner} ${why}`,
		byName
			? 'Give the name of the input that takes the file.'
			: 'Choose the node that loads the file.',
	);
}

/** The files of one input. */
export interface PlacedFiles extends InputRef {
	/** Whether the files are sent as a list. */
	many: boolean;
	spec: InputSpec | undefined;
	files: InputFile[];
}

/**
 * Groups files by input. Only a named input that takes a list can have several files: a ComfyUI node loads one
 * file.
 * @throws RunComfyError `invalid_input` for a second file of an input that takes only one
 */
export function groupFiles(
	files: readonly PlacedFile[],
	inputOf: (place: InputRef) => TakenInput | undefined,
): PlacedFiles[] {
	const groups = new Map<string, PlacedFiles>();
	for (const file of files) {
		const { nodeId, input } = file;
		const key = JSON.stringify([nodeId, input]);
		const before = groups.get(key);
		const spec = before?.spec ?? inputOf(file)?.spec ?? file.spec;
		const byName = nodeId === '';
		const isList = byName && (spec?.many === true || spec?.kind === 'json');
		if (before && !isList && !(byName && spec?.kind === 'other')) throw twoForOne(file);
		const all = [...(before?.files ?? []), file];
		groups.set(key, { nodeId, input, spec, files: all, many: isList || all.length > 1 });
	}
	return [...groups.values()];
}

function twoForOne({ nodeId, input }: InputRef): RunComfyError {
	return invalidInput(
		`Input Files has two files for the input ${input}${nodeId && ` of node ${nodeId}`}`,
		'It takes one file: delete a row, or choose another input in it.',
	);
}

/** A placeholder for a file, so that the inputs can be checked before any file is read. */
const PLACEHOLDER = 'data:';

export function withPlaceholders(overrides: Overrides, placed: readonly PlacedFiles[]): Overrides {
	const rows = placed.map(({ nodeId, input, many, files }): OverrideRow => {
		return { nodeId, input, value: many ? files.map(() => PLACEHOLDER) : PLACEHOLDER };
	});
	return mergeOverrides(overrides, groupRows(rows));
}

/** @throws RunComfyError, naming the file, if a file cannot be read or is larger than the target takes */
export async function readFiles(
	placed: readonly PlacedFiles[],
	notes: Notes,
	allowPrivate: boolean,
): Promise<Overrides> {
	const rows = placed.map(async ({ nodeId, input, many, spec, files }): Promise<OverrideRow> => {
		const takesText = !many && bytesFor(input, spec) === 'text';
		const code = nodeId === '' ? 'invalid_input' : 'invalid_overrides';
		const read = ({ label, read }: InputFile) =>
			withLabel(label, async () => {
				const media = await read(takesText);
				const away = allowPrivate ? undefined : unreachable(media.value);
				if (away) throw new RunComfyError(code, `The file ${away}`);
				refuseMisfit(media.value, spec?.upload, code);
				refuseLargeFor(media.value, spec?.maxFileBytes, () => 'The file');
				return media;
			});
		const media = await Promise.all(files.map(read));
		notes.warnings.push(...media.flatMap(({ warnings }) => warnings));
		const values = media.map(({ value }) => value);
		return { nodeId, input, value: many ? values : values[0] };
	});
	return groupRows(await Promise.all(rows));
}

/** @throws RunComfyError with `code` if the file is certainly not of the kind that its input takes */
function refuseMisfit(
	value: string,
	kind: InputSpec['upload'],
	code: 'invalid_input' | 'invalid_overrides',
): void {
	const problem = misfit(value, kind);
	if (!problem) return;
	const hint = 'Choose another file or another input.';
	throw new RunComfyError(code, `the input ${problem}`, { hint });
}

/** Prefixes the message of any error with the label of a field. @throws RunComfyError */
export async function withLabel<T>(label: string, work: () => T | Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		const { code, message, hint, details } = toRunComfyError(thrown, 'invalid_input');
		throw new RunComfyError(code, `${label}: ${message}`, { hint, details });
	}
}
