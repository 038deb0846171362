import { ascii, bigEndian, decodeText, type Tag, type Tags } from './tag';

const HEAD = 10;

/** The user's own texts of an MP3 (`TXXX` of id3.org, ID3v2.3 and 2.4): FFmpeg writes tags of other names so. */
export function readMp3(bytes: Uint8Array): Tags {
	if (ascii(bytes, 0, 3) !== 'ID3') return { tags: [], cut: false };
	const [version = 0, , flags = 0] = bytes.subarray(3);
	const sizeAt = version >= 4 ? sevenBits : fourBytes;
	const whole = HEAD + sevenBits(bytes, 6);
	const end = Math.min(whole, bytes.length);
	const tags: Tag[] = [];
	let at = HEAD;
	// An extended head, whose size counts itself in 2.4 only.
	if (flags & 0x40) at += sizeAt(bytes, at) + (version >= 4 ? 0 : 4);
	while (at + HEAD <= end) {
		const id = ascii(bytes, at, at + 4);
		const start = at + HEAD;
		const next = start + sizeAt(bytes, at + 4);
		// Zeros fill the rest.
		if (!/^[A-Z\d]{4}$/.test(id)) break;
		if (next > end) return { tags, cut: next > bytes.length };
		const tag = id === 'TXXX' ? readText(bytes.subarray(start, next)) : undefined;
		if (tag) tags.push(tag);
		at = next;
	}
	return { tags, cut: whole > bytes.length };
}

/** Encodings of a text by their number; 0 is Latin-1, 3 UTF-8, which `decodeText` tells apart. */
const WIDE: Record<number, string | undefined> = { 1: 'utf-16', 2: 'utf-16be' };

/** Name and value, each of which may end with a zero. */
function readText(content: Uint8Array): Tag | undefined {
	const [encoding = 0] = content;
	const wide = WIDE[encoding];
	if (wide !== undefined) {
		const [name, value] = wideText(content.subarray(1), wide).split('\0');
		return name && value ? { name, value: new TextEncoder().encode(value) } : undefined;
	}
	const zero = content.indexOf(0, 1);
	if (zero === -1) return undefined;
	return { name: decodeText(content.subarray(1, zero)), value: content.subarray(zero + 1) };
}

/** Name and value each begin with a mark of the order of bytes. */
function wideText(bytes: Uint8Array, encoding: string): string {
	const order = encoding === 'utf-16' && bytes[0] === 0xfe ? 'utf-16be' : encoding;
	return new TextDecoder(order).decode(bytes).replaceAll('\ufeff', '');
}

function fourBytes(bytes: Uint8Array, at: number): number {
	return bigEndian(bytes, at, 4);
}

/** Of each byte the first bit is not used. */
function sevenBits(bytes: Uint8Array, at: number): number {
	return [...bytes.subarray(at, at + 4)].reduce((size, byte) => size * 128 + (byte % 128), 0);
}
