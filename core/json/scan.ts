import { ANSWER_VALUES } from '../defaults';
import { endOfString } from './numbers';
import { tried } from './objects';

/**
 * The wanted entries of a JSON object, read off a stream of its bytes. Keeps nothing else, so that 20 MB cost
 * no more memory than the largest entry.
 * @returns `complete`: every wanted entry was found, or the object ended; `plain`: it ended, and no entry is an
 * object itself; `broken`: it is not a JSON object, or ends early; `large`: it goes on after `maxBytes`
 */
export async function readEntries(
	stream: AsyncIterable<Uint8Array>,
	wanted: ReadonlySet<string>,
	maxBytes: number,
	onEntry: (name: string, json: string) => void,
): Promise<'complete' | 'plain' | 'broken' | 'large'> {
	const scanner = createScanner(wanted, onEntry);
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > maxBytes) return 'large';
		scanner.read(chunk);
		const state = scanner.state();
		if (state !== 'within') return state;
	}
	return 'broken';
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

function createScanner(wanted: ReadonlySet<string>, onEntry: (name: string, json: string) => void) {
	const missing = new Set(wanted);
	const decoder = new TextDecoder();
	let depth = 0;
	let inText = false;
	let escaped = false;
	let isName = false;
	let name = '';
	let nested = false;
	let state: 'within' | 'complete' | 'plain' | 'broken' = 'within';
	/** What is kept from here on: the bytes of a name, or of a wanted value. */
	let keeping = false;
	let kept: Uint8Array[] = [];

	const end = (chunk: Uint8Array, from: number, to: number) => {
		kept.push(chunk.subarray(from, to));
		const text = kept.map((part) => decoder.decode(part, { stream: true })).join('');
		kept = [];
		keeping = false;
		return text + decoder.decode();
	};
	const endValue = (chunk: Uint8Array, from: number, to: number) => {
		if (!keeping) return;
		onEntry(name, end(chunk, from, to));
		missing.delete(name);
		if (missing.size === 0) state = 'complete';
	};

	return {
		state: () => state,
		read(chunk: Uint8Array) {
			let from = 0;
			for (let at = 0; at < chunk.length && state === 'within'; at += 1) {
				if (inText) {
					const found = chunk.indexOf(QUOTE, at);
					const close = found === -1 ? chunk.length : found;
					let slashes = 0;
					while (close - slashes > at && chunk[close - slashes - 1] === BACKSLASH) slashes += 1;
					// What the last chunk ended with counts only if nothing stands between.
					const whole = close - slashes === at && escaped ? slashes + 1 : slashes;
					escaped = found === -1 && whole % 2 === 1;
					at = close;
					if (found === -1 || whole % 2 === 1) continue;
					inText = false;
					if (isName) {
						const json = end(chunk, from, at);
						name = tried(() => JSON.parse(`"${json}"`) as string) ?? json;
					}
					continue;
				}
				const byte = chunk[at] as number;
				if (byte === QUOTE) {
					inText = true;
					if (isName) [keeping, from] = [true, at + 1];
				} else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
					depth += 1;
					if (depth === 1) isName = byte === OPEN_OBJECT;
					if (depth === 1 && !isName) state = 'broken';
					nested ||= depth === 2 && byte === OPEN_OBJECT;
				} else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
					depth -= 1;
					if (depth === 0) {
						endValue(chunk, from, at);
						if (state === 'within') state = nested ? 'complete' : 'plain';
					}
				} else if (depth === 0 && byte > 0x20 && byte < 0x80) {
					state = 'broken';
				} else if (depth === 1 && byte === COLON && isName) {
					isName = false;
					if (wanted.has(name)) [keeping, from] = [true, at + 1];
				} else if (depth === 1 && byte === COMMA) {
					endValue(chunk, from, at);
					isName = true;
				}
			}
			// A stream may use its memory again.
			if (keeping && state === 'within') kept.push(chunk.slice(from));
		},
	};
}

/**
 * Why the JSON of an answer of at most `maxBytes` must not be parsed, to follow "The answer"; undefined if it
 * may be. Counts its values and levels without making any. Means nothing for a text that is not JSON.
 */
export function tooMuch(text: string, maxBytes: number): string | undefined {
	const most = Math.min(ANSWER_VALUES.most, Math.ceil(maxBytes / ANSWER_VALUES.bytesEach));
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
