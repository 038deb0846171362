import { tried } from '../json/objects';
import { shorten } from '../text';
import { readDataUri } from './dataUri';
import { sniffMimeType } from './filenames';

/**
 * The types that an input for each kind of file can read. Video inputs also read animated images, and audio inputs
 * read the sound of a video.
 */
const READ: Readonly<Record<string, { type: RegExp; wanted: string }>> = {
	image: { type: /^image\//, wanted: 'an image' },
	video: { type: /^(video|image)\/|^audio\/ogg$/, wanted: 'a video' },
	audio: { type: /^(audio|video)\//, wanted: 'an audio file' },
};

/** Number of base64 characters that are enough to show the type, or that the file is a text. */
const HEAD = 1024;

/**
 * Why an input for one kind of file cannot take a data URI: "takes an image, not a file of the type audio/mpeg".
 * Undefined if the input can take the file, or if the first bytes do not show what the file is.
 */
export function misfit(value: unknown, kind: string | undefined): string | undefined {
	const { type, wanted } = READ[kind ?? ''] ?? {};
	const uri = typeof value === 'string' ? readDataUri(value) : undefined;
	if (!type || !uri?.base64) return undefined;
	const head = tried(() => atob(String(value).slice(uri.begin, uri.begin + HEAD)));
	const bytes = Uint8Array.from(head ?? '', (char) => char.charCodeAt(0));
	const found = sniffMimeType(bytes);
	if (found)
		return type.test(found) ? undefined : `takes ${wanted}, not a file of the type ${found}`;
	// A text can be a picture, such as an SVG, if its type says so.
	const text = type.test(uri.mimeType) ? undefined : textIn(bytes);
	return text && `takes ${wanted}, not text (${JSON.stringify(shorten(text, 40))})`;
}

/** The text of bytes that may be cut off within a character; undefined if they are no text. */
function textIn(bytes: Uint8Array): string | undefined {
	const decoder = new TextDecoder('utf-8', { fatal: true });
	const text = tried(() => decoder.decode(bytes, { stream: true }));
	return text && !text.includes('\0') ? text : undefined;
}
