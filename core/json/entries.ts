/**
 * The entries of a JSON object that are wanted, read off a stream of its bytes: of the rest nothing is
 * kept, so that 20 MB cost no more memory than the largest entry. Ends as soon as all are found, or
 * after `maxBytes`.
 * @returns `complete`: every wanted entry was found, or the object ended; `broken`: it is no JSON
 * object, or ends early; `large`: it goes on after `maxBytes`
 */
export async function readEntries(
	stream: AsyncIterable<Uint8Array>,
	wanted: ReadonlySet<string>,
	maxBytes: number,
	take: (name: string, json: string) => void,
): Promise<'complete' | 'broken' | 'large'> {
	const scanner = createScanner(wanted, take);
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

function createScanner(wanted: ReadonlySet<string>, take: (name: string, json: string) => void) {
	const missing = new Set(wanted);
	const decoder = new TextDecoder();
	let depth = 0;
	let inText = false;
	let escaped = false;
	let isName = false;
	let name = '';
	let state: 'within' | 'complete' | 'broken' = 'within';
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
		take(name, end(chunk, from, to));
		missing.delete(name);
		if (missing.size === 0) state = 'complete';
	};

	return {
		state: () => state,
		read(chunk: Uint8Array) {
			let from = 0;
			for (let at = 0; at < chunk.length && state === 'within'; at += 1) {
				const byte = chunk[at] as number;
				if (inText) {
					if (escaped) escaped = false;
					else if (byte === BACKSLASH) escaped = true;
					else if (byte === QUOTE) {
						inText = false;
						if (isName) name = nameOf(end(chunk, from, at));
					}
					continue;
				}
				if (byte === QUOTE) {
					inText = true;
					if (isName) [keeping, from] = [true, at + 1];
				} else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
					depth += 1;
					if (depth === 1) isName = byte === OPEN_OBJECT;
					if (depth === 1 && !isName) state = 'broken';
				} else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
					depth -= 1;
					if (depth === 0) {
						endValue(chunk, from, at);
						state = 'complete';
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

function nameOf(json: string): string {
	try {
		return JSON.parse(`"${json}"`) as string;
	} catch {
		return json;
	}
}
