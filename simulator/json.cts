import type { JsonObject } from './types.cjs';

// Strings are matched first so that digits inside them are left alone.
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;
const MARK = '\uE000int:';

/**
 * JSON.parse, with integers beyond 2^53 as BigInt so that a seed keeps all its digits.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
	const marked = text.replace(STRING_OR_LONG_INTEGER, (token) =>
		token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${MARK}${token}"`,
	);
	return JSON.parse(marked, (_key, value: unknown) =>
		typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
	) as unknown;
}

/** JSON.stringify that writes BigInt as an integer literal. */
export function toJson(value: unknown): string {
	const text = JSON.stringify(value, (_key, item: unknown) =>
		typeof item === 'bigint' ? `${MARK}${item}` : item,
	);
	return text.replace(/"\uE000int:(-?\d+)"/g, '$1');
}

export const isObject = (value: unknown): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
