import { ascii, bigEndian, littleEndian, type Tag, type Tags } from './tag';

/** Bytes of one entry of a directory: number, type, count, and the value or where it stands. */
const ENTRY = 12;

const ASCII_TYPE = 2;

const LONGEST_NAME = 24;

/**
 * The texts of an EXIF block that begin with a name: ComfyUI has no field of its own there, and writes
 * `prompt:{…}` into Model and `workflow:{…}` into Make.
 */
function readExif(block: Uint8Array): Tag[] {
	const bytes = ascii(block, 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
	const order = ascii(bytes, 0, 2);
	if (order !== 'II' && order !== 'MM') return [];
	const number = order === 'II' ? littleEndian : bigEndian;
	const directory = number(bytes, 4, 4);
	const count = number(bytes, directory, 2);
	const tags: Tag[] = [];
	for (let index = 0; index < count; index += 1) {
		const at = directory + 2 + index * ENTRY;
		if (at + ENTRY > bytes.length) break;
		const length = number(bytes, at + 4, 4);
		if (number(bytes, at + 2, 2) !== ASCII_TYPE || length <= 4) continue;
		const start = number(bytes, at + 8, 4);
		const tag = namedText(bytes.subarray(start, start + length));
		if (tag) tags.push(tag);
	}
	return tags;
}

function namedText(text: Uint8Array): Tag | undefined {
	const [, name] = /^(\w+):/.exec(ascii(text, 0, LONGEST_NAME)) ?? [];
	if (name === undefined) return undefined;
	const end = text.at(-1) === 0 ? text.length - 1 : text.length;
	return { name, value: text.subarray(name.length + 1, end) };
}

/** The EXIF of a WebP: a chunk of its RIFF. */
export function readWebp(bytes: Uint8Array): Tags {
	const tags: Tag[] = [];
	let at = 12;
	while (at + 8 <= bytes.length) {
		const start = at + 8;
		const end = start + littleEndian(bytes, at + 4, 4);
		if (end > bytes.length) return { tags, cut: true };
		if (ascii(bytes, at, at + 4) === 'EXIF') tags.push(...readExif(bytes.subarray(start, end)));
		at = end + (end % 2);
	}
	return { tags, cut: false };
}

const START_OF_SCAN = 0xda;
const APP1 = 0xe1;

/** The EXIF of a JPEG: a segment before the picture itself. */
export function readJpeg(bytes: Uint8Array): Tags {
	const tags: Tag[] = [];
	let at = 2;
	while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== START_OF_SCAN) {
		const end = at + 2 + Math.max(2, bigEndian(bytes, at + 2, 2));
		if (end > bytes.length) return { tags, cut: true };
		if (bytes[at + 1] === APP1) tags.push(...readExif(bytes.subarray(at + 4, end)));
		at = end;
	}
	return { tags, cut: at + 4 > bytes.length };
}
