/**
 * `text` without trailing characters that match `one`, a pattern for a single character. A regular expression that
 * ends with `$` would be slow: it tries again from every character of a long row of matches inside the text.
 */
export function trimEnd(text: string, one: RegExp): string {
	let to = text.length;
	while (to > 0 && one.test(text.charAt(to - 1))) to -= 1;
	return text.slice(0, to);
}

/** Like `trimEnd`, but at the start. */
export function trimStart(text: string, one: RegExp): string {
	let start = 0;
	while (start < text.length && one.test(text.charAt(start))) start += 1;
	return text.slice(start);
}

/**
 * The text on one line of at most `longest` characters, cut off with an ellipsis. Of a huge text, reads only the
 * beginning.
 */
export function oneLine(text: string, longest: number): string {
	const read = 4 * longest;
	const line = text.slice(0, read).replace(/\s+/g, ' ').trim();
	if (line.length <= longest && text.length <= read) return line;
	return `${line.slice(0, longest - 1)}…`;
}

/** `text` cut to at most `longest` characters, with an ellipsis. */
export function shorten(text: string, longest: number): string {
	return text.length > longest ? `${text.slice(0, longest - 1).trimEnd()}…` : text;
}

/** `text` without its last full stop, so that a sentence can be continued. */
export function withoutFullStop(text: string): string {
	return trimEnd(text, /[\s.]/);
}

/** A string without surrounding whitespace; empty if the value is not a string. */
export function trimmed(value: unknown): string {
	return typeof value === 'string' ? value.trim() : '';
}

export const KB = 1024;
export const MB = 1024 * KB;

export function formatBytes(bytes: number): string {
	if (bytes < KB) return `${bytes} bytes`;
	if (bytes < MB) return `${Math.round(bytes / KB)} KB`;
	if (bytes < 1024 * MB) return `${(bytes / MB).toFixed(1)} MB`;
	return `${(bytes / MB / 1024).toFixed(1)} GB`;
}

export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const chunk of chunks) {
		all.set(chunk, at);
		at += chunk.length;
	}
	return all;
}

/** A value for use in a message: text unchanged, lists and objects as JSON. */
export function valueText(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const FEW = 5;
const LONGEST_LISTED = 120;

/** The first few texts, each cut to fit into a warning. */
export function listFew(texts: readonly string[]): string {
	const short = texts.slice(0, FEW).map((text) => shorten(text, LONGEST_LISTED));
	return short.join('; ') + (texts.length > FEW ? `; and ${texts.length - FEW} more` : '');
}
