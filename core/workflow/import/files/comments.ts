import { ascii, bigEndian, concat, littleEndian, type Tag, type Tags } from './tag';

const LONGEST_NAME = 24;

/**
 * The texts of a Vorbis comment, `NAME=value` each (xiph.org, Ogg Vorbis I, 5.2.1): ComfyUI's Save Audio
 * has FFmpeg write `prompt` and `workflow` there.
 */
function readComments(bytes: Uint8Array): Tags {
	const tags: Tag[] = [];
	let at = 4 + littleEndian(bytes, 0, 4);
	const count = littleEndian(bytes, at, 4);
	at += 4;
	for (let index = 0; index < count; index += 1) {
		const start = at + 4;
		const end = start + littleEndian(bytes, at, 4);
		if (start > bytes.length || end > bytes.length) return { tags, cut: true };
		const [, name] =
			/^([^=]+)=/.exec(ascii(bytes, start, Math.min(end, start + LONGEST_NAME))) ?? [];
		if (name !== undefined)
			tags.push({ name, value: bytes.subarray(start + name.length + 1, end) });
		at = end;
	}
	return { tags, cut: at > bytes.length };
}

const COMMENT_BLOCK = 4;

/** The comment of a FLAC: one of the blocks before the sound (RFC 9639, 8.6). */
export function readFlac(bytes: Uint8Array): Tags {
	let at = 4;
	while (at + 4 <= bytes.length) {
		const [type = 0] = bytes.subarray(at);
		const start = at + 4;
		const end = start + bigEndian(bytes, at + 1, 3);
		if (type % 128 === COMMENT_BLOCK) {
			const { tags, cut } = readComments(bytes.subarray(start, end));
			return { tags, cut: cut || end > bytes.length };
		}
		// The first bit says that the block is the last.
		if (type >= 128) return { tags: [], cut: end > bytes.length };
		at = end;
	}
	return { tags: [], cut: true };
}

/** Bytes of a page's head before the lengths of its parts. */
const PAGE_HEAD = 27;

/** A part that is shorter is the last of its packet. */
const FULL_PART = 255;

/** The comment of an Opus or Vorbis file: the second packet of its stream (RFC 3533 and 7845, 5.2). */
export function readOgg(bytes: Uint8Array): Tags {
	const { packet, cut } = secondPacket(bytes);
	const [head] = /^(OpusTags|\x03vorbis)/.exec(ascii(packet, 0, 8)) ?? [];
	if (head === undefined) return { tags: [], cut };
	const read = readComments(packet.subarray(head.length));
	return { ...read, cut: cut || read.cut };
}

function secondPacket(bytes: Uint8Array): { packet: Uint8Array; cut: boolean } {
	const stream = littleEndian(bytes, 14, 4);
	const parts: Uint8Array[] = [];
	let ended = 0;
	let at = 0;
	while (at + PAGE_HEAD <= bytes.length && ascii(bytes, at, at + 4) === 'OggS') {
		const isOwn = littleEndian(bytes, at + 14, 4) === stream;
		const lengths = bytes.subarray(at + PAGE_HEAD, at + PAGE_HEAD + (bytes[at + 26] ?? 0));
		at += PAGE_HEAD + lengths.length;
		for (const size of lengths) {
			const part = bytes.subarray(at, at + size);
			if (isOwn && ended === 1) parts.push(part);
			if (isOwn && size < FULL_PART) ended += 1;
			at += size;
			if (ended === 2 || at > bytes.length) {
				return { packet: concat(parts), cut: at > bytes.length };
			}
		}
	}
	return { packet: concat(parts), cut: true };
}
