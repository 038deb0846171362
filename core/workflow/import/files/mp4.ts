import { ascii, bigEndian, decodeText, type Tag, type Tags } from './tag';

interface Box {
	type: string;
	start: number;
	end: number;
}

/**
 * The texts of an MP4 or QuickTime file. ComfyUI's SaveVideo and VHS_VideoCombine have FFmpeg write them
 * with `use_metadata_tags`: names in `keys`, values in `ilst`, both in `moov.udta.meta` (or `moov.meta`).
 * Older versions of VHS_VideoCombine write both workflows into the comment, `©cmt`.
 */
export function readMp4(bytes: Uint8Array): Tags {
	const whole = { type: '', start: 0, end: bytes.length };
	const { boxes, cut } = boxesIn(bytes, whole);
	const movie = boxes.filter(({ type }) => type === 'moov');
	const holders = [...boxes, ...movie.flatMap((box) => boxesIn(bytes, box).boxes)];
	const metas = holders.flatMap((box) => {
		if (box.type === 'meta') return [box];
		if (box.type !== 'udta') return [];
		return boxesIn(bytes, box).boxes.filter(({ type }) => type === 'meta');
	});
	return { tags: metas.flatMap((meta) => readMeta(bytes, meta)), cut };
}

function readMeta(bytes: Uint8Array, meta: Box): Tag[] {
	// QuickTime's begins with its first box, that of MP4 with version and flags.
	const versioned = ascii(bytes, meta.start + 4, meta.start + 8) !== 'hdlr';
	const { boxes } = boxesIn(bytes, { ...meta, start: meta.start + (versioned ? 4 : 0) });
	const names = boxes
		.filter(({ type }) => type === 'keys')
		.flatMap((keys) => boxesIn(bytes, { ...keys, start: keys.start + 8 }).boxes)
		.map(({ start, end }) => decodeText(bytes.subarray(start, end)));
	return boxes
		.filter(({ type }) => type === 'ilst')
		.flatMap((list) => boxesIn(bytes, list).boxes)
		.flatMap(({ type, start, end }) => {
			// The type of any other box is the place of its name.
			const place = bigEndian(Uint8Array.from(type, charCode), 0, 4);
			const name = type === '\xa9cmt' ? 'comment' : names[place - 1];
			const data = boxesIn(bytes, { type, start, end }).boxes.find((box) => box.type === 'data');
			// Its kind and its language stand before the value.
			return name === undefined || !data
				? []
				: [{ name, value: bytes.subarray(data.start + 8, data.end) }];
		});
}

const charCode = (char: string) => char.charCodeAt(0);

function boxesIn(bytes: Uint8Array, within: Box): { boxes: Box[]; cut: boolean } {
	const boxes: Box[] = [];
	let at = within.start;
	while (at + 8 <= within.end) {
		const size = bigEndian(bytes, at, 4);
		const large = size === 1;
		const start = at + (large ? 16 : 8);
		const length = large ? bigEndian(bytes, at + 8, 8) : size;
		const end = size === 0 ? within.end : at + length;
		if (end < start || end > within.end) return { boxes, cut: true };
		boxes.push({ type: ascii(bytes, at + 4, at + 8), start, end });
		at = end;
	}
	return { boxes, cut: false };
}
