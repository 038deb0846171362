/**
 * `text` without the characters at its end that `one`, a pattern of a single character, matches. A
 * regular expression that ends with `$` looks at a long run in the middle again from each of its
 * characters; this looks at each character once.
 */
export function trimEnd(text: string, one: RegExp): string {
	let end = text.length;
	while (end > 0 && one.test(text.charAt(end - 1))) end -= 1;
	return text.slice(0, end);
}

/** `text` without its last full stop, for a sentence that goes on or gets another one. */
export function withoutFullStop(text: string): string {
	return trimEnd(text, /[\s.]/);
}
