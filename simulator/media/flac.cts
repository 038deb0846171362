import { createHash } from 'node:crypto';
import { numbersFrom } from '../hash.cjs';

// RFC 9639. The samples are stored as they are ("verbatim"): valid, and no smaller than a WAV.

const BLOCK = 4096;
/** Samples of a second. */
const RATE = 16_000;

/** A mono FLAC of a tone that comes from the seed; prompt and seed are in its comments. */
export function encodeFlac(seconds: number, prompt: string, seed: string): Buffer {
	const samples = toneOf(seconds, seed);
	const comments = commentsOf([`TITLE=${prompt}`, `COMMENT=seed ${seed}`]);
	const frames: Buffer[] = [];
	for (let at = 0; at < samples.length; at += BLOCK * 2) {
		frames.push(frameOf(samples.subarray(at, at + BLOCK * 2), frames.length));
	}
	return Buffer.concat([
		Buffer.from('fLaC'),
		metadata(0, streamInfo(samples)),
		metadata(4 | LAST, comments),
		...frames,
	]);
}

/** 16-bit mono samples, little end first: a tone whose pitch and overtone come from the seed. */
function toneOf(seconds: number, seed: string): Buffer {
	const next = numbersFrom(seed);
	const pitch = 196 * 2 ** (Math.floor(next() * 24) / 12);
	const overtone = 0.15 + next() * 0.35;
	const count = Math.round(seconds * RATE);
	const samples = Buffer.alloc(count * 2);
	for (let i = 0; i < count; i += 1) {
		const t = i / RATE;
		const fade = Math.min(1, i / 400, (count - i) / 1600);
		const wave =
			Math.sin(2 * Math.PI * pitch * t) + overtone * Math.sin(4 * Math.PI * pitch * t + seconds);
		samples.writeInt16LE(Math.round(wave * fade * 9000), i * 2);
	}
	return samples;
}

const LAST = 0x80;

function metadata(type: number, data: Buffer): Buffer {
	const head = Buffer.from([type, 0, 0, 0]);
	head.writeUIntBE(data.length, 1, 3);
	return Buffer.concat([head, data]);
}

function streamInfo(samples: Buffer): Buffer {
	const info = Buffer.alloc(18);
	info.writeUInt16BE(BLOCK, 0);
	info.writeUInt16BE(BLOCK, 2);
	// Sizes of frames are not told. Then 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of length.
	info.writeBigUInt64BE((BigInt(RATE) << 44n) | (15n << 36n) | BigInt(samples.length / 2), 10);
	return Buffer.concat([info, createHash('md5').update(samples).digest()]);
}

function commentsOf(comments: readonly string[]): Buffer {
	const sized = (text: string): Buffer =>
		Buffer.concat([uint32le(Buffer.byteLength(text)), Buffer.from(text)]);
	return Buffer.concat([sized('simulator'), uint32le(comments.length), ...comments.map(sized)]);
}

function uint32le(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

function frameOf(samples: Buffer, number: number): Buffer {
	const count = samples.length / 2;
	// Blocks of a fixed size, given in 16 bits; 16 kHz; one channel; 16 bits a sample.
	const head = [0xff, 0xf8, 0x75, 0x08, ...numbered(number), (count - 1) >> 8, (count - 1) & 255];
	const verbatim = 0x02;
	const frame = Buffer.concat([
		Buffer.from([...head, crc8(head), verbatim]),
		Buffer.from(samples).swap16(),
	]);
	const sum = Buffer.alloc(2);
	sum.writeUInt16BE(crc16(frame));
	return Buffer.concat([frame, sum]);
}

/** As UTF-8 writes a character; a tone of five seconds has 20 frames. */
const numbered = (number: number): number[] => [...Buffer.from(String.fromCodePoint(number))];

const crc8 = (bytes: Iterable<number>): number => crc(bytes, 8, 0x07);
const crc16 = (bytes: Iterable<number>): number => crc(bytes, 16, 0x8005);

function crc(bytes: Iterable<number>, bits: number, polynomial: number): number {
	const top = 1 << (bits - 1);
	let value = 0;
	for (const byte of bytes) {
		value ^= byte << (bits - 8);
		for (let bit = 0; bit < 8; bit += 1) {
			value = value & top ? (value << 1) ^ polynomial : value << 1;
		}
		value &= (1 << bits) - 1;
	}
	return value;
}
