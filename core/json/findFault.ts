/** Where JSON text stops being JSON, and why. */
export interface JsonFault {
	/** Index of the first character that does not fit; the length of the text if it ends too early. */
	at: number;
	problem: JsonProblem;
}

export type JsonProblem =
	| 'ends_early'
	| 'extra'
	| 'quote_in_text'
	| 'control_in_text'
	| 'bad_escape'
	| 'no_comma'
	| 'trailing_comma'
	| 'no_key'
	| 'no_colon'
	| 'no_value'
	| 'bare_text'
	| 'single_quotes';

/** What is read next. */
type Slot = 'value' | 'key' | 'colon' | 'next';

/**
 * The first fault of a JSON text, undefined if it has none. `JSON.parse` only throws: its message
 * differs between Node.js versions, and some have no position. Linear in the length of the text.
 */
export function findJsonFault(text: string): JsonFault | undefined {
	const closers: string[] = [];
	let slot: Slot = 'value';
	let afterText = false;
	/** Directly after an opening bracket, where the closing one may follow. */
	let empty = false;
	for (let at = skipBlanks(text, 0); ; at = skipBlanks(text, at)) {
		const char = text[at];
		const closer = closers.at(-1);
		const complete = slot === 'next' && closer === undefined;
		if (char === undefined) return complete ? undefined : { at, problem: 'ends_early' };
		if (char === closer && (slot === 'next' || empty)) {
			closers.pop();
			[slot, afterText, empty] = ['next', false, false];
			at += 1;
		} else if (slot === 'next') {
			if (char !== ',' || complete) {
				return { at, problem: afterText ? 'quote_in_text' : complete ? 'extra' : 'no_comma' };
			}
			slot = closer === '}' ? 'key' : 'value';
			at += 1;
		} else if (slot === 'colon') {
			if (char !== ':') return { at, problem: 'no_colon' };
			slot = 'value';
			at += 1;
		} else if (char === '"') {
			const end = endOfText(text, at);
			if (typeof end !== 'number') return end;
			afterText = slot === 'value';
			[slot, empty] = [slot === 'key' ? 'colon' : 'next', false];
			at = end;
		} else if (slot === 'key') {
			return { at, problem: problemOfKey(char, empty) };
		} else if (char === '{' || char === '[') {
			closers.push(char === '{' ? '}' : ']');
			[slot, empty] = [char === '{' ? 'key' : 'value', true];
			at += 1;
		} else {
			const end = endOfPlain(text, at);
			if (end === undefined) return { at, problem: problemOfValue(text, at, char, closer) };
			[slot, afterText, empty] = ['next', false, false];
			at = end;
		}
	}
}

function skipBlanks(text: string, from: number): number {
	let at = from;
	while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at += 1;
	return at;
}

/** Behind the closing quotation mark. */
function endOfText(text: string, start: number): number | JsonFault {
	for (let at = start + 1; at < text.length; at += 1) {
		const char = text[at] as string;
		if (char === '"') return at + 1;
		if (char < ' ') return { at, problem: 'control_in_text' };
		if (char !== '\\') continue;
		if (at + 1 === text.length) break;
		if (!/^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/.test(text.slice(at, at + 6))) {
			return { at, problem: 'bad_escape' };
		}
		at += 1;
	}
	return { at: text.length, problem: 'ends_early' };
}

const PLAIN = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/** Behind a number, `true`, `false` or `null`. */
function endOfPlain(text: string, start: number): number | undefined {
	PLAIN.lastIndex = start;
	return PLAIN.test(text) ? PLAIN.lastIndex : undefined;
}

function problemOfKey(char: string, empty: boolean): JsonProblem {
	if (char === "'") return 'single_quotes';
	return char === '}' && !empty ? 'trailing_comma' : 'no_key';
}

function problemOfValue(
	text: string,
	at: number,
	char: string,
	closer: string | undefined,
): JsonProblem {
	if (char === "'") return 'single_quotes';
	if (char === closer && char === ']') return 'trailing_comma';
	if (',}]:'.includes(char)) return 'no_value';
	return /[\p{L}\p{N}_$]/u.test(text.slice(at, at + 2)) ? 'bare_text' : 'no_value';
}
