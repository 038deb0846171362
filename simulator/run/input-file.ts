/** Why a file could not be loaded. */
interface FileProblem {
	error: string;
	details: string;
}

/** Whether a URL is that of an output of this simulator that cannot be downloaded, or no longer. */
export type IsGone = (address: URL) => boolean;

export type MediaKind = 'image' | 'video' | 'audio';

/** Nodes that load a file, with the name of the file input, which is also the kind of file. */
export const LOADERS: Record<string, 'image' | 'video'> = {
	LoadImage: 'image',
	VHS_LoadVideo: 'video',
};

const MAGIC: Array<[type: string, matches: (bytes: Buffer) => boolean]> = [
	['image/png', (b) => b.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))],
	['image/jpeg', (b) => b.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))],
	['image/gif', (b) => b.subarray(0, 4).toString('latin1') === 'GIF8'],
	['image/webp', (b) => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 12) === 'WEBP'],
	['image/bmp', (b) => ascii(b, 0, 2) === 'BM'],
	['video/mp4', (b) => ascii(b, 4, 8) === 'ftyp'],
	['video/webm', (b) => b.subarray(0, 4).equals(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]))],
	['audio/wav', (b) => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 12) === 'WAVE'],
	['audio/flac', (b) => ascii(b, 0, 4) === 'fLaC'],
	['audio/ogg', (b) => ascii(b, 0, 4) === 'OggS'],
	['audio/mpeg', (b) => ascii(b, 0, 3) === 'ID3' || (b[0] === 0xff && (b[1] ?? 0) >= 0xe0)],
];

const ascii = (bytes: Buffer, start: number, end: number): string =>
	bytes.subarray(start, end).toString('latin1');

/** MIME type of a media file by its first bytes; undefined if unknown. */
const sniff = (bytes: Buffer): string | undefined =>
	MAGIC.find(([, matches]) => matches(bytes))?.[0];

/**
 * Finds what is wrong with the value of a `LoadImage.image` or `VHS_LoadVideo.video` input: a file name in the input
 * folder, a URL (not fetched, but looked up if it is this simulator's own) or a Base64 data URI (decoded).
 */
export function fileProblem(
	value: string,
	wanted: MediaKind,
	known: readonly string[],
	isGone: IsGone,
): FileProblem | undefined {
	if (known.includes(value)) return undefined;
	if (/^data:/i.test(value)) return problemOfDataUri(value, wanted);
	if (/^[a-z][a-z\d+.-]*:/i.test(value)) return problemOfUrl(value, wanted, isGone);
	return problem(`Invalid ${wanted} file: ${value.slice(0, 200)}`);
}

const problem = (details: string): FileProblem => ({ error: 'FileUploadException', details });

// Not a single expression over all letters: unless V8 optimizes it, a long text overflows the stack.
function isBase64(text: string): boolean {
	const letters = text.replace(/={1,2}$/, '');
	return letters !== '' && text.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(letters);
}

function problemOfDataUri(value: string, wanted: string): FileProblem | undefined {
	const comma = value.indexOf(',');
	const head = value.slice(0, comma);
	if (comma === -1 || !/;base64$/i.test(head)) {
		return problem('Data URI is not of the form data:<type>;base64,<data>');
	}
	const encoded = value.slice(comma + 1);
	if (!isBase64(encoded)) {
		return problem('Data URI does not hold valid Base64');
	}
	return sniff(Buffer.from(encoded, 'base64'))?.startsWith(`${wanted}/`)
		? undefined
		: problem(`Data URI does not hold a known ${wanted} format`);
}

function problemOfUrl(value: string, wanted: string, isGone: IsGone): FileProblem | undefined {
	const url = URL.canParse(value) ? new URL(value) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
		return problem(`Cannot download ${wanted} from ${value.slice(0, 200)}`);
	}
	return isGone(url) ? problem(`Download of ${value} answered 404`) : undefined;
}
