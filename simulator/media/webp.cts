import type { Canvas } from './canvas.cjs';

// RFC 9649: lossless pictures of a palette, with Huffman codes that are all of one length.

/** Enough codes for the palette of every picture painted here. */
const INDEX_BITS = 5;
const GREEN = 280;
const OTHER = 256;

/** An animated WebP, played for ever; frames share size and palette. */
export function encodeWebp(
	frames: readonly [Canvas, ...Canvas[]],
	delayMs: number,
	comment: string,
): Buffer {
	const [size] = frames;
	const pictures = frames.map((frame) => ({
		delayMs,
		data: riffChunk('VP8L', lossless(frame)),
	}));
	return joinWebp(size, pictures, comment);
}

/** One picture of an animation: its chunk (`VP8 ` or `VP8L`, header included), and how long it is shown. */
interface WebpFrame {
	data: Buffer;
	delayMs: number;
}

/**
 * Pictures of one size as an animated WebP, played for ever.
 * @public also for the end-to-end tests, which load it as built
 */
export function joinWebp(
	size: { width: number; height: number },
	frames: readonly WebpFrame[],
	comment: string,
): Buffer {
	const animation = 0x02;
	const xmp = 0x04;
	const head = Buffer.alloc(10);
	head.writeUInt8(animation | xmp, 0);
	writeSize(head, size, 4);
	return riffChunk(
		'RIFF',
		Buffer.concat([
			Buffer.from('WEBP'),
			riffChunk('VP8X', head),
			riffChunk('ANIM', Buffer.alloc(6)),
			...frames.map((frame) => riffChunk('ANMF', animationFrame(size, frame))),
			riffChunk('XMP ', Buffer.from(xmpOf(comment))),
		]),
	);
}

function animationFrame(
	size: { width: number; height: number },
	{ data, delayMs }: WebpFrame,
): Buffer {
	const head = Buffer.alloc(16);
	writeSize(head, size, 6);
	head.writeUIntLE(delayMs, 12, 3);
	const noBlending = 0x02;
	head.writeUInt8(noBlending, 15);
	return Buffer.concat([head, data]);
}

function writeSize(
	into: Buffer,
	{ width, height }: { width: number; height: number },
	at: number,
): void {
	into.writeUIntLE(width - 1, at, 3);
	into.writeUIntLE(height - 1, at + 3, 3);
}

function xmpOf(comment: string): string {
	const text = comment.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
	return (
		'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
		`<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>${text}</dc:description>` +
		'</rdf:Description></rdf:RDF></x:xmpmeta>'
	);
}

function lossless({ width, height, pixels, palette }: Canvas): Buffer {
	const bits = createBits();
	bits.put(0x2f, 8);
	bits.put(width - 1, 14);
	bits.put(height - 1, 14);
	// No transparency, version 0; one transform: colours by index.
	bits.put(0, 4);
	bits.put(1, 1);
	bits.put(3, 2);
	bits.put(palette.length - 1, 8);
	writePalette(bits, palette);
	// No further transform, no colour cache, one set of codes.
	bits.put(0, 3);
	evenCode(bits, GREEN, INDEX_BITS);
	for (let i = 0; i < 4; i += 1) constantCode(bits, i === 2 ? 255 : 0);
	for (const pixel of pixels) bits.put(reversed(pixel, INDEX_BITS), INDEX_BITS);
	return bits.bytes();
}

/** Each colour as its difference from the one before, channel by channel. */
function writePalette(bits: Bits, palette: Canvas['palette']): void {
	bits.put(0, 1);
	evenCode(bits, GREEN, 8);
	evenCode(bits, OTHER, 8);
	evenCode(bits, OTHER, 8);
	// Alpha is 255 once, and never changes: a code of two symbols, 0 and 255.
	bits.put(0b111, 3);
	bits.put(0, 8);
	bits.put(255, 8);
	constantCode(bits, 0);
	let before = [0, 0, 0];
	palette.forEach((colour, index) => {
		const [red = 0, green = 0, blue = 0] = colour.map(
			(value, i) => (value - (before[i] ?? 0)) & 255,
		);
		for (const value of [green, red, blue]) bits.put(reversed(value, 8), 8);
		bits.put(index === 0 ? 1 : 0, 1);
		before = colour;
	});
}

const LENGTH_ORDER = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** A code in which the first 2 ^ `length` symbols have `length` bits each, the others none. */
function evenCode(bits: Bits, symbols: number, length: number): void {
	bits.put(0, 1);
	const used = LENGTH_ORDER.indexOf(length) + 1;
	bits.put(used - 4, 4);
	for (const one of LENGTH_ORDER.slice(0, used)) bits.put(one === 0 || one === length ? 1 : 0, 3);
	// Every length is told; of the two codes, that of 0 comes first.
	bits.put(0, 1);
	for (let symbol = 0; symbol < symbols; symbol += 1) bits.put(symbol < 1 << length ? 1 : 0, 1);
}

/** A code of one symbol, which takes no bits. */
function constantCode(bits: Bits, symbol: number): void {
	bits.put(0b101, 3);
	bits.put(symbol, 8);
}

interface Bits {
	/** The lowest bit first. */
	put(value: number, count: number): void;
	bytes(): Buffer;
}

function createBits(): Bits {
	const bytes: number[] = [];
	let held = 0;
	let count = 0;
	return {
		put(value, bits) {
			held |= value << count;
			count += bits;
			for (; count >= 8; count -= 8) {
				bytes.push(held & 255);
				held >>>= 8;
			}
		},
		bytes: () => Buffer.from(count > 0 ? [...bytes, held & 255] : bytes),
	};
}

/** Codes are written from their highest bit on. */
function reversed(value: number, count: number): number {
	let result = 0;
	for (let bit = 0; bit < count; bit += 1) result |= ((value >> bit) & 1) << (count - 1 - bit);
	return result;
}

/** A chunk of a RIFF file: its name, its length, its data, padded to an even length. */
function riffChunk(id: string, data: Buffer): Buffer {
	const size = Buffer.alloc(4);
	size.writeUInt32LE(data.length);
	return Buffer.concat([Buffer.from(id, 'latin1'), size, data, Buffer.alloc(data.length % 2)]);
}
