/**
 * Reads and writes JSON with exact large integers. ComfyUI seeds go up to 2^64 - 1, more than a JavaScript number
 * can hold. Such an integer is read as a `bigint` and written back digit for digit.
 */

/** @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
	return readMarked(markIntegers(text));
}

/** A JSON text and a copy in which each integer too large for a JavaScript number is a marked string. */
export interface MarkedJson {
	text: string;
	marked?: { json: string; mark: string };
}

/**
 * The first half of `parseJson`. Each half can take a tenth of a second for a large text: let other work run in
 * between.
 */
export function markIntegers(text: string): MarkedJson {
	if (!/\d{16}/.test(text)) return { text };
	const mark = markFor(text);
	const json = quoteUnsafeIntegers(text, mark);
	return json === undefined ? { text } : { text, marked: { json, mark } };
}

/** The second half of `parseJson`. @throws SyntaxError as `JSON.parse` does. */
export function readMarked({ text, marked }: MarkedJson): unknown {
	if (!marked) return JSON.parse(text);
	try {
		return withIntegers(JSON.parse(marked.json), marked.mark);
	} catch {
		// Parses the original text again, so that an error shows that text.
		return JSON.parse(text);
	}
}

/** A random prefix that no string in the text begins with, not even in escaped form. */
function markFor(text: string): string {
	for (;;) {
		const mark = `#${Math.random().toString(36).slice(2, 9)}`;
		if (!text.includes(mark)) return mark;
	}
}

/**
 * Maximum digits of a `bigint`. A longer integer stays a string, because converting it takes time that grows with the
 * square of its length.
 */
const LONGEST_INTEGER = 1_000;

/** Replaces strings that begin with `mark` by integers. Does not recurse, since the data may be nested too deeply. */
function withIntegers(parsed: unknown, mark: string): unknown {
	const open: object[] = [];
	const read = (value: unknown): unknown => {
		if (typeof value === 'object' && value !== null) open.push(value);
		if (typeof value !== 'string' || !value.startsWith(mark)) return value;
		const digits = value.slice(mark.length);
		return digits.length > LONGEST_INTEGER ? digits : BigInt(digits);
	};
	const root = read(parsed);
	for (let holder = open.pop(); holder; holder = open.pop()) {
		if (Array.isArray(holder)) {
			for (let at = 0; at < holder.length; at += 1) holder[at] = read(holder[at]);
			continue;
		}
		for (const [key, value] of Object.entries(holder)) {
			const next = read(value);
			// Not assigned, since a key may be `__proto__`.
			if (next !== value) Object.defineProperty(holder, key, { value: next });
		}
	}
	return root;
}

/** JSON text with every `bigint` as an integer, digit for digit. @throws TypeError on a circular structure */
export function stringifyJson(value: unknown): string {
	let large = false;
	// Reads the value again, because n8n gives BigInt a `toJSON`, which makes `entry` a string.
	const text = JSON.stringify(value, function (this: Record<string, unknown>, key, entry: unknown) {
		if (typeof this[key] !== 'bigint') return entry;
		large = true;
		return 0;
	});
	return large ? (writeExact(value) ?? 'null') : text;
}

// Like `JSON.stringify`, except for `bigint`.
function writeExact(value: unknown): string | undefined {
	if (typeof value === 'bigint') return String(value);
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	// `Array.from`, because a list may have holes.
	if (Array.isArray(value))
		return `[${Array.from(value, (one) => writeExact(one) ?? 'null').join(',')}]`;
	if ('toJSON' in value && typeof value.toJSON === 'function') return writeExact(value.toJSON());
	const fields = Object.entries(value).flatMap(([key, entry]) => {
		const written = writeExact(entry);
		return written === undefined ? [] : [`${JSON.stringify(key)}:${written}`];
	});
	return `{${fields.join(',')}}`;
}

/** The path of the first number that has already lost digits, such as `6.inputs.seed`. */
export function findInexactInteger(value: unknown): string | undefined {
	return findNumber(value, (number) => Number.isInteger(number) && !Number.isSafeInteger(number));
}

/** The path of the first number that JSON cannot hold: `NaN` or an infinity. */
export function findNonFinite(value: unknown): string | undefined {
	return findNumber(value, (number) => !Number.isFinite(number));
}

// Uses its own stack: data may be nested too deeply for recursion.
function findNumber(value: unknown, wanted: (number: number) => boolean): string | undefined {
	const visited = new Set<object>();
	const open: Spot[] = [{ value, key: '', parent: undefined }];
	for (let spot = open.pop(); spot; spot = open.pop()) {
		const { value: held } = spot;
		if (typeof held === 'number' && wanted(held)) return pathOfSpot(spot);
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

function pathOfSpot(spot: Spot): string {
	const path: string[] = [];
	for (let at = spot; at.parent; at = at.parent) path.unshift(at.key);
	return path.join('.');
}

/** The JSON with each unsafe integer as a string that begins with `mark`; undefined if there are none. */
function quoteUnsafeIntegers(text: string, mark: string): string | undefined {
	const quoted = new Pieces();
	let copied = 0;
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) {
			at = afterString(text, at) - 1;
		} else if (code === MINUS || isDigit(code)) {
			const stop = afterNumber(text, at);
			if (isUnsafe(text, at, stop)) {
				quoted.add(text.slice(copied, at), `"${mark}`);
				quoted.add(text.slice(at, stop), '"');
				copied = stop;
			}
			at = stop - 1;
		}
	}
	if (copied === 0) return undefined;
	quoted.add(text.slice(copied), '');
	return quoted.join();
}

/**
 * Joins the pieces of a text in groups of a thousand. Keeping all pieces to the end would slow down the garbage
 * collector.
 */
class Pieces {
	readonly #joined: string[] = [];
	#pieces: string[] = [];

	add(piece: string, next: string): void {
		this.#pieces.push(piece, next);
		if (this.#pieces.length > 1_000) this.#joinPieces();
	}

	join(): string {
		this.#joinPieces();
		return this.#joined.join('');
	}

	#joinPieces(): void {
		this.#joined.push(this.#pieces.join(''));
		this.#pieces = [];
	}
}

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const E = 0x65;

const isDigit = (code: number) => code >= ZERO && code <= NINE;

/** The position after a number: its digits, point, exponent and signs. */
function afterNumber(text: string, start: number): number {
	for (let at = start + 1; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (!isDigit(code) && code !== MINUS && code !== PLUS && code !== POINT && (code | 0x20) !== E)
			return at;
	}
	return text.length;
}

function isUnsafe(text: string, start: number, stop: number): boolean {
	const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
	if (text.charCodeAt(first) === ZERO) return false;
	let value = 0;
	for (let at = first; at < stop; at += 1) {
		const code = text.charCodeAt(at);
		if (!isDigit(code)) return false;
		// Exact up to sixteen digits; any longer integer is unsafe.
		value = 10 * value + (code - ZERO);
	}
	return value > Number.MAX_SAFE_INTEGER;
}

/** Replaces `NaN` and infinities, which Python writes into JSON, with `null`. */
export function withoutNonFinite(text: string): string {
	const literals = /"|NaN|-?Infinity/g;
	const finite = new Pieces();
	let copied = 0;
	for (let found = literals.exec(text); found; found = literals.exec(text)) {
		if (found[0] === '"') {
			literals.lastIndex = afterString(text, found.index);
		} else {
			finite.add(text.slice(copied, found.index), 'null');
			copied = literals.lastIndex;
		}
	}
	finite.add(text.slice(copied), '');
	return finite.join();
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
