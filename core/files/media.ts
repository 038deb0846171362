import { invalidInput, type RunComfyError } from '../errors';
import type { Host } from '../host';
import { LongText } from '../json/longText';
import { formatBytes, KB, MB, shorten, trimEnd } from '../text';
import { readDataUri } from './dataUri';
import { fileTypeOf, sniffMimeType } from './fileTypes';

export type MediaSource = string | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array>;

/** Sleeps between the pieces of a large file. */
export interface MediaOptions extends Pick<Host, 'toBase64' | 'sleep'> {
	/** For the MIME type, if the bytes do not show it. */
	filename?: string | undefined;
	/** Wins over the file name, not over what the bytes show. */
	mimeType?: string | undefined;
	/** Bytes past which an embedded file is refused; none by default. */
	maxBytes?: number | undefined;
	/** What people call that limit: see `HostLabels.inputFileLimit`. */
	limitLabel?: string | undefined;
}

export interface MediaInput {
	/** A URL, or a data URI: what goes into the node's input. */
	value: string | LongText;
	/** For the user: the file is larger than RunComfy recommends to embed. */
	warnings: string[];
}

/** Bytes in a data URI that RunComfy recommends at most (docs.runcomfy.com/serverless/async-queue-endpoints). */
const RECOMMENDED = { video: MB, other: 256 * KB };

/**
 * Bytes that are written as base64, or sent, before anything else gets its turn. A multiple of three, so
 * that the texts of several pieces make one.
 */
const PIECE = 192 * KB;

/**
 * A picture, video or sound in the form that a node's input takes: a web address stays as it is;
 * a data URI, base64 text, bytes or a stream become a data URI with the MIME type that the bytes show.
 * @throws RunComfyError `invalid_input` when it is empty, not media, or larger than `maxBytes`.
 */
export async function toMediaInput(
	source: MediaSource,
	options: MediaOptions,
): Promise<MediaInput> {
	if (typeof source === 'string') return fromText(source.trim(), options);
	return embed(source, options);
}

async function fromText(text: string, options: MediaOptions): Promise<MediaInput> {
	if (/^https?:\/\//i.test(text) && URL.canParse(text)) return { value: text, warnings: [] };
	const given = readDataUri(text);
	const begin = given?.begin ?? 0;
	if (begin === text.length) throw empty(options.filename);
	const end = trimEnd(text, /[\s=]/).length;
	if (given?.base64 === false || end <= begin) throw notMedia(text, options);
	const pieces: string[] = [];
	let length = 0;
	for (let at = begin; at < end; at += PIECE) {
		if (at > begin) await options.sleep(0);
		// Written again: not every decoder takes the URL-safe letters or a missing padding.
		const piece = text.slice(at, Math.min(at + PIECE, end)).replace(/\s/g, '');
		const base64 = piece.replace(/-/g, '+').replace(/_/g, '/');
		if (/[^A-Za-z0-9+/]/.test(base64)) throw notMedia(text, options);
		pieces.push(base64);
		length += base64.length;
	}
	if (length % 4 === 1) throw notMedia(text, options);
	// A short word is base64 by its letters alone; real media shows its type, or the data URI says it.
	const start = atob(pieces[0]?.slice(0, 64) ?? '');
	const bytesOfStart = Uint8Array.from(start, (char) => char.charCodeAt(0));
	const type = sniffMimeType(bytesOfStart) ?? (given?.mimeType || options.mimeType);
	if (!type) throw notMedia(text, options);
	// Such as the character set of a text. They say nothing of another type that the bytes show.
	const parameters = type === given?.mimeType ? given.parameters : '';
	const bytes = Math.floor((length * 3) / 4);
	refuseLarge(bytes, options);
	const padding = '='.repeat((4 - (length % 4)) % 4);
	pieces.push(`${pieces.pop() ?? ''}${padding}`);
	return {
		value: dataUri(`data:${type}${parameters};base64,`, pieces),
		warnings: sizeWarnings(bytes, type, options.filename),
	};
}

async function embed(
	source: Exclude<MediaSource, string>,
	options: MediaOptions,
): Promise<MediaInput> {
	let type: string | undefined;
	let length = 0;
	const pieces: string[] = [];
	for await (const piece of piecesOf(source, options)) {
		if (length > 0) await options.sleep(0);
		type ??=
			sniffMimeType(piece) ?? options.mimeType ?? fileTypeOf(options.filename ?? '').mimeType;
		length += piece.length;
		pieces.push(options.toBase64(piece));
	}
	if (type === undefined) throw empty(options.filename);
	return {
		value: dataUri(`data:${type};base64,`, pieces),
		warnings: sizeWarnings(length, type, options.filename),
	};
}

/** A data URI: one text, or if it is long its pieces. */
function dataUri(head: string, pieces: readonly string[]): string | LongText {
	return pieces.length > 1 ? new LongText(head, pieces) : head + (pieces[0] ?? '');
}

/** The bytes of a file, in pieces of the same length but for the last one. */
async function* piecesOf(
	source: Exclude<MediaSource, string>,
	options: MediaOptions,
): AsyncGenerator<Uint8Array> {
	if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
		const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
		refuseLarge(bytes.length, options);
		for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
		return;
	}
	let length = 0;
	let piece = new Uint8Array(PIECE);
	let held = 0;
	for await (const chunk of source) {
		length += chunk.length;
		refuseLarge(length, options, 'more than ');
		for (let at = 0; at < chunk.length; ) {
			const part = chunk.subarray(at, at + PIECE - held);
			piece.set(part, held);
			at += part.length;
			held += part.length;
			if (held < PIECE) continue;
			yield piece;
			piece = new Uint8Array(PIECE);
			held = 0;
		}
	}
	if (held > 0) yield piece.subarray(0, held);
}

/** @throws RunComfyError `invalid_input` */
export function refuseLarge(
	bytes: number,
	{
		filename = 'The file',
		maxBytes,
		limitLabel,
	}: Pick<MediaOptions, 'filename' | 'maxBytes' | 'limitLabel'>,
	atLeast = '',
): void {
	if (maxBytes === undefined || bytes <= maxBytes) return;
	throw invalidInput(
		`${filename} has ${atLeast}${formatBytes(bytes)}, more than the limit of ${formatBytes(maxBytes)} for input files`,
		`Give a web address of the file instead, make it smaller, or raise the limit${limitLabel ? ` (${limitLabel})` : ''}.`,
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

function notMedia(text: string, { filename }: MediaOptions): RunComfyError {
	return invalidInput(
		`${filename === undefined ? '' : `${filename}: `}"${shorten(text, 40)}" is neither a web address nor a media file`,
		'Give an http(s) address, a data URI (data:image/png;base64,…), base64 text or a file.',
	);
}
