import type { Canvas } from './canvas.cjs';
import { encodeFrame, pictureParameterSet, sequenceParameterSet } from './h264.cjs';
import { uint32 } from './png.cjs';

// ISO/IEC 14496-12 (boxes) and -15 (avc1, avcC). The index comes before the samples, so that
// players start without the end of the file.

const TIMESCALE = 1000;
const LANGUAGE_UND = 0x55c4;
const UNITY_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/** A silent MP4 of the frames, each shown for 1 / `frameRate` seconds. */
export function encodeMp4(
	frames: readonly [Canvas, ...Canvas[]],
	frameRate: number,
	comment: string,
): Buffer {
	const samples = frames.map((frame, index) => withLength(encodeFrame(frame, index), 4));
	const delta = Math.round(TIMESCALE / frameRate);
	const fileType = box('ftyp', 'isom', uint32(512), 'isomiso2avc1mp41');
	const movie = (offset: number): Buffer => movieBox(frames[0], samples, delta, offset, comment);
	// The size of the index does not depend on the offset written into it.
	const offset = fileType.length + movie(0).length + 8;
	return Buffer.concat([fileType, movie(offset), box('mdat', ...samples)]);
}

function movieBox(
	{ width, height }: Canvas,
	samples: readonly Buffer[],
	delta: number,
	offset: number,
	comment: string,
): Buffer {
	const duration = delta * samples.length;
	return box(
		'moov',
		fullBox(
			'mvhd',
			0,
			words(0, 0, TIMESCALE, duration, 0x10000),
			Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
			words(...UNITY_MATRIX, 0, 0, 0, 0, 0, 0, 2),
		),
		box(
			'trak',
			fullBox(
				'tkhd',
				3,
				words(0, 0, 1, 0, duration, 0, 0, 0, 0, ...UNITY_MATRIX, width << 16, height << 16),
			),
			box(
				'mdia',
				fullBox('mdhd', 0, words(0, 0, TIMESCALE, duration, LANGUAGE_UND << 16)),
				fullBox('hdlr', 0, words(0), 'vide', words(0, 0, 0), 'VideoHandler\0'),
				box(
					'minf',
					fullBox('vmhd', 1, words(0, 0)),
					box('dinf', fullBox('dref', 0, words(1), fullBox('url ', 1))),
					box(
						'stbl',
						fullBox('stsd', 0, words(1), sampleEntry(width, height)),
						fullBox('stts', 0, words(1, samples.length, delta)),
						fullBox('stsc', 0, words(1, 1, samples.length, 1)),
						fullBox('stsz', 0, words(0, samples.length, ...samples.map((s) => s.length))),
						fullBox('stco', 0, words(1, offset)),
					),
				),
			),
		),
		userData(comment),
	);
}

function sampleEntry(width: number, height: number): Buffer {
	const sps = sequenceParameterSet(width, height);
	const pps = pictureParameterSet();
	const configuration = box(
		'avcC',
		Buffer.from([1, ...sps.subarray(1, 4), 0xff, 0xe1]),
		withLength(sps, 2),
		Buffer.from([1]),
		withLength(pps, 2),
	);
	return box(
		'avc1',
		words(0, 1, 0, 0, 0, 0, (width << 16) | height, 0x480000, 0x480000, 0),
		Buffer.from([0, 1]),
		Buffer.alloc(32),
		Buffer.from([0, 24, 0xff, 0xff]),
		configuration,
	);
}

/** Prompt and seed as the iTunes-style comment that players and ffprobe show. */
function userData(comment: string): Buffer {
	const item = box('\xa9cmt', box('data', words(1, 0), Buffer.from(comment)));
	const handler = fullBox('hdlr', 0, words(0), 'mdirappl', words(0, 0), '\0');
	return box('udta', fullBox('meta', 0, handler, box('ilst', item)));
}

function box(type: string, ...parts: Array<Buffer | string>): Buffer {
	const body = Buffer.concat(
		[type, ...parts].map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
	);
	return Buffer.concat([uint32(body.length + 4), body]);
}

const fullBox = (type: string, flags: number, ...parts: Array<Buffer | string>): Buffer =>
	box(type, uint32(flags), ...parts);

const words = (...values: number[]): Buffer => Buffer.concat(values.map(uint32));

function withLength(data: Buffer, bytes: 2 | 4): Buffer {
	const length = Buffer.alloc(bytes);
	length.writeUIntBE(data.length, 0, bytes);
	return Buffer.concat([length, data]);
}
