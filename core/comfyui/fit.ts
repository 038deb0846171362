import { parseJson } from '../json/numbers';
import { tried } from '../json/objects';
import { fitsKind } from './checkValue';
import { isLink } from './graph';
import { type InputSpec, unwrap } from './inputSpec';

/**
 * A value from a form, an expression or a table, where everything may have become text, in the type of the input.
 * What cannot be converted without guessing stays as it is, for `checkValue` to refuse.
 */
export function fitValue(value: unknown, spec: InputSpec): unknown {
	if (isLink(value)) return value;
	const fitted = spec.also ? fitUnion(unwrap(value), spec) : FIT[spec.kind](unwrap(value), spec);
	return spec.wrap && Array.isArray(fitted) ? { __value__: fitted as unknown[] } : fitted;
}

/**
 * Fits a value from JSON, which has types of its own, as ComfyUI converts it (`int()`, `float()`
 * and `str()` in execution.py). Texts in a boolean are the exception: ComfyUI turns every text into true, even "false",
 * so only the two words are accepted, with the meaning that they have.
 */
export function fitJsonValue(value: unknown, spec: InputSpec): unknown {
	const ambiguous = spec.kind === 'boolean' && typeof value === 'string' && /[01]/.test(value);
	return ambiguous ? value : fitValue(value, spec);
}

/** Tries the input's kinds in order, unconverted first. A list or an object in a text counts before the text. */
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
	float: (value) => (typeof value === 'string' ? toNumber(value) : value),
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

// The result of a calculation that went wrong, which is of no use as a text.
function isNoNumber(value: unknown): boolean {
	return typeof value === 'number' && !Number.isFinite(value);
}

function toInteger(text: string): unknown {
	const digits = /^\s*([+-]?\d+)(?:\.0*)?\s*$/.exec(text)?.[1];
	if (digits === undefined) return text;
	const number = Number(digits);
	return Number.isSafeInteger(number) ? number : BigInt(digits);
}

function toNumber(text: string): unknown {
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
