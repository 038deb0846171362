import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SampleFormat } from '../types.cjs';
import { chunk as pngChunk } from './png.cjs';

// The samples were made once: ffmpeg encoded pictures that the simulator drew, and a tone.

/** The id of an element that has its length in eight bytes. */
const SEGMENT = Buffer.from('18538067', 'hex');

/** Writes a note into a file, in a place that players skip. */
const ANNOTATE: Record<SampleFormat, (file: Buffer, note: Buffer) => Buffer> = {
	apng: (file, note) => {
		const end = file.length - 12;
		const comment = pngChunk('iTXt', Buffer.concat([Buffer.from('Comment\0\0\0\0\0'), note]));
		return Buffer.concat([file.subarray(0, end), comment, file.subarray(end)]);
	},
	// A COM segment after the mark of the beginning.
	jpeg: (file, note) => {
		const kept = note.subarray(-60_000);
		const head = Buffer.from([0xff, 0xfe, (kept.length + 2) >> 8, (kept.length + 2) & 255]);
		return Buffer.concat([file.subarray(0, 2), head, kept, file.subarray(2)]);
	},
	// A box that holds free space.
	mp4: (file, note) => Buffer.concat([file, uint32be(note.length + 8), Buffer.from('free'), note]),
	// A Void element at the end of the segment; the first bits of a length say how long it is itself.
	webm: (file, note) => {
		const head = Buffer.concat([Buffer.from([0xec]), uint32be(note.length | 0x10000000)]);
		const grown = Buffer.concat([file, head, note]);
		const length = grown.indexOf(SEGMENT) + SEGMENT.length + 2;
		grown.writeUIntBE(grown.length - length - 6, length, 6);
		return grown;
	},
	webp: (file, note) => appendChunk(file, 4, ['note', uint32le(note.length)], pad(note, 2, '\0')),
	glb: (file, note) => {
		const data = pad(note, 4, ' ');
		return appendChunk(file, 8, [uint32le(data.length), 'note'], data);
	},
	// An APPLICATION block after the first one, which describes the sound and has a fixed size.
	flac: (file, note) => {
		const data = Buffer.concat([Buffer.from('note'), note]);
		const head = uint32be(0x02000000 | data.length);
		return Buffer.concat([file.subarray(0, 42), head, data, file.subarray(42)]);
	},
};

/** The sample of a format; each prompt and seed give bytes of their own. */
export function annotatedSample(format: SampleFormat, prompt: string, seed: string): Buffer {
	const file = readFileSync(join(__dirname, 'samples', `sample.${format}`));
	return ANNOTATE[format](file, Buffer.from(`${prompt} (seed ${seed})`));
}

/** Adds a chunk at the end of a file that says in its head how long it is. */
function appendChunk(
	file: Buffer,
	lengthAt: number,
	[first, second]: [string | Buffer, string | Buffer],
	data: Buffer,
): Buffer {
	const grown = Buffer.concat([file, Buffer.from(first), Buffer.from(second), data]);
	grown.writeUInt32LE(file.readUInt32LE(lengthAt) + grown.length - file.length, lengthAt);
	return grown;
}

const pad = (data: Buffer, multiple: number, filler: string): Buffer =>
	Buffer.concat([data, Buffer.alloc(-data.length & (multiple - 1), filler)]);

function uint32be(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

function uint32le(value: number): Buffer {
	return uint32be(value).swap32();
}
