import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { MediaSpec } from '../types';
import type { Canvas } from './paint';
import { paint } from './paint';

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
 * sample, which ffmpeg encoded from the simulator's pictures or a tone.
 */
export const render = (spec: MediaSpec): Buffer =>
	spec.media === 'png'
		? encodePng(paint(spec), { prompt: spec.prompt, seed: spec.seed })
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

function pixelData({ width, height, pixels }: Canvas): Buffer {
	const raw = Buffer.alloc((width + 1) * height);
	for (let row = 0; row < height; row += 1) {
		raw.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
	}
	return deflateSync(raw, { level: 6 });
}

function encodePng(canvas: Canvas, texts: Record<string, string>): Buffer {
	const size = Buffer.concat([uint32(canvas.width), uint32(canvas.height)]);
	return Buffer.concat([
		SIGNATURE,
		// Eight bits per pixel, each an index into the palette.
		chunk('IHDR', Buffer.concat([size, Buffer.from([8, 3, 0, 0, 0])])),
		chunk('PLTE', Buffer.from(canvas.palette.flat())),
		...Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text)),
		chunk('IDAT', pixelData(canvas)),
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
