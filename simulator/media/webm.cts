import { numbersFrom } from '../hash.cjs';
import { KEY_FRAMES } from './webm-frames.cjs';

// RFC 8794 (EBML) and RFC 9559 (Matroska). The pictures are ready-made key frames of VP8, as nothing
// here writes that format; which of them a film shows, and in which order, comes from its seed.

const WIDTH = 96;
const HEIGHT = 64;
const MILLISECOND = 1_000_000;

/** A silent WebM, each picture shown for 1 / `frameRate` seconds; prompt and seed are in its tags. */
export function encodeWebm(count: number, frameRate: number, prompt: string, seed: string): Buffer {
	const start = Math.floor(numbersFrom(seed)() * KEY_FRAMES.length);
	const blocks = Array.from({ length: count }, (_, index) => {
		const frame = Buffer.from(KEY_FRAMES[(start + index) % KEY_FRAMES.length] ?? '', 'base64');
		const head = Buffer.from([0x81, 0, 0, 0x80]);
		head.writeInt16BE(Math.round((index * 1000) / frameRate), 1);
		return element(0xa3, head, frame);
	});
	return Buffer.concat([
		element(
			0x1a45dfa3,
			...[number(0x4286, 1), number(0x42f7, 1), number(0x42f2, 4), number(0x42f3, 8)],
			...[text(0x4282, 'webm'), number(0x4287, 2), number(0x4285, 2)],
		),
		element(
			0x18538067,
			element(
				0x1549a966,
				number(0x2ad7b1, MILLISECOND),
				float(0x4489, (count * 1000) / frameRate),
				...[text(0x4d80, 'simulator'), text(0x5741, 'simulator'), text(0x7ba9, prompt)],
			),
			element(
				0x1654ae6b,
				element(
					0xae,
					...[number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), text(0x86, 'V_VP8')],
					element(0xe0, number(0xb0, WIDTH), number(0xba, HEIGHT)),
				),
			),
			element(
				0x1254c367,
				element(0x7373, element(0x63c0), tag('TITLE', prompt), tag('COMMENT', `seed ${seed}`)),
			),
			element(0x1f43b675, number(0xe7, 0), ...blocks),
		),
	]);
}

const tag = (name: string, value: string): Buffer =>
	element(0x67c8, text(0x45a3, name), text(0x4487, value));

function element(id: number, ...parts: Buffer[]): Buffer {
	const data = Buffer.concat(parts);
	const size = Buffer.alloc(4);
	// A length of four bytes: their first bits are 0001.
	size.writeUInt32BE(data.length | 0x10000000);
	return Buffer.concat([bytesOf(id), size, data]);
}

const text = (id: number, value: string): Buffer => element(id, Buffer.from(value));
const number = (id: number, value: number): Buffer => element(id, bytesOf(value));

function float(id: number, value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeFloatBE(value);
	return element(id, bytes);
}

/** As few bytes as it takes, the highest first. */
function bytesOf(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	const first = bytes.findIndex((byte) => byte !== 0);
	return bytes.subarray(first === -1 ? 3 : first);
}
