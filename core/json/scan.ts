import { tried } from './objects';

/**
 * How reading ended. `complete`: every wanted entry was found, or the object ended; `plain`: the object ended, and no
 * entry is an object itself; `broken`: the stream is not a JSON object, or ends early; `large`: it is longer than
 * `maxBytes`.
 */
export type Ending = 'complete' | 'plain' | 'broken' | 'large';

/**
 * Reads the wanted entries of a JSON object from a stream of bytes. Keeps only those, so that 20 MB need no more
 * memory than the largest wanted entry.
 */
export async function readEntries(
	stream: AsyncIterable<Uint8Array>,
	wanted: ReadonlySet<string>,
	maxBytes: number,
	onEntry: (name: string, json: string) => void,
): Promise<Ending> {
	const scanner = new EntryScanner(wanted, onEntry);
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > maxBytes) return 'large';
		scanner.read(chunk);
		if (scanner.state !== 'within') return scanner.state;
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

class EntryScanner {
	state: 'within' | Ending = 'within';
	readonly #wanted: ReadonlySet<string>;
	readonly #missing: Set<string>;
	readonly #onEntry: (name: string, json: string) => void;
	readonly #decoder = new TextDecoder();
	#depth = 0;
	#inString = false;
	/** Whether the last chunk ended inside a string, with a backslash that escapes the next character. */
	#escaped = false;
	#isName = false;
	#name = '';
	#nested = false;
	/** Whether a name or wanted value is being read. Its bytes so far are in `#parts`; in this chunk it starts at `#from`. */
	#keeping = false;
	#parts: Uint8Array[] = [];
	#from = 0;

	constructor(wanted: ReadonlySet<string>, onEntry: (name: string, json: string) => void) {
		this.#wanted = wanted;
		this.#missing = new Set(wanted);
		this.#onEntry = onEntry;
	}

	read(chunk: Uint8Array): void {
		this.#from = 0;
		for (let at = 0; at < chunk.length && this.state === 'within'; at += 1) {
			if (this.#inString) at = this.#scanString(chunk, at);
			else this.#scanByte(chunk, at);
		}
		// Copied, because the stream may reuse the chunk's memory. A Buffer's own `slice` does not copy.
		if (this.#keeping && this.state === 'within')
			this.#parts.push(new Uint8Array(chunk.subarray(this.#from)));
	}

	/** @returns the position of the closing quotation mark in this chunk, or else the length of the chunk */
	#scanString(chunk: Uint8Array, at: number): number {
		const found = chunk.indexOf(QUOTE, at);
		const close = found === -1 ? chunk.length : found;
		let slashes = 0;
		while (close - slashes > at && chunk[close - slashes - 1] === BACKSLASH) slashes += 1;
		// A backslash at the end of the last chunk counts only if it directly precedes the ones found here.
		const whole = close - slashes === at && this.#escaped ? slashes + 1 : slashes;
		this.#escaped = found === -1 && whole % 2 === 1;
		if (found === -1 || whole % 2 === 1) return close;
		this.#inString = false;
		if (this.#isName) {
			const json = this.#takeParts(chunk, close);
			this.#name = tried(() => JSON.parse(`"${json}"`) as string) ?? json;
		}
		return close;
	}

	#scanByte(chunk: Uint8Array, at: number): void {
		const byte = chunk[at] as number;
		if (byte === QUOTE) {
			this.#inString = true;
			if (this.#isName) this.#keepFrom(at + 1);
		} else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
			this.#depth += 1;
			if (this.#depth === 1) this.#isName = byte === OPEN_OBJECT;
			if (this.#depth === 1 && !this.#isName) this.state = 'broken';
			this.#nested ||= this.#depth === 2 && byte === OPEN_OBJECT;
		} else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
			this.#depth -= 1;
			if (this.#depth !== 0) return;
			this.#finishValue(chunk, at);
			if (this.state === 'within') this.state = this.#nested ? 'complete' : 'plain';
		} else if (this.#depth === 0 && byte > 0x20 && byte < 0x80) {
			this.state = 'broken';
		} else if (this.#depth === 1 && byte === COLON && this.#isName) {
			this.#isName = false;
			if (this.#wanted.has(this.#name)) this.#keepFrom(at + 1);
		} else if (this.#depth === 1 && byte === COMMA) {
			this.#finishValue(chunk, at);
			this.#isName = true;
		}
	}

	#keepFrom(at: number): void {
		this.#keeping = true;
		this.#from = at;
	}

	#finishValue(chunk: Uint8Array, to: number): void {
		if (!this.#keeping) return;
		this.#onEntry(this.#name, this.#takeParts(chunk, to));
		this.#missing.delete(this.#name);
		if (this.#missing.size === 0) this.state = 'complete';
	}

	#takeParts(chunk: Uint8Array, to: number): string {
		this.#parts.push(chunk.subarray(this.#from, to));
		const json = this.#parts.map((part) => this.#decoder.decode(part, { stream: true })).join('');
		this.#parts = [];
		this.#keeping = false;
		return json + this.#decoder.decode();
	}
}
