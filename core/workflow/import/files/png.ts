import { ascii, bigEndian, decodeText, type Tag, type Tags, untilZero } from './tag';

const SIGNATURE = 8;

/** Length, type and checksum around the data of a chunk. */
const AROUND = 12;

/**
 * The texts of a PNG (`tEXt`, `zTXt` and `iTXt`, PNG 11.3.3): ComfyUI's SaveImage writes two `tEXt`. Some
 * tools append theirs behind the end, where ComfyUI's editor reads them, too.
 */
export function readPng(bytes: Uint8Array): Tags {
	const tags: Tag[] = [];
	let ended = false;
	let at = SIGNATURE;
	while (at + AROUND <= bytes.length) {
		const start = at + 8;
		const end = start + bigEndian(bytes, at, 4);
		const type = ascii(bytes, at + 4, start);
		// Behind the end may stand anything.
		if (end > bytes.length || (ended && !/^[a-z]{4}$/i.test(type))) break;
		if (type === 'IEND') ended = true;
		const tag = TEXTS[type]?.(bytes, start, end);
		if (tag) tags.push(tag);
		at = end + 4;
	}
	return { tags, cut: !ended };
}

type ReadText = (bytes: Uint8Array, start: number, end: number) => Tag;

const TEXTS: Record<string, ReadText | undefined> = {
	tEXt: (bytes, start, end) => {
		const { name, next } = keyword(bytes, start, end);
		return { name, value: bytes.subarray(next, end) };
	},
	zTXt: (bytes, start, end) => {
		const { name, next } = keyword(bytes, start, end);
		return { name, value: bytes.subarray(next + 1, end), deflated: true };
	},
	// Between the two flags and the text stand a language and a translated keyword.
	iTXt: (bytes, start, end) => {
		const { name, next } = keyword(bytes, start, end);
		const translated = untilZero(bytes, Math.min(next + 2, end), end) + 1;
		const text = untilZero(bytes, Math.min(translated, end), end) + 1;
		return { name, value: bytes.subarray(text, end), deflated: bytes[next] === 1 };
	},
};

const LONGEST_NAME = 79;

function keyword(bytes: Uint8Array, start: number, end: number): { name: string; next: number } {
	const zero = untilZero(bytes, start, Math.min(end, start + LONGEST_NAME + 1));
	return { name: decodeText(bytes.subarray(start, zero)), next: zero + 1 };
}
