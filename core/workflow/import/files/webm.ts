import { bigEndian, decodeText, type Tag, type Tags } from './tag';

/** Ids of elements (matroska.org, Element Specifications). */
const ID = {
	segment: 0x18538067,
	tags: 0x1254c367,
	tag: 0x7373,
	simpleTag: 0x67c8,
	name: 0x45a3,
	text: 0x4487,
};

/** Elements whose content is walked through as if it stood beside them. */
const OPENED = new Set([ID.segment, ID.tags, ID.tag]);

interface Element {
	id: number;
	start: number;
	end: number;
	/** Whether it goes on until something follows that cannot be in it. */
	endless: boolean;
}

/** The texts of a WebM or Matroska file: FFmpeg writes each as a SimpleTag, its name in capitals. */
export function readWebm(bytes: Uint8Array): Tags {
	const tags: Tag[] = [];
	let at = 0;
	while (at < bytes.length) {
		const element = elementAt(bytes, at);
		if (!element) return { tags, cut: true };
		const { id, start, end, endless } = element;
		const opened = OPENED.has(id) || endless;
		// A file that was cut off still has the tags before its end.
		if (!opened && end > bytes.length) return { tags, cut: true };
		if (id === ID.simpleTag && !endless) tags.push(...readSimpleTag(bytes, element));
		at = opened ? start : end;
	}
	return { tags, cut: false };
}

function readSimpleTag(bytes: Uint8Array, { start, end }: Element): Tag[] {
	let name: string | undefined;
	let value: Uint8Array | undefined;
	let at = start;
	while (at < end) {
		const part = elementAt(bytes, at);
		if (!part || part.end > end) break;
		const content = bytes.subarray(part.start, part.end);
		if (part.id === ID.name) name = decodeText(content);
		if (part.id === ID.text) value = content;
		at = part.end;
	}
	return name === undefined || !value ? [] : [{ name, value }];
}

function elementAt(bytes: Uint8Array, at: number): Element | undefined {
	const idLength = lengthOf(bytes[at]);
	if (idLength > 4) return undefined;
	const id = bigEndian(bytes, at, idLength);
	const sizeAt = at + idLength;
	const sizeLength = lengthOf(bytes[sizeAt]);
	if (sizeLength > 8 || sizeAt + sizeLength > bytes.length) return undefined;
	// The first bit that is set only tells the length; all others set stand for an unknown size.
	const most = 2 ** (7 * sizeLength) - 1;
	const high = (bytes[sizeAt] ?? 0) % 2 ** (8 - sizeLength);
	const size = high * 256 ** (sizeLength - 1) + bigEndian(bytes, sizeAt + 1, sizeLength - 1);
	const start = sizeAt + sizeLength;
	const endless = size === most;
	return { id, start, end: endless ? bytes.length : start + size, endless };
}

/** How many bytes a number takes that begins with this one; 9 if none does. */
function lengthOf(first = 0): number {
	return Math.clz32(first) - 23;
}
