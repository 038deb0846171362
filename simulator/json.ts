import { createHash } from 'node:crypto';

const MARK = '\uE000int:';

/**
 * JSON.parse, except that integers beyond 2^53 become BigInt, so that a seed keeps all its digits.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
	return JSON.parse(markNumbers(text), (_key, value: unknown) =>
		typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
	) as unknown;
}

/** Like `parseJson`, for JSON written by Python: NaN and Infinity become null. */
export const parsePython = (text: string): unknown => parseJson(markNumbers(text, true));

/** Turns long integers into marked strings; leaves digits within strings and fractions alone. */
function markNumbers(text: string, nonFinite = false): string {
	const token = /"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|-?Infinity/g;
	let marked = '';
	let done = 0;
	for (let found = token.exec(text); found !== null; found = token.exec(text)) {
		const [literal] = found;
		if (literal === '"') {
			token.lastIndex = endOfString(text, token.lastIndex);
		} else if (/^-?\d{16,}$/.test(literal) && !Number.isSafeInteger(Number(literal))) {
			marked += `${text.slice(done, found.index)}"${MARK}${literal}"`;
			done = token.lastIndex;
		} else if (nonFinite && /[NI]/.test(literal)) {
			marked += `${text.slice(done, found.index)}null`;
			done = token.lastIndex;
		}
	}
	return marked + text.slice(done);
}

// Scans by hand: on an embedded file of several megabytes, a regular expression would overflow the stack.
function endOfString(text: string, start: number): number {
	for (let at = start; at < text.length; at += 1) {
		if (text[at] === '"') return at + 1;
		if (text[at] === '\\') at += 1;
	}
	return text.length;
}

/** JSON.stringify, except that BigInt becomes an integer literal. */
export function toJson(value: unknown): string {
	const text = JSON.stringify(value, (_key, item: unknown) =>
		typeof item === 'bigint' ? `${MARK}${item}` : item,
	);
	return text.replace(/"\uE000int:(-?\d+)"/g, '$1');
}

/** Copies the beginning of a long text: a slice would keep the whole text in memory. */
export const beginning = (text: string, length: number): string =>
	text.length > length
		? `${Buffer.from(text.slice(0, length)).toString()}… (${text.length} characters)`
		: text;

/** Longer texts are embedded files, which nobody reads. */
const MAX_KEPT = 10_000;

/**
 * Replaces each long text in a value by its beginning, its length and its hash, so that equal texts can still be found.
 */
export function digest<T>(value: T): T;
export function digest(value: unknown): unknown {
	if (typeof value === 'string') return value.length > MAX_KEPT ? digestOfText(value) : value;
	if (Array.isArray(value)) return value.map((one: unknown) => digest(one));
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, digest(one)]));
}

const digestOfText = (text: string): string =>
	beginning(text, 200).replace(
		/\)$/,
		`, SHA-256 ${createHash('sha256').update(text).digest('hex')})`,
	);

export const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
