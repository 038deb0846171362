/**
 * Reads and writes JSON with exact large integers. ComfyUI seeds go up to 2^64 - 1, more than a JavaScript number
 * can hold. Such an integer is read as a `bigint` and written back digit for digit.
 */

// Strings are matched as a whole, so that nothing is found inside of one. A string may lack its end: otherwise, each
// quotation mark in it would be tried as a beginning.

/** An integer of more than a thousand digits is no seed, and would take long to convert. */
const STRING_OR_LARGE = /"[^"\\]*(?:\\.[^"\\]*)*"?|(?<![\d.eE+-])-?[1-9]\d{15,999}(?![\d.eE])/gs;
const STRING_OR_NON_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*"?|NaN|-?Infinity/gs;

/** @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
	if (!/(?:^|[\s:,[])-?[1-9]\d{15}/.test(text)) return JSON.parse(text);
	const mark = markFor(text);
	try {
		return readMarked(JSON.parse(markLarge(text, mark)), mark);
	} catch {
		// Parses the text itself, so that an error shows it. The pattern gives up on a string with millions of escapes.
		return JSON.parse(text);
	}
}

/** A random prefix that no string in the text begins with, not even in escaped form. */
function markFor(text: string): string {
	const mark = `#${Math.random().toString(36).slice(2, 9)}`;
	return text.includes(mark) ? markFor(text) : mark;
}

/** The JSON with each unsafe integer as a string that begins with `mark`. */
function markLarge(text: string, mark: string): string {
	return text.replace(STRING_OR_LARGE, (found) =>
		found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${mark}${found}"`,
	);
}

/** Replaces strings that begin with `mark` by integers. Does not recurse, since the data may be nested too deeply. */
function readMarked(parsed: unknown, mark: string): unknown {
	const root = { parsed };
	const open: object[] = [root];
	for (let holder = open.pop(); holder; holder = open.pop()) {
		for (const [key, value] of Object.entries(holder) as Array<[string, unknown]>) {
			if (typeof value === 'object' && value !== null) open.push(value);
			if (typeof value !== 'string' || !value.startsWith(mark)) continue;
			// Not assigned, since a key may be `__proto__`.
			Object.defineProperty(holder, key, { value: BigInt(value.slice(mark.length)) });
		}
	}
	return root.parsed;
}

/** JSON text with every `bigint` as an integer, digit for digit. @throws TypeError on a circular structure */
export function stringifyJson(value: unknown): string {
	const mark = `#${Math.random()}#`;
	let large = false;
	// Reads the value again, because n8n gives BigInt a `toJSON`, which makes `entry` a string.
	const text = JSON.stringify(value, function (this: Record<string, unknown>, key, entry: unknown) {
		const own = this[key];
		if (typeof own !== 'bigint') return entry;
		large = true;
		return `${mark}${own}`;
	});
	if (!large) return text;
	return text.replace(/"(#[\d.e-]+#)(-?\d+)"/g, (whole, found: string, digits: string) =>
		found === mark ? digits : whole,
	);
}

/** The path of a number that has already lost digits, such as `6.inputs.seed`. */
export function findInexactInteger(value: unknown): string | undefined {
	return findNumber(value, (number) => Number.isInteger(number) && !Number.isSafeInteger(number));
}

/** The path of a number that JSON cannot hold: `NaN` or an infinity. */
export function findNonFinite(value: unknown): string | undefined {
	return findNumber(value, (number) => !Number.isFinite(number));
}

// Uses its own stack: data may be nested too deeply for recursion.
function findNumber(value: unknown, wanted: (number: number) => boolean): string | undefined {
	const visited = new Set<object>();
	const open: Array<[path: string, value: unknown]> = [['', value]];
	for (let next = open.pop(); next; next = open.pop()) {
		const [path, held] = next;
		if (typeof held === 'number' && wanted(held)) return path;
		if (typeof held !== 'object' || held === null || ArrayBuffer.isView(held)) continue;
		if (visited.has(held)) continue;
		visited.add(held);
		for (const [key, inner] of Object.entries(held)) {
			open.push([path === '' ? key : `${path}.${key}`, inner]);
		}
	}
	return undefined;
}

/** Replaces `NaN` and infinities, which Python writes into JSON, with `null`. */
export function withoutNonFinite(text: string): string {
	return text.replace(STRING_OR_NON_FINITE, (found) => (found.startsWith('"') ? found : 'null'));
}
