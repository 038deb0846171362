import { tried } from '../json/objects';
import { readDataUri } from './dataUri';
import { sniffMimeType } from './filenames';

/** What the inputs for each kind of file can read: an animated picture is a video, and a video has a sound. */
const READ: Readonly<Record<string, { type: RegExp; wanted: string }>> = {
	image: { type: /^image\//, wanted: 'an image' },
	video: { type: /^(video|image)\/|^audio\/ogg$/, wanted: 'a video' },
	audio: { type: /^(audio|video)\//, wanted: 'a sound' },
};

/** Letters of base64 that show the type. */
const HEAD = 88;

/**
 * Why an input for a kind of file cannot take a file that is written out as a data URI: "takes an image, not a file of the
 * type audio/mpeg". Undefined if it may, so also if its first bytes do not show what it is.
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
