/** The facts about a file given to a loader node, or why it could not be loaded. */
export type InputFile =
	| { ok: true; label: string; bytes?: number; type?: string }
	| { ok: false; error: string; details: string };

/** Looks up the size and type of a hosted file by its URL; undefined if there is none. */
export type HostedLookup = (address: URL) => { bytes: number; type: string } | 'gone' | undefined;

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
 * Reads the value of a `LoadImage.image` or `VHS_LoadVideo.video` input: a file name in the input folder, a URL (not
 * fetched unless this simulator hosts it) or a Base64 data URI (decoded).
 */
export function readInputFile(
	value: string,
	wanted: MediaKind,
	known: readonly string[],
	hosted: HostedLookup,
): InputFile {
	if (known.includes(value)) return { ok: true, label: value };
	if (/^data:/i.test(value)) return readDataUri(value, wanted);
	if (/^[a-z][a-z\d+.-]*:/i.test(value)) return readUrl(value, wanted, hosted);
	return bad('FileUploadException', `Invalid ${wanted} file: ${value.slice(0, 200)}`);
}

const bad = (error: string, details: string): InputFile => ({ ok: false, error, details });

// Not a single expression over all letters: unless V8 optimizes it, a long text overflows the stack.
function isBase64(text: string): boolean {
	const letters = text.replace(/={1,2}$/, '');
	return letters !== '' && text.length % 4 !== 1 && !/[^A-Za-z0-9+/]/.test(letters);
}

function readDataUri(value: string, wanted: string): InputFile {
	const comma = value.indexOf(',');
	const head = value.slice(0, comma);
	if (comma === -1 || !/;base64$/i.test(head)) {
		return bad('FileUploadException', 'Data URI is not of the form data:<type>;base64,<data>');
	}
	const encoded = value.slice(comma + 1);
	if (!isBase64(encoded)) {
		return bad('FileUploadException', 'Data URI does not hold valid Base64');
	}
	const bytes = Buffer.from(encoded, 'base64');
	const type = sniff(bytes);
	if (type === undefined || !type.startsWith(`${wanted}/`)) {
		return bad('FileUploadException', `Data URI does not hold a known ${wanted} format`);
	}
	return { ok: true, label: 'data URI', bytes: bytes.length, type };
}

function readUrl(value: string, wanted: string, hosted: HostedLookup): InputFile {
	const url = URL.canParse(value) ? new URL(value) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
		return bad('FileUploadException', `Cannot download ${wanted} from ${value.slice(0, 200)}`);
	}
	const file = hosted(url);
	if (file === 'gone') return bad('FileUploadException', `Download of ${value} answered 404`);
	const label = url.pathname.split('/').pop() || url.hostname;
	return file === undefined ? { ok: true, label } : { ok: true, label, ...file };
}
