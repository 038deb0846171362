import { tried } from '../json/objects';
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

/** Number of base64 characters that are enough to show the type. */
const HEAD = 88;

/**
 * Why an input for one kind of file cannot take a data URI: "takes an image, not a file of the type audio/mpeg".
 * Undefined if the input can take the file, or if the first bytes do not show the file's type.
 */
export function misfit(value: unknown, kind: string | undefined): string | undefined {
	const { type, wanted } = READ[kind ?? ''] ?? {};
	const uri = typeof value === 'string' ? readDataUri(value) : undefined;
	if (!type || !uri?.base64) return undefined;
	const head = tried(() => atob(String(value).slice(uri.begin, uri.begin + HEAD)));
	const found = head && sniffMimeType(Uint8Array.from(head, (char) => char.charCodeAt(0)));
	return !found || type.test(found)
		? undefined
		: `takes ${wanted}, not a file of the type ${found}`;
}
