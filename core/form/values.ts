import { parseJson } from '../json/numbers';
import { tried } from '../json/objects';
import { misfit } from '../media/misfit';
import { shorten, trimEnd } from '../text';
import { meant } from './closest';
import { isLink } from './inputSpec';
import { type Choice, type InputSpec, isChoice, unwrap } from './inputSpec';

/**
 * Converts a value from a form, an expression or a table, where anything may have become text, to the type of the
 * input. A value that cannot be converted without guessing is returned unchanged, for `checkValue` to refuse.
 */
export function fitValue(value: unknown, spec: InputSpec): unknown {
	if (isLink(value)) return value;
	const fitted = spec.also ? fitUnion(unwrap(value), spec) : FIT[spec.kind](unwrap(value), spec);
	return spec.wrap && Array.isArray(fitted) ? { __value__: fitted as unknown[] } : fitted;
}

/**
 * Converts a value from JSON, which is typed already, as ComfyUI does (`int()`, `float()` and `str()` in execution.py).
 * The exception is text for a boolean: ComfyUI turns any text into true, even "false", so we accept only the words
 * "true" and "false", and take them literally.
 */
export function fitJsonValue(value: unknown, spec: InputSpec): unknown {
	const ambiguous = spec.kind === 'boolean' && typeof value === 'string' && /[01]/.test(value);
	return ambiguous ? value : fitValue(value, spec);
}

/**
 * Tries the input's kinds in order, without conversion first. Text that contains a JSON list or object is parsed
 * before it counts as text.
 */
function fitUnion(value: unknown, spec: InputSpec): unknown {
	const kinds = [spec.kind, ...(spec.also ?? [])];
	const written = typeof value === 'string' && /^\s*[[{]/.test(value);
	if (written && kinds.includes('json')) return jsonOrText(value);
	if (typeof value !== 'string' && kinds.some((kind) => fitsKind(value, kind))) return value;
	const fitted = kinds.map((kind) => ({ kind, value: FIT[kind](value, spec) }));
	return (fitted.find((one) => fitsKind(one.value, one.kind)) ?? { value }).value;
}

const FIT: Record<InputSpec['kind'], (value: unknown, spec: InputSpec) => unknown> = {
	string: (value) => (isScalar(value) && !isNoNumber(value) ? String(value) : value),
	media: (value) => (typeof value === 'string' ? value.trim() : value),
	integer: (value) => (typeof value === 'string' ? toInteger(value) : value),
	float: (value) => (typeof value === 'string' ? toFloat(value) : value),
	boolean: toBoolean,
	choice: (value, { choices = [] }) =>
		choices.find((choice) => choice === value) ??
		choices.find((choice) => isScalar(value) && String(choice) === String(value).trim()) ??
		value,
	json: (value, { many, choices = [] }) =>
		typeof value === 'string' && !(many && choices.includes(value)) ? jsonOrText(value) : value,
	other: (value) => value,
};

function isScalar(value: unknown): value is number | bigint | boolean | string {
	return ['number', 'bigint', 'boolean', 'string'].includes(typeof value);
}

// NaN and Infinity come from a failed calculation and are of no use as text.
function isNoNumber(value: unknown): boolean {
	return typeof value === 'number' && !Number.isFinite(value);
}

function toInteger(text: string): unknown {
	const digits = /^\s*([+-]?\d+)(?:\.0*)?\s*$/.exec(text)?.[1];
	if (digits === undefined) return text;
	const number = Number(digits);
	return Number.isSafeInteger(number) ? number : BigInt(digits);
}

function toFloat(text: string): unknown {
	const whole = toInteger(text);
	const number = Number(text);
	if (typeof whole === 'bigint' && Number.isFinite(number)) return whole;
	const decimal = /^\s*[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(text);
	return decimal ? number : text;
}

function toBoolean(value: unknown): unknown {
	const word = String(value).trim().toLowerCase();
	if (typeof value !== 'string' && value !== 0 && value !== 1) return value;
	if (word === 'true' || word === '1') return true;
	return word === 'false' || word === '0' ? false : value;
}

export function jsonOrText(text: string): unknown {
	const value = tried(() => parseJson(text));
	return value === undefined ? text : value;
}

/** What is wrong with a value. `message` continues a sentence that starts with the input's name. */
export interface ValueProblem {
	problem: 'wrong_type' | 'out_of_range' | 'unknown_choice';
	message: string;
	suggestion?: string;
}

/** Checks a value against the type, range and choices in an input's spec. Returns undefined if the value fits. */
export function checkValue(wrapped: unknown, spec: InputSpec): ValueProblem | undefined {
	// `checkLink` checks links to other nodes.
	if (isLink(wrapped)) return undefined;
	const value = unwrap(wrapped);
	// The entries of a model's list are checked one by one, with the spec that its schema gives them.
	if (spec.many) return spec.choices && checkMany(value, spec);
	if (!fitsKind(value, spec.kind)) {
		// For a union, a value of any of its types fits.
		const other = spec.also?.find((kind) => fitsKind(value, kind));
		return other
			? checkValue(value, { ...spec, kind: other, also: [] })
			: wrongType(TYPES[spec.kind].wants, value);
	}
	if (spec.kind === 'choice') return checkChoice(value, spec);
	if (spec.kind === 'media') return checkMedia(String(value), spec);
	const isNumber = typeof value === 'number' || typeof value === 'bigint';
	return isNumber ? checkRange(value, spec) : undefined;
}

function fitsKind(value: unknown, kind: InputSpec['kind']): boolean {
	return TYPES[kind].fits(value);
}

const TYPES: Record<InputSpec['kind'], { wants: string; fits: (value: unknown) => boolean }> = {
	string: { wants: 'text', fits: (value) => typeof value === 'string' },
	media: {
		wants: 'a web address or a data URI',
		fits: (value) => typeof value === 'string' && value.trim() !== '',
	},
	integer: {
		wants: 'a whole number',
		fits: (value) => typeof value === 'bigint' || Number.isSafeInteger(value),
	},
	float: {
		wants: 'a number',
		fits: (value) => typeof value === 'bigint' || Number.isFinite(value),
	},
	boolean: { wants: 'true or false', fits: (value) => typeof value === 'boolean' },
	choice: { wants: 'one of its choices', fits: isChoice },
	json: {
		wants: 'a list or an object (JSON)',
		fits: (value) => typeof value === 'object' && value !== null,
	},
	other: { wants: '', fits: () => true },
};

function wrongType(wants: string, value: unknown): ValueProblem {
	const rounded = Number.isInteger(value) && !Number.isSafeInteger(value);
	return {
		problem: 'wrong_type',
		message: rounded
			? `is larger than 2^53 and has lost digits: give it as text`
			: `takes ${wants}, not ${show(value)}`,
	};
}

function checkRange(
	value: number | bigint,
	{ kind, min = -Infinity, max = Infinity }: InputSpec,
): ValueProblem | undefined {
	const low = value < min;
	const exact = kind !== 'integer' || isExact(max);
	const high = value > max || (!exact && value >= max);
	if (!low && !high) return undefined;
	const range = low ? `at least ${limitText(min, kind)}` : `at most ${limitText(max, kind)}`;
	return { problem: 'out_of_range', message: `must be ${range}, not ${value}` };
}

/** Writes a limit with all of its digits. As a double, 2^64 - 1 would print as 18446744073709552000. */
export function limitText(limit: number, kind: InputSpec['kind']): string {
	if (kind !== 'integer' || isExact(limit)) return String(limit);
	return String(limit > 0 ? BigInt(limit) - 1n : BigInt(limit));
}

// A limit such as 2^64 - 1 has been rounded to the nearest number that a double can hold.
function isExact(limit: number): boolean {
	return !Number.isInteger(limit) || Number.isSafeInteger(limit);
}

// ComfyUI takes a single choice as well as a list.
function checkMany(value: unknown, spec: InputSpec): ValueProblem | undefined {
	const list: unknown[] = Array.isArray(value) ? value : [value];
	if (!list.every(isChoice)) return wrongType('a list of its choices', value);
	const wrong = list.find((one) => checkChoice(one, spec) !== undefined);
	return wrong === undefined ? undefined : checkChoice(wrong, spec);
}

function checkChoice(
	value: unknown,
	{ choices = [], moreChoices }: InputSpec,
): ValueProblem | undefined {
	if (moreChoices) return undefined;
	// An empty list means that the machine had no such files at the time, not that no value is valid.
	if (choices.length === 0 || choices.some((choice) => choice === value)) return undefined;
	return unknownChoice(`has no choice ${show(value)}`, value, choices);
}

// A name must match a file on the machine. A URL needs no check: the machine fetches the file.
function checkMedia(
	value: string,
	{ choices = [], moreChoices, upload, address }: InputSpec,
): ValueProblem | undefined {
	const otherKind = misfit(value, upload);
	if (otherKind) return { problem: 'wrong_type', message: otherKind };
	if (/^\s*(https?:\/\/|data:)/i.test(value) || isBase64(value)) return undefined;
	if (choices.includes(value)) return undefined;
	if (/[\0\uFFFD]/.test(value.slice(0, 1024))) {
		return {
			problem: 'wrong_type',
			message:
				'takes a web address, a data URI or the bytes of a file, not a file that was read as text: let that node return a Buffer',
		};
	}
	if (LOCAL_PATH.test(value.trim())) {
		return {
			problem: 'wrong_type',
			message: `takes a web address, a data URI or the bytes of a file, not the path ${show(value)}: RunComfy’s machines cannot reach your files`,
		};
	}
	const isOther = /^[a-z][a-z\d+.-]*:\/\//i.test(value) || (address && value.trim() !== '');
	if (isOther) return wrongType(TYPES.media.wants, value);
	if (choices.length === 0 || moreChoices || isElsewhere(value)) return undefined;
	return unknownChoice(
		`takes a web address, a data URI or a file on the machine, and there is no file ${show(value)}`,
		value,
		choices,
	);
}

/**
 * Paths that start at the root, a drive, a server, the home or the current directory: none of them is in ComfyUI's
 * folders.
 */
const LOCAL_PATH = /^(?:file:|[a-z]:[\\/]|\\|~?\/|\.{1,2}[\\/])/i;

// Whether a file is in a subfolder or in another folder of ComfyUI ("a.png [output]"). No list of choices includes
// such files.
function isElsewhere(file: string): boolean {
	return /[/\\]|\[(input|output|temp)\]$/.test(file.trim());
}

/** Only this many characters are checked: scanning a large file as a whole would block the host for 0.1 s. */
const SAMPLE = 64 * 1024;

export function isBase64(text: string): boolean {
	const sample = text.slice(0, SAMPLE);
	return text.length > 64 && !/[^A-Za-z0-9+/\s_-]/.test(trimEnd(sample.trimEnd(), /=/));
}

function unknownChoice(what: string, value: unknown, choices: readonly Choice[]): ValueProblem {
	const names = choices.map(String);
	const many = names.length > MOST_SHOWN;
	const { ending, ...suggestion } = meant(String(value), names, '');
	const shown = names.slice(0, MOST_SHOWN).join(', ') + (many ? ', …' : '');
	const list = many && ending !== '' ? '' : `; choices are ${shown}`;
	return { problem: 'unknown_choice', message: `${what}${ending}${list}`, ...suggestion };
}

const MOST_SHOWN = 8;

function show(value: unknown): string {
	if (value === null || value === undefined) return 'nothing';
	if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
	const text = String(value);
	if (/^data:/i.test(text)) return 'a data URI';
	const short = shorten(text, 60);
	return typeof value === 'string' ? `"${short}"` : short;
}
