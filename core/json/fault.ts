import { afterString } from './numbers';

/** What may come next: a value, the name of an entry, the colon after a name, or whatever may follow a value. */
type Next = 'value' | 'name' | 'colon' | 'more';

/** The position at which a text stops being valid JSON, which `JSON.parse` does not always report. Reads the text once. */
export function faultIn(text: string): number {
	const open: string[] = [];
	let next: Next = 'value';
	let opened = false;
	for (let at = afterBlanks(text, 0); at < text.length; at = afterBlanks(text, at)) {
		const char = text.charAt(at);
		const inside = open.at(-1);
		const closes = inside !== undefined && char === CLOSING[inside];
		if (closes && (opened || next === 'more')) {
			open.pop();
			next = 'more';
		} else if (next === 'value' && char in CLOSING) {
			open.push(char);
			next = char === '{' ? 'name' : 'value';
		} else if (next === 'value') {
			const { stop, whole } = readScalar(text, at);
			if (!whole) return stop;
			at = stop - 1;
			next = 'more';
		} else if (next === 'name' && char === '"') {
			at = afterString(text, at) - 1;
			next = 'colon';
		} else if (next === 'colon' && char === ':') {
			next = 'value';
		} else if (next === 'more' && char === ',' && inside !== undefined) {
			next = inside === '{' ? 'name' : 'value';
		} else {
			return at;
		}
		opened = char in CLOSING;
		at += 1;
	}
	return text.length;
}

const CLOSING: Record<string, string> = { '{': '}', '[': ']' };

function afterBlanks(text: string, start: number): number {
	let at = start;
	while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
	return at;
}

/** `JSON.parse` reports the position of errors inside a number itself. */
const NUMBER = /-?\d[\d.eE+-]*/y;
const LITERALS = ['true', 'false', 'null'];

/** The position after a string, number or word, and whether it is complete. */
function readScalar(text: string, at: number): { stop: number; whole: boolean } {
	if (text.charAt(at) === '"') return { stop: afterString(text, at), whole: true };
	NUMBER.lastIndex = at;
	if (NUMBER.test(text)) return { stop: NUMBER.lastIndex, whole: true };
	const word = LITERALS.find((one) => one.charAt(0) === text.charAt(at)) ?? '';
	let same = 0;
	while (same < word.length && word.charAt(same) === text.charAt(at + same)) same += 1;
	return { stop: at + same, whole: word !== '' && same === word.length };
}
