import { ANSWER_VALUES } from '../defaults';
import { endOfString } from './numbers';

/**
 * Why the JSON in an answer of at most `maxBytes` is not to be parsed, after "The answer"; undefined if it
 * may be. Counts, without making any of them, its values and how deep they are nested: in a text that is
 * no JSON this says nothing.
 */
export function tooMuch(text: string, maxBytes: number): string | undefined {
	const most = Math.min(ANSWER_VALUES.most, Math.ceil(maxBytes / ANSWER_VALUES.bytesEach));
	// A value takes two characters at least.
	if (text.length < 2 * Math.min(most, ANSWER_VALUES.levels)) return undefined;
	let values = 1;
	let depth = 0;
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) {
			at = endOfString(text, at) - 1;
		} else if (code === OPEN_LIST || code === OPEN_OBJECT) {
			values += 1;
			depth += 1;
		} else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
			depth -= 1;
		} else if (code === COMMA) {
			values += 1;
		}
		if (values > most) return `holds more than ${most.toLocaleString('en')} values`;
		if (depth > ANSWER_VALUES.levels) {
			return `is nested more than ${ANSWER_VALUES.levels.toLocaleString('en')} levels deep`;
		}
	}
	return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
