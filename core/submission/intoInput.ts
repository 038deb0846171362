import type { Finding } from '../comfyui/findings';
import type { TakenInput } from '../comfyui/knownGraph';
import { invalidInput } from '../errors';
import { type InputRef, type InputSpec, isRandomSeed, isSeed } from '../form/inputSpec';
import { namesPrompt, textPlace } from '../form/texts';
import { checkValue, fitJsonValue, fitValue, isBase64, jsonOrText } from '../form/values';
import type { Host } from '../host';
import { findInexactInteger, findNonFinite } from '../json/numbers';
import { isObject, tried } from '../json/objects';
import { sniffMimeType } from '../media/filenames';
import { decodeUtf8, isMedia, toMediaInput } from '../media/mediaInput';
import { unreachable } from '../media/unreachable';
import { findingAt } from '../models/check';
import { formatBytes, shorten } from '../text';
import type { FileRef, Files } from './draft';
import { type Given, labelOf, nameOf, pathOf, withLabel } from './given';

/** What a conversion needs besides a value and its input. */
export interface Around extends Pick<Host, 'toBase64'> {
	/** Whether the inputs of the target are known, so that its check covers every value. */
	known: boolean;
	/** Whether RunComfy fetches files from the internet only. */
	publicOnly: boolean;
	files: Files | undefined;
	/** The bytes of the files that have been read. */
	read: ReadonlyMap<FileRef, Uint8Array>;
	/** Collects the other files, each with the label of its input. */
	unread: Map<FileRef, string>;
	/** Collects warnings about files. */
	warnings: string[];
}

/**
 * Converts a value to what its input takes, and files to data URIs.
 * @returns the value, which does not count if there are findings
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large
 */
export function intoInput(
	given: Given,
	taken: TakenInput | undefined,
	around: Around,
): { value?: unknown; findings: Finding[] } {
	const { nodeId, input, from } = given;
	const spec = taken?.spec ?? storedSpec(given);
	const start = startOf(given, spec, taken);
	const problem = problemOf(given, start, spec);
	if (problem) return { findings: [problem] };
	const findings: Finding[] = [];
	const refuse = (why: string) => {
		findings.push(findingAt(pathOf(given), 'wrong_type', `${nameOf(given)} ${why}`));
	};
	const fit = isField(given)
		? fitValue
		: from === 'json' && taken?.typed
			? fitJsonValue
			: unchanged;
	const value = convert(start, { input, spec, fit }, { given, around, refuse });
	// Only the type is checked: choices that the host has stored may be out of date.
	const isUnchecked = isField(given) && !around.known && nodeId !== '';
	if (isUnchecked && !isRandomSeed(input, value)) {
		const wrong = checkValue(value, { kind: spec?.kind ?? 'other' });
		if (wrong) refuse(wrong.message);
	}
	return { value, findings };
}

function isField({ from }: Given): boolean {
	return from === 'field' || from === 'message';
}

/** The type of an input as the host stored it. If none is stored, a named input may have any type. */
function storedSpec(given: Given): InputSpec | undefined {
	const { nodeId, input, spec } = given;
	if (spec || nodeId === '' || !isField(given)) return spec;
	return { kind: isSeed(input) ? 'integer' : 'other' };
}

/** The value to convert. */
function startOf(
	given: Given,
	spec: InputSpec | undefined,
	taken: TakenInput | undefined,
): unknown {
	const { nodeId, input, value } = given;
	const { kind } = spec ?? { kind: 'other' };
	const isUntyped = nodeId === '' && isField(given) && (!taken || kind === 'other');
	return isUntyped && typeof value === 'string' ? guess(value, input, kind) : value;
}

/**
 * Guesses the type of a text that a form gives for a named input of unknown type: "1024" is a number, unless the
 * input is a prompt. Even if the host stored that the input takes text, a text that looks like a JSON list or
 * object is parsed.
 */
function guess(text: string, input: string, kind: InputSpec['kind']): unknown {
	if (namesText(input)) return text;
	const isJson = /^\s*[[{][^]*[\]}]\s*$/.test(text);
	const isScalar = kind === 'other' && /^\s*(-?\d+(\.\d+)?|true|false)\s*$/.test(text);
	return isScalar || (isJson && ['other', 'string'].includes(kind)) ? jsonOrText(text) : text;
}

/** What is wrong with a value itself. Overrides of a workflow were already checked when they were parsed. */
function problemOf(given: Given, value: unknown, spec: InputSpec | undefined): Finding | undefined {
	const { nodeId, input, source, from } = given;
	if (from === 'json' && nodeId !== '') return undefined;
	const [path, label] = [pathOf(given), nameOf(given)];
	const why = isField(given) ? noValue(given, value, spec) : undefined;
	if (why) return findingAt(path, 'no_value', `${label} has no value: ${source} gives ${why}`);
	const lost = findInexactInteger({ [input]: value });
	if (lost !== undefined) {
		const what = lost === input ? label : `"${shorten(lost, 80)}"`;
		const message = `${what} is larger than 2^53 and has lost digits: give it as text`;
		return findingAt(pathOf({ nodeId, input: lost }), 'wrong_type', message);
	}
	const isScalar = ['number', 'bigint', 'boolean'].includes(typeof value);
	if (from !== 'message' || !isScalar || !isProse(input, spec)) return undefined;
	const message = `${label} takes text, and ${source} gives ${String(value)}. To send it as text, use an expression such as $string(payload)`;
	return findingAt(path, 'wrong_type', message);
}

function noValue(
	{ nodeId, input }: InputRef,
	value: unknown,
	spec: InputSpec | undefined,
): string | undefined {
	const mayBeEmpty = spec === undefined || spec.kind === 'string' || spec.choices?.includes('');
	if (value === undefined || (value === '' && !mayBeEmpty)) {
		return `none (null ${nodeId === '' ? 'leaves it out' : 'leaves the input as deployed'})`;
	}
	if (findNonFinite({ [input]: value }) === undefined) return undefined;
	return `${typeof value === 'number' ? value : 'NaN'}, which is not a number`;
}

/** An input, or a part of its value, and how values are fitted to it. */
interface Place {
	input: string;
	spec?: InputSpec | undefined;
	/** `fitValue` for values from a form, `fitJsonValue` for values in JSON. */
	fit: typeof fitValue;
}

const unchanged: typeof fitValue = (value) => value;

interface Conversion {
	given: Given;
	around: Around;
	/** Refuses the value. @param why continues a sentence that starts with the value's label */
	refuse(why: string): void;
}

/** Nesting levels of a value that are converted. Deeper levels are sent unchanged. */
const MOST_LEVELS = 100;

/** Converts a value, or the entries of a list, to the type of the input, and files at any depth to data URIs. */
function convert(given: unknown, at: Place, on: Conversion, levels = MOST_LEVELS): unknown {
	const { input, spec, fit } = at;
	if (levels === 0 || given === null) return given;
	const part = (one: unknown, where: Omit<Place, 'fit'>) =>
		convert(one, { input: where.input, spec: where.spec, fit: fitJsonValue }, on, levels - 1);
	const isMany = spec?.many && !spec.wrap;
	const whole = isMany ? listIn(given) : embed(given, at, on);
	const value = isMany || !spec ? whole : fit(whole, spec);
	if (Array.isArray(value)) return value.map((one) => part(one, { input, spec: spec?.entry }));
	if (!isPlainObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([input, one]) => [input, part(one, { input })]),
	);
}

/** A single value becomes a list of one. A list may also come as JSON text. */
function listIn(value: unknown): unknown[] {
	const list = typeof value === 'string' && /^\s*\[/.test(value) ? jsonOrText(value) : value;
	return Array.isArray(list) ? list : [list];
}

/** Whether a value is sent as a JSON object. Bytes are not, and neither is a date, which is sent as text. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
	return isObject(value) && typeof value['toJSON'] !== 'function';
}

/** Stands in for a file, so that the inputs can be checked before any file is read. */
const PLACEHOLDER = 'data:';

/**
 * Turns a file into a data URI with the MIME type that the bytes show, and the bytes of a text into text; any other
 * value is returned unchanged. Base64 text and "data:" count as a file only where the input takes one: a prompt may
 * also begin with "data:", or look like base64.
 */
function embed(value: unknown, at: Place, on: Conversion): unknown {
	const { given, around } = on;
	if (value instanceof Uint8Array) return embedBytes(value, at, on);
	const file = withLabel(labelOf(given), () => fileOf(value, at, around));
	if (file) {
		const bytes = around.read.get(file);
		if (bytes) return embedBytes(bytes, at, on, file);
		around.unread.set(file, labelOf(given));
		return PLACEHOLDER;
	}
	if (typeof value !== 'string') return value;
	const takesFile = at.spec?.kind === 'media';
	const away =
		around.publicOnly && (takesFile || mayTakeFile(at, given)) ? unreachable(value) : undefined;
	if (away) on.refuse(away);
	const isFile =
		/^\s*data:[^,]*;base64,/i.test(value) ||
		(takesFile && (isBase64(value) || /^\s*data:/i.test(value)));
	return isFile ? toMedia(value, at, on) : value;
}

/** The file that a value stands for. A text names one only where a file belongs, unless the machine has one of this name. */
function fileOf(value: unknown, { spec }: Place, { files }: Around): FileRef | undefined {
	if (typeof value !== 'string') return isObject(value) ? files?.find(value) : undefined;
	if (spec?.kind !== 'media' || spec.choices?.includes(value)) return undefined;
	return files?.find(value.trim());
}

/** Whether nothing says that an input takes anything but a file. A workflow's inputs say what they are. */
function mayTakeFile({ input, spec }: Place, { nodeId }: Given): boolean {
	return nodeId === '' && (spec?.kind ?? 'other') === 'other' && !namesText(input);
}

function embedBytes(bytes: Uint8Array, at: Place, on: Conversion, file?: FileRef): unknown {
	const { input, spec = { kind: 'other' } } = at;
	const kinds = [spec.kind, ...(spec.also ?? [])];
	if (isMedia(bytes) && isProse(input, spec)) {
		on.refuse(`takes text, not a file of the type ${sniffMimeType(bytes)}`);
		return undefined;
	}
	if (isMedia(bytes) || kinds.includes('media')) return toMedia(bytes, at, on, file);
	// If the input's type is not known, its name may show that it is a prompt.
	const isText = !kinds.includes('other') || namesText(input);
	if (isText) return decodeUtf8(bytes, file?.filename ?? fileName(on.given));
	const text = file ? undefined : tried(() => decodeUtf8(bytes));
	return text ?? toMedia(bytes, at, on, file);
}

function toMedia(
	source: string | Uint8Array,
	{ spec }: Place,
	{ given, around: { toBase64, warnings } }: Conversion,
	{ filename = fileName(given), mimeType }: Partial<FileRef> = {},
): string {
	const media = toMediaInput(source, { filename, mimeType, toBase64 });
	const { maxFileBytes: limit = Infinity } = spec ?? {};
	if (media.bytes > limit) {
		throw invalidInput(
			`${filename} has ${formatBytes(media.bytes)}, and the model takes files of less than ${formatBytes(limit)}`,
			'Make the file smaller.',
		);
	}
	warnings.push(...media.warnings);
	return media.value;
}

/** The name of a file in messages. */
function fileName(given: Given): string {
	return given.from === 'json' ? `The file for ${nameOf(given)}` : nameOf(given);
}

/** Whether an input takes text that people write, such as a prompt, rather than a file that is written out. */
function isProse(input: string, spec: InputSpec = { kind: 'other' }): boolean {
	if (spec.kind === 'other') return namesText(input);
	return textPlace('', input, spec) !== undefined && !OF_FILE.test(input);
}

const OF_FILE = /b(ase)?64|ur[il]s?/i;

function namesText(input: string): boolean {
	return namesPrompt(input) || /^neg/i.test(input);
}
