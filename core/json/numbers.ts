/**
 * Reads and writes JSON with exact large integers. ComfyUI seeds go up to 2^64 - 1, more than a JavaScript number
 * can hold. Such an integer is read as a `bigint` and written back digit for digit.
 */

/** An integer that may be too large. One of more than a thousand digits is no seed, and would take long to convert. */
const LARGE = /(?<![\d.eE+-])-?[1-9]\d{15,999}(?![\d.eE])/g;

/** @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
	const mark = markFor(text);
	const marked = replaceOutsideStrings(text, LARGE, (digits) =>
		Number.isSafeInteger(Number(digits)) ? digits : `"${mark}${digits}"`,
	);
	if (marked === text) return JSON.parse(text);
	try {
		return readMarked(JSON.parse(marked), mark);
	} catch {
		// Parses the text itself, so that an error shows it.
		return JSON.parse(text);
	}
}

/** A random prefix that no string in the text begins with, not even in escaped form. */
function markFor(text: string): string {
	const mark = `#${Math.random().toString(36).slice(2, 9)}`;
	return text.includes(mark) ? markFor(text) : mark;
}

/** Replaces strings that begin with `mark` by integers. Does not recurse, since the data may be nested too deeply. */
function readMarked(parsed: unknown, mark: string): unknown {
	const open: object[] = [];
	const read = (value: unknown): unknown => {
		if (typeof value === 'object' && value !== null) open.push(value);
		const isMarked = typeof value === 'string' && value.startsWith(mark);
		return isMarked ? BigInt(value.slice(mark.length)) : value;
	};
	const root = read(parsed);
	for (let holder = open.pop(); holder; holder = open.pop()) {
		if (Array.isArray(holder)) {
			for (let at = 0; at < holder.length; at += 1) holder[at] = read(holder[at]);
		} else {
			const fields = holder as Record<string, unknown>;
			for (const key of Object.keys(fields)) fields[key] = read(fields[key]);
		}
	}
	return root;
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
	return replaceOutsideStrings(text, /NaN|-?Infinity/g, () => 'null');
}

function replaceOutsideStrings(
	text: string,
	pattern: RegExp,
	replace: (found: string) => string,
): string {
	let end = 0;
	let quote = text.indexOf('"');
	return text.replace(pattern, (found, at: number) => {
		while (quote !== -1 && quote < at) {
			end = afterString(text, quote);
			quote = text.indexOf('"', end);
		}
		return at < end ? found : replace(found);
	});
}

/** The position after the string that begins at `start`: after its closing quotation mark, or after the whole text. */
function afterString(text: string, start: number): number {
	let quote = text.indexOf('"', start + 1);
	while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
	return quote === -1 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
	let backslashes = 0;
	while (text[at - 1 - backslashes] === '\\') backslashes += 1;
	return backslashes % 2 === 1;
}
