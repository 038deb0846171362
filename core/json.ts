/**
 * JSON that keeps large integers exact. ComfyUI seeds go up to 2^64 - 1, which a JavaScript number
 * cannot hold: such an integer is read as a `bigint` and written back digit for digit.
 */

/** @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
	if (!/\d{16}/.test(text)) return JSON.parse(text);
	return JSON.parse(quoteUnsafeIntegers(text), (_key, value: unknown) =>
		typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
	);
}

export function stringifyJson(value: unknown): string {
	const text = JSON.stringify(value, (_key, entry: unknown) =>
		typeof entry === 'bigint' ? `${MARK}${entry}` : entry,
	);
	return text.includes(ESCAPED_MARK) ? text.replace(MARKED_STRING, '$1') : text;
}

/** The path of the first number that has already lost digits, such as `6.inputs.seed`. */
export function findInexactInteger(value: unknown, path: string[] = []): string | undefined {
	if (typeof value === 'number') {
		return Number.isInteger(value) && !Number.isSafeInteger(value) ? path.join('.') : undefined;
	}
	if (typeof value !== 'object' || value === null) return undefined;
	for (const [key, entry] of Object.entries(value)) {
		const found = findInexactInteger(entry, [...path, key]);
		if (found !== undefined) return found;
	}
	return undefined;
}

// A control character cannot stand unescaped in JSON text, so no user's string begins like this.
const MARK = '\u0001int:';
const ESCAPED_MARK = '"\\u0001int:';
const MARKED_STRING = /"\\u0001int:(-?\d+)"/g;

function quoteUnsafeIntegers(text: string): string {
	const parts: string[] = [];
	let copied = 0;
	let at = 0;
	while (at < text.length) {
		const char = text[at] as string;
		if (char === '"') {
			at = endOfString(text, at);
		} else if (char === '-' || (char >= '0' && char <= '9')) {
			const end = endOfNumber(text, at);
			const literal = text.slice(at, end);
			if (/^-?\d+$/.test(literal) && !Number.isSafeInteger(Number(literal))) {
				parts.push(text.slice(copied, at), `${ESCAPED_MARK}${literal}"`);
				copied = end;
			}
			at = end;
		} else {
			at += 1;
		}
	}
	return parts.join('') + text.slice(copied);
}

function endOfString(text: string, start: number): number {
	let end = text.indexOf('"', start + 1);
	while (end !== -1 && countBackslashes(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
	return end === -1 ? text.length : end + 1;
}

function countBackslashes(text: string, end: number): number {
	let count = 0;
	while (text[end - 1 - count] === '\\') count += 1;
	return count;
}

function endOfNumber(text: string, start: number): number {
	let end = start + 1;
	while (end < text.length && /[\d.eE+-]/.test(text[end] as string)) end += 1;
	return end;
}
