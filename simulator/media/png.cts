import { deflateSync } from 'node:zlib';
import type { Canvas } from './canvas.cjs';
import { crc32 } from './crc32.cjs';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const PIECE = 1 << 20;
const CHUNK_OVERHEAD = 12;

/** A chunk of the PNG format: length, type, data, CRC. */
function chunk(type: string, data: Buffer): Buffer {
	const typeAndData = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	return Buffer.concat([uint32(data.length), typeAndData, uint32(crc32(typeAndData))]);
}

export const uint32 = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
};

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

/** `tEXt` where Latin-1 can hold the text, `iTXt` otherwise. */
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

function head({ width, height, palette }: Canvas, texts: Record<string, string>): Buffer[] {
	return [
		SIGNATURE,
		chunk('IHDR', Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 3, 0, 0, 0])])),
		chunk('PLTE', Buffer.from(palette.flat())),
		...Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text)),
	];
}

const END = chunk('IEND', Buffer.alloc(0));

export const encodePng = (canvas: Canvas, texts: Record<string, string>): Buffer =>
	Buffer.concat([...head(canvas, texts), chunk('IDAT', pixelData(canvas)), END]);

/** An animated PNG, played for ever; frames share size and palette. */
export function encodeApng(
	frames: readonly [Canvas, ...Canvas[]],
	delayMs: number,
	texts: Record<string, string>,
): Buffer {
	const [first] = frames;
	let sequence = 0;
	const chunks = [
		...head(first, texts),
		chunk('acTL', Buffer.concat([uint32(frames.length), uint32(0)])),
	];
	frames.forEach((frame, index) => {
		chunks.push(
			chunk(
				'fcTL',
				Buffer.concat([
					...[sequence++, first.width, first.height, 0, 0].map(uint32),
					uint16(delayMs),
					uint16(1000),
					Buffer.from([0, 0]),
				]),
			),
		);
		const data = pixelData(frame);
		chunks.push(
			index === 0 ? chunk('IDAT', data) : chunk('fdAT', Buffer.concat([uint32(sequence++), data])),
		);
	});
	return Buffer.concat([...chunks, END]);
}

/**
 * The same PNG with ancillary chunks before its end, `total` bytes in all, piece by piece.
 * Shorter totals than the picture itself plus one empty chunk leave it unchanged.
 */
export function* padPng(png: Buffer, total: number): Generator<Buffer> {
	let left = total - png.length;
	if (left < CHUNK_OVERHEAD) {
		yield png;
		return;
	}
	yield png.subarray(0, png.length - END.length);
	const full = fillerChunk(PIECE);
	while (left > 0) {
		if (left >= full.length + CHUNK_OVERHEAD || left === full.length) {
			yield full;
			left -= full.length;
			continue;
		}
		const size = left > full.length ? left - CHUNK_OVERHEAD : left;
		yield fillerChunk(size);
		left -= size;
	}
	yield END;
}

/** How many bytes `padPng` yields. */
export const paddedLength = (png: Buffer, total: number): number =>
	total - png.length < CHUNK_OVERHEAD ? png.length : total;

// The letter cases say: ancillary, private, safe to copy.
const fillerChunk = (bytes: number): Buffer =>
	chunk('paDd', Buffer.alloc(bytes - CHUNK_OVERHEAD, 'filler '));
