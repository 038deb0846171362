import { trimEnd, trimStart } from '../text';

/** Bytes in UTF-8. File systems allow 255; the rest leaves room for a number. */
const MAX_NAME = 200;

// Names of devices on Windows, with or without an extension and spaces before it.
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])\s*(?:\.|$)/i;

/** Matches most names, which need no change. */
const SAFE = /^\w[\w -]{0,99}\.\w{1,12}$/;

/** Turns the last part of a path into a name that is safe on every file system. */
export function safeFilename(name: string): string {
	if (SAFE.test(name) && !WINDOWS_DEVICE.test(name)) return name;
	const base = name.split(/[/\\]/).at(-1) ?? '';
	// This also removes invisible characters, such as those that change the direction of the text.
	const plain = base.replace(/[<>:"|?*\p{C}\p{Zl}\p{Zp}]/gu, '_');
	const clean = trimEnd(trimStart(plain, /[\s.]/), /[\s.]/);
	const safe = WINDOWS_DEVICE.test(clean) ? `_${clean}` : clean;
	if (safe === '') return 'output';
	const [stem, extension] = splitName(safe);
	return shortStem(stem, extension) + extension;
}

/** A safe name based on `wanted` that is not taken yet. Adds a number before the extension if necessary. */
export async function freeFilename(
	wanted: string,
	isTaken: (name: string) => Promise<boolean>,
): Promise<string> {
	const name = safeFilename(wanted);
	const [stem, extension] = splitName(name);
	const numbered = (number: number) => (number === 1 ? name : `${stem}_${number}${extension}`);
	// Thousands of files may share a name: double the number until a name is free, then bisect to find the first
	// free one.
	let [last, free] = [0, 1];
	while (await isTaken(numbered(free))) [last, free] = [free, 2 * free];
	while (free - last > 1) {
		const middle = Math.floor((last + free) / 2);
		if (await isTaken(numbered(middle))) last = middle;
		else free = middle;
	}
	return numbered(free);
}

function splitName(name: string): [stem: string, extension: string] {
	const extension = /(?<=.)\.\w{1,12}$/.exec(name)?.[0] ?? '';
	return [name.slice(0, name.length - extension.length), extension];
}

function shortStem(stem: string, extension: string): string {
	const encoder = new TextEncoder();
	let bytes = extension.length;
	let short = '';
	for (const char of stem) {
		bytes += encoder.encode(char).length;
		if (bytes > MAX_NAME) break;
		short += char;
	}
	// A shortened name must not end in a space or a dot either.
	return short === stem ? stem : trimEnd(short, /[\s.]/);
}

/** Kinds of output that users tell apart. */
export type MediaKind = 'image' | 'video' | 'audio' | 'model3d' | 'text' | 'other';

export interface FileType {
	mimeType: string;
	kind: MediaKind;
}

/**
 * File types go by extension, never by ComfyUI's channel: a video may arrive under `images` or `gifs`. The most
 * common type of each kind comes first.
 */
const BY_EXTENSION: Record<string, FileType> = {
	png: { mimeType: 'image/png', kind: 'image' },
	apng: { mimeType: 'image/apng', kind: 'image' },
	jpg: { mimeType: 'image/jpeg', kind: 'image' },
	jpeg: { mimeType: 'image/jpeg', kind: 'image' },
	webp: { mimeType: 'image/webp', kind: 'image' },
	gif: { mimeType: 'image/gif', kind: 'image' },
	bmp: { mimeType: 'image/bmp', kind: 'image' },
	tif: { mimeType: 'image/tiff', kind: 'image' },
	tiff: { mimeType: 'image/tiff', kind: 'image' },
	avif: { mimeType: 'image/avif', kind: 'image' },
	heic: { mimeType: 'image/heic', kind: 'image' },
	heif: { mimeType: 'image/heif', kind: 'image' },
	svg: { mimeType: 'image/svg+xml', kind: 'image' },
	exr: { mimeType: 'image/x-exr', kind: 'image' },
	hdr: { mimeType: 'image/vnd.radiance', kind: 'image' },
	mp4: { mimeType: 'video/mp4', kind: 'video' },
	m4v: { mimeType: 'video/mp4', kind: 'video' },
	mov: { mimeType: 'video/quicktime', kind: 'video' },
	webm: { mimeType: 'video/webm', kind: 'video' },
	mkv: { mimeType: 'video/x-matroska', kind: 'video' },
	avi: { mimeType: 'video/x-msvideo', kind: 'video' },
	mp3: { mimeType: 'audio/mpeg', kind: 'audio' },
	wav: { mimeType: 'audio/wav', kind: 'audio' },
	flac: { mimeType: 'audio/flac', kind: 'audio' },
	ogg: { mimeType: 'audio/ogg', kind: 'audio' },
	opus: { mimeType: 'audio/ogg', kind: 'audio' },
	m4a: { mimeType: 'audio/mp4', kind: 'audio' },
	aac: { mimeType: 'audio/aac', kind: 'audio' },
	glb: { mimeType: 'model/gltf-binary', kind: 'model3d' },
	gltf: { mimeType: 'model/gltf+json', kind: 'model3d' },
	obj: { mimeType: 'model/obj', kind: 'model3d' },
	stl: { mimeType: 'model/stl', kind: 'model3d' },
	fbx: { mimeType: 'application/octet-stream', kind: 'model3d' },
	ply: { mimeType: 'application/octet-stream', kind: 'model3d' },
	usdz: { mimeType: 'model/vnd.usdz+zip', kind: 'model3d' },
	txt: { mimeType: 'text/plain', kind: 'text' },
	md: { mimeType: 'text/markdown', kind: 'text' },
	csv: { mimeType: 'text/csv', kind: 'text' },
	html: { mimeType: 'text/html', kind: 'text' },
	htm: { mimeType: 'text/html', kind: 'text' },
	json: { mimeType: 'application/json', kind: 'text' },
	srt: { mimeType: 'application/x-subrip', kind: 'text' },
	zip: { mimeType: 'application/zip', kind: 'other' },
	safetensors: { mimeType: 'application/octet-stream', kind: 'other' },
};

const LONGEST_EXTENSION = 16;
const UNKNOWN_TYPE: FileType = { mimeType: 'application/octet-stream', kind: 'other' };

export function fileTypeOf(filename: string): FileType {
	return fileTypeByExtension(filename) ?? UNKNOWN_TYPE;
}

export function fileTypeByExtension(filename: string): FileType | undefined {
	const extension =
		/\.([a-z0-9]+)$/i.exec(filename.slice(-LONGEST_EXTENSION))?.[1]?.toLowerCase() ?? '';
	return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

/** The type in a `Content-Type` header; undefined if the header is missing or names only a generic type. */
export function fileTypeIn(contentType = ''): FileType | undefined {
	const mimeType = (contentType.split(';')[0] ?? '').trim().toLowerCase();
	if (!/^[\w.+-]+\/[\w.+-]+$/.test(mimeType) || mimeType.endsWith('/octet-stream'))
		return undefined;
	const listed = Object.values(BY_EXTENSION).find((type) => type.mimeType === mimeType);
	const kind = MIME_KINDS.find((one) => mimeType.startsWith(`${one}/`));
	return listed ?? { mimeType, kind: kind ?? 'other' };
}

/** The kinds that a MIME type can begin with. */
const MIME_KINDS = ['image', 'video', 'audio', 'text'] as const;

/** The most common file type for a model's output with a name such as `images` or `video_url`. */
export function fileTypeUnder(name: string): FileType | undefined {
	const kind = /(?:^|[._])(image|video|audio)(?:s|_urls?)?$/i.exec(name)?.[1]?.toLowerCase();
	return Object.values(BY_EXTENSION).find((type) => type.kind === kind);
}

/** Number of leading bytes that `sniffMimeType` reads. */
const SNIFF_BYTES = 64;

/** The MIME type that the first bytes show, or undefined. */
export function sniffMimeType(bytes: Uint8Array): string | undefined {
	const head = String.fromCharCode(...bytes.subarray(0, SNIFF_BYTES));
	return MAGIC.find(([pattern]) => pattern.test(head))?.[1];
}

const MAGIC: ReadonlyArray<readonly [RegExp, string]> = [
	[/^\x89PNG\r\n\x1a\n/, 'image/png'],
	[/^\xff\xd8\xff/, 'image/jpeg'],
	[/^GIF8[79]a/, 'image/gif'],
	[/^RIFF[^]{4}WEBP/, 'image/webp'],
	[/^BM[^]{4}\x00\x00\x00\x00/, 'image/bmp'],
	[/^(II\*\x00|MM\x00\*)/, 'image/tiff'],
	[/^[^]{4}ftypavi[fs]/, 'image/avif'],
	[/^[^]{4}ftyp(hei[cmsx]|hev[cx]|mif1|msf1)/, 'image/heic'],
	[/^[^]{4}ftypqt/, 'video/quicktime'],
	[/^[^]{4}ftypM4A/, 'audio/mp4'],
	[/^[^]{4}ftyp/, 'video/mp4'],
	[/^\x1aE\xdf\xa3[^]*matroska/, 'video/x-matroska'],
	[/^\x1aE\xdf\xa3/, 'video/webm'],
	[/^RIFF[^]{4}AVI /, 'video/x-msvideo'],
	[/^RIFF[^]{4}WAVE/, 'audio/wav'],
	[/^fLaC/, 'audio/flac'],
	[/^OggS/, 'audio/ogg'],
	[/^(ID3|\xff[\xfb\xf3\xf2])/, 'audio/mpeg'],
	[/^glTF/, 'model/gltf-binary'],
	[/^%PDF-/, 'application/pdf'],
	[/^PK\x03\x04/, 'application/zip'],
];
