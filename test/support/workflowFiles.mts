// Files as ComfyUI and VHS_VideoCombine write them, as small as they can be.
import { deflateSync } from 'node:zlib';

export type Texts = Record<string, string>;

const ascii = (text: string) => Buffer.from(text, 'latin1');

function u32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

export function pngChunk(type: string, data: Buffer): Buffer {
	// Nobody looks at the checksum of a text.
	return Buffer.concat([u32(data.length), ascii(type), data, u32(0)]);
}

export const PNG_START = Buffer.concat([
	ascii('\x89PNG\r\n\x1a\n'),
	pngChunk('IHDR', Buffer.alloc(13)),
]);
export const PNG_END = pngChunk('IEND', Buffer.alloc(0));

/** `kind` is the chunk that holds each text. */
export function png(texts: Texts, kind: 'tEXt' | 'zTXt' | 'iTXt' | 'iTXt+' = 'tEXt'): Buffer {
	const chunks = Object.entries(texts).map(([name, text]) => {
		const plain = Buffer.from(text);
		const packed = deflateSync(plain);
		const data = {
			tEXt: [ascii(`${name}\0`), plain],
			zTXt: [ascii(`${name}\0\0`), packed],
			iTXt: [ascii(`${name}\0\0\0en\0\0`), plain],
			'iTXt+': [ascii(`${name}\0\x01\0\0\0`), packed],
		}[kind];
		return pngChunk(kind.slice(0, 4), Buffer.concat(data));
	});
	return Buffer.concat([PNG_START, ...chunks, PNG_END]);
}

/** Tags of the first directory: prompts into Model, anything else into Make and the tags below. */
export function exif(texts: Texts, order: 'II' | 'MM' = 'MM'): Buffer {
	const little = order === 'II';
	const number = (value: number, size: 2 | 4) => {
		const bytes = Buffer.alloc(size);
		if (little) bytes.writeUIntLE(value, 0, size);
		else bytes.writeUIntBE(value, 0, size);
		return bytes;
	};
	const entries = Object.entries(texts);
	let at = 8 + 2 + entries.length * 12 + 4;
	const directory: Buffer[] = [];
	const values: Buffer[] = [];
	let other = 0x010f;
	for (const [name, text] of entries) {
		const value = Buffer.from(`${name}:${text}\0`);
		const tag = name === 'prompt' ? 0x0110 : other--;
		directory.push(number(tag, 2), number(2, 2), number(value.length, 4), number(at, 4));
		values.push(value);
		at += value.length;
	}
	return Buffer.concat([
		ascii(order),
		number(42, 2),
		number(8, 4),
		number(entries.length, 2),
		...directory,
		number(0, 4),
		...values,
	]);
}

/** `prefix` is written by some programs before the EXIF itself. */
export function webp(texts: Texts, order: 'II' | 'MM' = 'MM', prefix = ''): Buffer {
	const chunk = (type: string, data: Buffer) => {
		const size = Buffer.alloc(4);
		size.writeUInt32LE(data.length);
		return Buffer.concat([ascii(type), size, data, Buffer.alloc(data.length % 2)]);
	};
	const body = Buffer.concat([
		ascii('WEBP'),
		chunk('VP8X', Buffer.alloc(10)),
		chunk('VP8L', Buffer.alloc(5)),
		chunk('EXIF', Buffer.concat([ascii(prefix), exif(texts, order)])),
	]);
	return chunk('RIFF', body);
}

export function jpeg(texts: Texts): Buffer {
	const segment = (marker: number, data: Buffer) =>
		Buffer.concat([Buffer.from([0xff, marker]), u32(data.length + 2).subarray(2), data]);
	return Buffer.concat([
		Buffer.from([0xff, 0xd8]),
		segment(0xe0, ascii('JFIF\0\x01\x01\0\0\x01\0\x01\0\0')),
		segment(0xe1, Buffer.concat([ascii('Exif\0\0'), exif(texts)])),
		segment(0xda, Buffer.alloc(10)),
		Buffer.from([0xff, 0xd9]),
	]);
}

export function box(type: string, ...content: Buffer[]): Buffer {
	const body = Buffer.concat(content);
	return Buffer.concat([u32(body.length + 8), ascii(type), body]);
}

const MP4_START = box('ftyp', ascii('isom'), u32(512), ascii('isomiso2avc1mp41'));

const data = (text: string) => box('data', u32(1), u32(0), Buffer.from(text));

function movie(...meta: Buffer[]): Buffer {
	const handler = box('hdlr', Buffer.alloc(8), ascii('mdir'), Buffer.alloc(13));
	return box(
		'moov',
		box('mvhd', Buffer.alloc(100)),
		box('udta', box('meta', u32(0), handler, ...meta)),
	);
}

/** As with FFmpeg's `use_metadata_tags`: ComfyUI's SaveVideo, and today's VHS_VideoCombine. */
export function mp4(texts: Texts): Buffer {
	const names = Object.keys(texts).map((name) => box('mdta', ascii(name)));
	const keys = box('keys', u32(0), u32(names.length), ...names);
	const values = Object.values(texts).map((text, index) => {
		const value = data(text);
		return Buffer.concat([u32(value.length + 8), u32(index + 1), value]);
	});
	const media = box('mdat', Buffer.alloc(64, 7));
	return Buffer.concat([MP4_START, media, movie(keys, box('ilst', ...values))]);
}

/** As older versions of VHS_VideoCombine write it. */
export function mp4WithComment(comment: string): Buffer {
	return Buffer.concat([MP4_START, movie(box('ilst', box('\xa9cmt', data(comment))))]);
}

/** One EBML element; without `content` its size is not known. */
export function element(id: number, content?: Buffer): Buffer {
	const name = Buffer.from(id.toString(16), 'hex');
	if (!content) return Buffer.concat([name, Buffer.from('01ffffffffffffff', 'hex')]);
	const size = Buffer.alloc(8);
	size.writeBigUInt64BE(BigInt(content.length) | (1n << 56n));
	return Buffer.concat([name, size, content]);
}

/** `live` as a recorder writes it that does not know how long it will go on. */
export function webm(texts: Texts, live = false): Buffer {
	const tags = Object.entries(texts).map(([name, text]) =>
		element(
			0x7373,
			Buffer.concat([
				element(0x63c0, Buffer.alloc(0)),
				element(
					0x67c8,
					Buffer.concat([
						element(0x45a3, Buffer.from(name.toUpperCase())),
						element(0x4487, Buffer.from(text)),
					]),
				),
			]),
		),
	);
	const info = element(0x1549a966, Buffer.alloc(20));
	const block = element(0xa3, Buffer.alloc(50, 9));
	const end = element(0x1254c367, Buffer.concat(tags));
	const cluster = live ? Buffer.concat([element(0x1f43b675), block]) : element(0x1f43b675, block);
	const body = Buffer.concat([info, cluster, end]);
	const segment = live ? Buffer.concat([element(0x18538067), body]) : element(0x18538067, body);
	return Buffer.concat([element(0x1a45dfa3, element(0x4282, ascii('webm'))), segment]);
}

function u32le(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

/** A Vorbis comment: the maker, then `NAME=value` each. */
export function comments(texts: Texts): Buffer {
	const entries = Object.entries(texts).map(([name, text]) => Buffer.from(`${name}=${text}`));
	return Buffer.concat([
		...[u32le(4), ascii('Lavf'), u32le(entries.length)],
		...entries.flatMap((entry) => [u32le(entry.length), entry]),
	]);
}

export function flacBlock(type: number, data: Buffer): Buffer {
	const head = u32(data.length);
	head[0] = type;
	return Buffer.concat([head, data]);
}

export const FLAC_START = Buffer.concat([ascii('fLaC'), flacBlock(0, Buffer.alloc(34))]);

export function flac(texts: Texts): Buffer {
	const padding = flacBlock(0x81, Buffer.alloc(8));
	return Buffer.concat([
		FLAC_START,
		flacBlock(4, comments(texts)),
		padding,
		Buffer.alloc(40, 0xff),
	]);
}

/** A page for each of the packets' 65,025 bytes; `stream` is its number. */
export function oggPages(packet: Buffer, stream = 7): Buffer {
	const full = Array.from({ length: Math.floor(packet.length / 255) }, () => 255);
	const lengths = [...full, packet.length % 255];
	const pages: Buffer[] = [];
	for (let at = 0; at < lengths.length; at += 255) {
		const own = lengths.slice(at, at + 255);
		const data = packet.subarray(at * 255, at * 255 + own.reduce((sum, one) => sum + one, 0));
		const head = [ascii('OggS'), Buffer.alloc(10), u32le(stream), Buffer.alloc(8)];
		pages.push(...head, Buffer.from([own.length]), Buffer.from(own), data);
	}
	return Buffer.concat(pages);
}

const OPUS_HEAD = Buffer.concat([ascii('OpusHead'), Buffer.alloc(11)]);

/** `other`: the head of another stream stands between, as in an Ogg with a picture. */
export function opus(texts: Texts, other = false): Buffer {
	const tags = Buffer.concat([ascii('OpusTags'), comments(texts)]);
	const between = other ? oggPages(Buffer.alloc(300), 8) : Buffer.alloc(0);
	return Buffer.concat([oggPages(OPUS_HEAD), between, oggPages(tags), oggPages(Buffer.alloc(90))]);
}

const sevenBits = (size: number) => Buffer.from([21, 14, 7, 0].map((by) => (size >> by) & 127));

/** One text of an ID3 tag; `encoding` as its first byte. */
function txxx(name: string, text: string, encoding: 1 | 3, size: (of: number) => Buffer): Buffer {
	const wide = (one: string) =>
		Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(one, 'utf16le')]);
	const data =
		encoding === 3 ? [Buffer.from(`${name}\0${text}\0`)] : [wide(`${name}\0`), wide(`${text}\0`)];
	const content = Buffer.concat([Buffer.from([encoding]), ...data]);
	return Buffer.concat([ascii('TXXX'), size(content.length), Buffer.alloc(2), content]);
}

/** As FFmpeg writes it: 2.4 with UTF-8, 2.3 with UTF-16. */
export function mp3(texts: Texts, version: 3 | 4 = 4): Buffer {
	const [encoding, size] = version === 4 ? ([3, sevenBits] as const) : ([1, u32] as const);
	const frames = Object.entries(texts).map(([name, text]) => txxx(name, text, encoding, size));
	const encoder = Buffer.concat([ascii('TSSE'), size(6), Buffer.alloc(2), ascii('\x03Lavf\0')]);
	const body = Buffer.concat([encoder, ...frames, Buffer.alloc(20)]);
	const head = Buffer.from([version, 0, 0]);
	return Buffer.concat([ascii('ID3'), head, sevenBits(body.length), body, Buffer.alloc(50, 0xff)]);
}
