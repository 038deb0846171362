import { INPUT_FILE_BYTES } from '../defaults';
import { invalidInput, type RunComfyError } from '../errors';
import type { Host } from '../host';
import { tried } from '../json/objects';
import { formatBytes, joinBytes, KB, MB, shorten, trimEnd } from '../text';
import { readDataUri } from './dataUri';
import { fileTypeOf, sniffMimeType } from './filenames';

/** What is known about a file besides its bytes. */
export interface MediaOptions extends Pick<Host, 'toBase64'> {
	/** Used in messages, and for the MIME type if the bytes do not show it. */
	filename?: string | undefined;
	/** Takes precedence over the file name, but not over the type that the bytes show. */
	mimeType?: string | undefined;
}

export interface MediaInput {
	/** The value for the node's input: a URL or a data URI. */
	value: string;
	/** The size of a file that is embedded; 0 for a URL. */
	bytes: number;
	/** Warns the user if the file is larger than RunComfy recommends for embedding. */
	warnings: string[];
}

/** The most bytes that RunComfy recommends for a data URI (docs.runcomfy.com/serverless/async-queue-endpoints). */
const RECOMMENDED = { video: MB, other: 256 * KB };

/**
 * Converts an image, video or audio file to the form that a node's input takes. A URL stays unchanged; a data URI,
 * base64 text or bytes become a data URI with the MIME type that the bytes show.
 * @throws RunComfyError `invalid_input` if the file is empty, not media, or too large to embed
 */
export function toMediaInput(source: string | Uint8Array, options: MediaOptions): MediaInput {
	if (typeof source === 'string') return fromString(source.trim(), options);
	refuseLarge(source.length, options.filename);
	return toDataUri(source, options);
}

/** Whether the first bytes are those of an image, a video, an audio file, a 3D model or a PDF document. */
export function isMedia(bytes: Uint8Array): boolean {
	return /^(image|video|audio|model)\/|\/pdf$/.test(sniffMimeType(bytes) ?? '');
}

/** Decodes bytes as UTF-8 text. @throws RunComfyError `invalid_input` if the bytes are empty or not text */
export function decodeUtf8(bytes: Uint8Array, name = 'The file'): string {
	if (bytes.length === 0) throw empty(name);
	const text = tried(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	if (text !== undefined && !text.includes('\0')) return text;
	throw invalidInput(
		`${name} is neither an image, video or audio file nor UTF-8 text`,
		'Give text. If the input does take such a file, give it as a data URI.',
	);
}

function fromString(value: string, options: MediaOptions): MediaInput {
	if (/^https?:\/\//i.test(value) && URL.canParse(value)) return { value, bytes: 0, warnings: [] };
	const uri = readDataUri(value);
	const begin = uri?.begin ?? 0;
	if (begin === value.length) throw empty(options.filename);
	// Converted to standard base64, because not every decoder takes URL-safe letters or missing padding.
	const base64 = trimEnd(value, /[\s=]/)
		.slice(begin)
		.replace(/\s/g, '')
		.replace(/-/g, '+')
		.replace(/_/g, '/');
	const decoded = uri?.base64 === false ? undefined : tried(() => atob(base64));
	if (!decoded) throw notMedia(value, options);
	// A short word can pass as base64. Real media shows its type in its bytes, or the data URI names the type.
	const start = Uint8Array.from(decoded.slice(0, 64), (char) => char.charCodeAt(0));
	const type = sniffMimeType(start) ?? (uri?.mimeType || options.mimeType);
	if (!type) throw notMedia(value, options);
	// Parameters such as the character set of a text. They do not apply if the bytes show another type.
	const parameters = type === uri?.mimeType ? uri.parameters : '';
	refuseLarge(decoded.length, options.filename);
	const padding = '='.repeat((4 - (base64.length % 4)) % 4);
	return {
		value: `data:${type}${parameters};base64,${base64}${padding}`,
		bytes: decoded.length,
		warnings: sizeWarnings(decoded.length, type, options.filename),
	};
}

function toDataUri(bytes: Uint8Array, options: MediaOptions): MediaInput {
	if (bytes.length === 0) throw empty(options.filename);
	const type =
		sniffMimeType(bytes) ?? options.mimeType ?? fileTypeOf(options.filename ?? '').mimeType;
	return {
		value: `data:${type};base64,${options.toBase64(bytes)}`,
		bytes: bytes.length,
		warnings: sizeWarnings(bytes.length, type, options.filename),
	};
}

/** Reads the bytes of a file. @throws RunComfyError `invalid_input` if it is too large to embed */
export async function readBytes(
	source: Uint8Array | AsyncIterable<Uint8Array>,
	filename: string,
): Promise<Uint8Array> {
	if (source instanceof Uint8Array) return source;
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of source) {
		length += chunk.length;
		refuseLarge(length, filename, 'more than ');
		chunks.push(chunk);
	}
	return joinBytes(chunks);
}

/** @throws RunComfyError `invalid_input` */
export function refuseLarge(bytes: number, filename = 'The file', atLeast = ''): void {
	if (bytes <= INPUT_FILE_BYTES) return;
	throw invalidInput(
		`${filename} has ${atLeast}${formatBytes(bytes)}, more than the limit of ${formatBytes(INPUT_FILE_BYTES)} for input files`,
		'Give a web address of the file instead, which RunComfy fetches itself, or make the file smaller.',
	);
}

function sizeWarnings(bytes: number, type: string, filename: string | undefined): string[] {
	const video = type.startsWith('video/');
	const limit = video ? RECOMMENDED.video : RECOMMENDED.other;
	if (bytes <= limit) return [];
	return [
		`${filename ?? 'An embedded file'} has ${formatBytes(bytes)}; RunComfy recommends at most ${formatBytes(limit)} for an embedded ${video ? 'video' : 'file'}. A web address of the file is faster and safer.`,
	];
}

function empty(filename: string | undefined): RunComfyError {
	return invalidInput(`${filename ?? 'The file'} is empty`, 'Check the step that makes the file.');
}

function notMedia(value: string, { filename }: MediaOptions): RunComfyError {
	return invalidInput(
		`${filename === undefined ? '' : `${filename}: `}"${shorten(value, 40)}" is neither a web address nor a media file`,
		'Give an http(s) address, a data URI (data:image/png;base64,…), base64 text or a file.',
	);
}
