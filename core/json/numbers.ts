/**
 * JSON that keeps large integers exact. ComfyUI seeds go up to 2^64 - 1, which a JavaScript number
 * cannot hold: such an integer is read as a `bigint` and written back digit for digit.
 */

/** @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
	if (!/\d{16}/.test(text)) return JSON.parse(text);
	// In JSON text this character only stands escaped. One more of it than anywhere in a row makes a
	// beginning that no string of the text has.
	const runs = text.match(/(?:\\u0001)+/g) ?? [];
	const longest = runs.reduce((most, run) => Math.max(most, run.length), 0);
	const count = 1 + longest / ESCAPED.length;
	const marked = quoteUnsafeIntegers(text, ESCAPED.repeat(count));
	if (marked === text) return JSON.parse(text);
	try {
		return JSON.parse(marked, (_key, value: unknown) =>
			typeof value === 'string' && value.startsWith(MARK.repeat(count))
				? BigInt(value.slice(count))
				: value,
		);
	} catch {
		// Once more for an error that shows the text itself.
		return JSON.parse(text);
	}
}

const MARK = '\u0001';
const ESCAPED = '\\u0001';

/** JSON text with every `bigint` as an integer, digit for digit. @throws TypeError on a circle. */
export function stringifyJson(value: unknown): string {
	let large = false;
	// Looked up again, since n8n gives BigInt a `toJSON`: `entry` is a string there.
	const text = JSON.stringify(value, function (this: Record<string, unknown>, key, entry: unknown) {
		if (typeof this[key] !== 'bigint') return entry;
		large = true;
		return 0;
	});
	return large ? (write(value) ?? 'null') : text;
}

// As `JSON.stringify` does, but for `bigint`.
function write(value: unknown): string | undefined {
	if (typeof value === 'bigint') return String(value);
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	// Also what was left out of a list has its place in it.
	if (Array.isArray(value))
		return `[${Array.from(value, (one) => write(one) ?? 'null').join(',')}]`;
	if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON());
	const fields = Object.entries(value).flatMap(([key, entry]) => {
		const written = write(entry);
		return written === undefined ? [] : [`${JSON.stringify(key)}:${written}`];
	});
	return `{${fields.join(',')}}`;
}

/** The path of the first number that has already lost digits, such as `6.inputs.seed`. */
export function findInexactInteger(value: unknown): string | undefined {
	return findNumber(value, (number) => Number.isInteger(number) && !Number.isSafeInteger(number));
}

/** The path of the first number that JSON does not have: `NaN` or an infinity. */
export function findNonFinite(value: unknown): string | undefined {
	return findNumber(value, (number) => !Number.isFinite(number));
}

// With a list of its own, and not by calling itself: data may be nested deeper than calls can be.
function findNumber(value: unknown, wanted: (number: number) => boolean): string | undefined {
	const visited = new Set<object>();
	const open: Spot[] = [{ value, key: '', parent: undefined }];
	for (let spot = open.pop(); spot; spot = open.pop()) {
		const { value: held } = spot;
		if (typeof held === 'number' && wanted(held)) return pathOf(spot);
		if (typeof held !== 'object' || held === null || ArrayBuffer.isView(held)) continue;
		if (visited.has(held)) continue;
		visited.add(held);
		const entries = Object.entries(held);
		for (let index = entries.length - 1; index >= 0; index -= 1) {
			const [key, inner] = entries[index] as [string, unknown];
			if (typeof inner === 'number' || typeof inner === 'object') {
				open.push({ value: inner, key, parent: spot });
			}
		}
	}
	return undefined;
}

interface Spot {
	value: unknown;
	key: string;
	parent: Spot | undefined;
}

function pathOf(spot: Spot): string {
	const path: string[] = [];
	for (let at = spot; at.parent; at = at.parent) path.unshift(at.key);
	return path.join('.');
}

function quoteUnsafeIntegers(text: string, mark: string): string {
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
			if (/^-?(0|[1-9]\d*)$/.test(literal) && !Number.isSafeInteger(Number(literal))) {
				parts.push(text.slice(copied, at), `"${mark}${literal}"`);
				copied = end;
			}
			at = end;
		} else {
			at += 1;
		}
	}
	return parts.join('') + text.slice(copied);
}

/** Where a text that begins at `start` has ended: after its quotation mark, or with the whole JSON. */
export function endOfString(text: string, start: number): number {
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

/** JSON as Python writes it, with `null` for what JSON does not have: `NaN` and the infinities. */
export function withoutNonFinite(text: string): string {
	const parts: string[] = [];
	let copied = 0;
	let at = 0;
	while (at < text.length) {
		const char = text[at] as string;
		if (char === '"') {
			at = endOfString(text, at);
			continue;
		}
		const literal = 'NI-'.includes(char)
			? LITERALS.find((one) => text.startsWith(one, at))
			: undefined;
		if (literal !== undefined) {
			parts.push(text.slice(copied, at), 'null');
			copied = at + literal.length;
		}
		at += literal?.length ?? 1;
	}
	return parts.join('') + text.slice(copied);
}

const LITERALS = ['NaN', 'Infinity', '-Infinity'];
