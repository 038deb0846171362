/** A text that a file carries under a name. */
export interface Tag {
	name: string;
	/** As in the file, so that only what is wanted gets decoded. */
	value: Uint8Array;
	deflated?: boolean;
}

export interface Tags {
	tags: Tag[];
	/** Whether the file ends before a part of it does. */
	cut: boolean;
}

/** UTF-8, or Latin-1 if it cannot be that. */
export function decodeText(bytes: Uint8Array): string {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder('latin1').decode(bytes);
	}
}

export function ascii(bytes: Uint8Array, start: number, end: number): string {
	return String.fromCharCode(...bytes.subarray(start, end));
}

/** Where the next zero stands, or `end`. */
export function untilZero(bytes: Uint8Array, start: number, end: number): number {
	const zero = bytes.subarray(start, end).indexOf(0);
	return zero === -1 ? end : start + zero;
}

/** An unsigned integer of `length` bytes, the first of them the highest. Past the end there are zeros. */
export function bigEndian(bytes: Uint8Array, at: number, length: number): number {
	let value = 0;
	for (let index = 0; index < length; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
	return value;
}

/** The same, the last byte the highest. */
export function littleEndian(bytes: Uint8Array, at: number, length: number): number {
	let value = 0;
	for (let index = length - 1; index >= 0; index -= 1) {
		value = value * 256 + (bytes[at + index] ?? 0);
	}
	return value;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
	const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const chunk of chunks) {
		all.set(chunk, at);
		at += chunk.length;
	}
	return all;
}
