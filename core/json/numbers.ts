/**
 * JSON that keeps large integers exact. ComfyUI seeds go up to 2^64 - 1, which a JavaScript number
 * cannot hold: such an integer is read as a `bigint` and written back digit for digit.
 */

/** @throws SyntaxError as `JSON.parse` does. */
export function parseJson(text: string): unknown {
	if (!/\d{16}/.test(text)) return JSON.parse(text);
	// JSON text has this character in escaped form only. A run that is longer than any in the text marks our
	// own strings beyond doubt.
	const count = 1 + longestRun(text, ESCAPED);
	const marked = quoteUnsafeIntegers(text, ESCAPED.repeat(count));
	if (marked === undefined) return JSON.parse(text);
	try {
		return withIntegers(JSON.parse(marked), MARK.repeat(count));
	} catch {
		// Parses the original text again, so that an error shows that text.
		return JSON.parse(text);
	}
}

/** Digits of the longest `bigint`. A longer integer stays text: to convert it takes the square of its length. */
const LONGEST_INTEGER = 1_000;

/** How often `part` follows itself, at most. */
function longestRun(text: string, part: string): number {
	let [longest, run, end] = [0, 0, -1];
	for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, end)) {
		run = at === end ? run + 1 : 1;
		longest = Math.max(longest, run);
		end = at + part.length;
	}
	return longest;
}

/** Parsed JSON, with integers in place of the texts that begin with `mark`. Data may be too deep for recursion. */
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
			// Not by assignment, since a key may be `__proto__`.
			if (next !== value) Object.defineProperty(holder, key, { value: next });
		}
	}
	return root;
}

const MARK = '\u0001';
const ESCAPED = '\\u0001';

/** JSON text with every `bigint` as an integer, digit for digit. @throws TypeError on a circle. */
export function stringifyJson(value: unknown): string {
	let large = false;
	// The value is looked up again, because n8n gives BigInt a `toJSON`, which makes `entry` a string.
	const text = JSON.stringify(value, function (this: Record<string, unknown>, key, entry: unknown) {
		if (typeof this[key] !== 'bigint') return entry;
		large = true;
		return 0;
	});
	return large ? (write(value) ?? 'null') : text;
}

// Like `JSON.stringify`, except for `bigint`.
function write(value: unknown): string | undefined {
	if (typeof value === 'bigint') return String(value);
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	// `Array.from`, since a list may have holes.
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

/** The path of the first number that JSON cannot hold: `NaN` or an infinity. */
export function findNonFinite(value: unknown): string | undefined {
	return findNumber(value, (number) => !Number.isFinite(number));
}

// With a stack of its own: data may be nested too deep for recursion.
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

/** Undefined if there is none. */
function quoteUnsafeIntegers(text: string, mark: string): string | undefined {
	let found = false;
	const quoted = replaceLiterals(text, /"|(?<![\d.eE+-])-?\d{16}[\d.eE+-]*/g, (literal) => {
		const whole = /^-?[1-9]\d*$/.test(literal);
		if (!whole || Number.isSafeInteger(Number(literal))) return literal;
		found = true;
		return `"${mark}${literal}"`;
	});
	return found ? quoted : undefined;
}

/** JSON as Python writes it, with `null` for what JSON does not have: `NaN` and the infinities. */
export function withoutNonFinite(text: string): string {
	return replaceLiterals(text, /"|NaN|-?Infinity/g, () => 'null');
}

/** @param literals a global pattern that also matches a quotation mark: texts stay as they are */
function replaceLiterals(
	text: string,
	literals: RegExp,
	replace: (literal: string) => string,
): string {
	const parts: string[] = [];
	let copied = 0;
	for (let found = literals.exec(text); found; found = literals.exec(text)) {
		const [literal] = found;
		if (literal === '"') {
			literals.lastIndex = endOfString(text, found.index);
		} else {
			const other = replace(literal);
			if (other === literal) continue;
			parts.push(text.slice(copied, found.index), other);
			copied = literals.lastIndex;
		}
	}
	return parts.join('') + text.slice(copied);
}

/** Where the string that begins at `start` ends: after its closing quotation mark, or with the JSON. */
export function endOfString(text: string, start: number): number {
	let end = text.indexOf('"', start + 1);
	while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
	return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
	let backslashes = 0;
	while (text[at - 1 - backslashes] === '\\') backslashes += 1;
	return backslashes % 2 === 1;
}
