import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { MediaSpec, PictureSpec } from '../types';

/** By file name extension. */
export const MIME_TYPES: Record<MediaSpec['media'], string> & Record<string, string> = {
	png: 'image/png',
	apng: 'image/png',
	jpg: 'image/jpeg',
	jpeg: 'image/jpeg',
	webp: 'image/webp',
	gif: 'image/gif',
	mp4: 'video/mp4',
	webm: 'video/webm',
	mov: 'video/quicktime',
	mkv: 'video/x-matroska',
	flac: 'audio/flac',
	mp3: 'audio/mpeg',
	opus: 'audio/ogg',
	ogg: 'audio/ogg',
	wav: 'audio/wav',
	m4a: 'audio/mp4',
	glb: 'model/gltf-binary',
	gltf: 'model/gltf+json',
	json: 'application/json',
	txt: 'text/plain; charset=utf-8',
};

/**
 * The bytes of a hosted file; the same spec always gives the same bytes. PNGs are drawn. Every other format has one
 * sample, which ffmpeg encoded from a picture or a tone.
 */
export const render = (spec: MediaSpec): Buffer =>
	spec.media === 'png'
		? encodePng(spec)
		: readFileSync(join(__dirname, 'samples', `sample.${spec.media}`));

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const PIECE = 1 << 20;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let value = byte;
	for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
	return value;
});

// Not `zlib.crc32`, which Node.js 22.0 and 22.1 lack.
function crc32(data: Buffer): number {
	let value = 0xffffffff;
	for (const byte of data) value = (value >>> 8) ^ (CRC_TABLE[(value ^ byte) & 0xff] ?? 0);
	return (value ^ 0xffffffff) >>> 0;
}

/** A PNG chunk: length, type, data, CRC. */
function chunk(type: string, data: Buffer): Buffer {
	const typeAndData = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	return Buffer.concat([uint32(data.length), typeAndData, uint32(crc32(typeAndData))]);
}

function uint32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

/** `tEXt` if Latin-1 can encode the text, otherwise `iTXt`. */
function textChunk(keyword: string, text: string): Buffer {
	const clean = text.replaceAll('\0', ' ');
	if (/^[\n\x20-\x7e\xa0-\xff]*$/.test(clean)) {
		return chunk('tEXt', Buffer.from(`${keyword}\0${clean}`, 'latin1'));
	}
	return chunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0${clean}`, 'utf8'));
}

/** Cells of an emblem, in each direction. */
const GRID = 9;

/** Draws an emblem in a light colour on a dark one. Colours and pattern follow from the prompt and the seed. */
function draw({ width, height, prompt, seed }: PictureSpec): { palette: Buffer; pixels: Buffer } {
	const hash = createHash('sha256').update(`${seed}|${prompt}`).digest();
	const palette = Buffer.from(
		hash.subarray(0, 6).map((byte, at) => (byte >> 1) | (at < 3 ? 0 : 128)),
	);
	const cell = Math.floor((Math.min(width, height) * 0.8) / GRID);
	const [left, top] = [(width - cell * GRID) >> 1, (height - cell * GRID) >> 1];
	/** A row of pixels. It starts with the number of its filter: none. */
	const lineOf = (row: number): Buffer => {
		const line = Buffer.alloc(1 + width);
		for (let column = 0; column < GRID; column += 1) {
			// The left half is the mirror image of the right half.
			const bit = row * 5 + Math.min(column, GRID - 1 - column);
			const start = 1 + left + column * cell;
			if (((hash[6 + (bit >> 3)] ?? 0) >> (bit & 7)) & 1) line.fill(1, start, start + cell);
		}
		return line;
	};
	const blank = Buffer.alloc(1 + width);
	const lines = Array.from({ length: GRID }, (_, row) => lineOf(row));
	const rows = Array.from(
		{ length: height },
		(_, y) => lines[Math.floor((y - top) / cell)] ?? blank,
	);
	return { palette, pixels: Buffer.concat(rows) };
}

function encodePng(spec: PictureSpec): Buffer {
	const { palette, pixels } = draw(spec);
	const size = Buffer.concat([uint32(spec.width), uint32(spec.height)]);
	return Buffer.concat([
		SIGNATURE,
		// Eight bits per pixel, each an index into the palette.
		chunk('IHDR', Buffer.concat([size, Buffer.from([8, 3, 0, 0, 0])])),
		chunk('PLTE', palette),
		textChunk('prompt', spec.prompt),
		textChunk('seed', spec.seed),
		chunk('IDAT', deflateSync(pixels)),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

/** Yields the PNG padded with trailing zeros, which viewers skip, to `total` bytes. */
export function* padPng(png: Buffer, total: number): Generator<Buffer> {
	yield png;
	for (let left = total - png.length; left > 0; left -= PIECE) {
		yield Buffer.alloc(Math.min(PIECE, left));
	}
}
