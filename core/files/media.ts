import { concat } from '../bytes';
import { RunComfyError } from '../errors';
import type { Host } from '../host';
import { formatBytes, KB, MB, shorten, trimEnd } from '../text';
import { fileTypeOf, sniffMimeType } from './fileTypes';

export type MediaSource = string | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array>;

export interface MediaOptions {
	/** The host's: see `Host`. */
	toBase64: Host['toBase64'];
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
	value: string;
	/** For the user: the file is larger than RunComfy recommends to embed. */
	warnings: string[];
}

/**
 * Bytes that RunComfy recommends not to exceed in a data URI; videos may be larger than pictures
 * (docs.runcomfy.com/serverless/async-queue-endpoints).
 */
const RECOMMENDED = { video: MB, other: 256 * KB };

/** Characters before the data in a data URI. */
const LONGEST_HEAD = 4096;

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
	return embed(await readBytes(source, options), options);
}

function fromText(text: string, options: MediaOptions): MediaInput {
	if (/^https?:\/\//i.test(text) && URL.canParse(text)) return { value: text, warnings: [] };
	const dataUri = /^data:([^;,]*)((?:;[^;,]+)*?)(;base64)?,/i.exec(text.slice(0, LONGEST_HEAD));
	if (text === '' || (dataUri && dataUri[0].length === text.length)) throw empty(options.filename);
	const given = (dataUri ? text.slice(dataUri[0].length) : text).replace(/\s/g, '');
	const base64 = trimEnd(given, /=/).replace(/-/g, '+').replace(/_/g, '/');
	if (
		(dataUri && !dataUri[3]) ||
		base64 === '' ||
		/[^A-Za-z0-9+/]/.test(base64) ||
		base64.length % 4 === 1
	) {
		throw notMedia(text, options);
	}
	// A short word is base64 by its letters alone; real media shows its type, or the data URI says it.
	const type =
		sniffMimeType(decodeBase64(base64.slice(0, 64))) ?? (dataUri?.[1] || options.mimeType);
	if (!type) throw notMedia(text, options);
	// Such as the character set of a text. They say nothing of another type that the bytes show.
	const parameters = type === dataUri?.[1] ? dataUri[2] : '';
	const bytes = Math.floor((base64.length * 3) / 4);
	refuseLarge(bytes, options);
	return {
		// Written again: not every decoder takes the URL-safe letters or a missing padding.
		value: `data:${type}${parameters};base64,${base64}${'='.repeat((4 - (base64.length % 4)) % 4)}`,
		warnings: sizeWarnings(bytes, type, options.filename),
	};
}

function embed(bytes: Uint8Array, options: MediaOptions): MediaInput {
	if (bytes.length === 0) throw empty(options.filename);
	const type = mimeOf(bytes, options);
	return {
		value: `data:${type};base64,${options.toBase64(bytes)}`,
		warnings: sizeWarnings(bytes.length, type, options.filename),
	};
}

function mimeOf(bytes: Uint8Array, { filename, mimeType }: MediaOptions): string {
	return sniffMimeType(bytes) ?? mimeType ?? fileTypeOf(filename ?? '').mimeType;
}

async function readBytes(
	source: Exclude<MediaSource, string>,
	options: MediaOptions,
): Promise<Uint8Array> {
	if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
		const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
		refuseLarge(bytes.length, options);
		return bytes;
	}
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of source) {
		length += chunk.length;
		refuseLarge(length, options, 'more than ');
		chunks.push(chunk);
	}
	return concat(chunks, length);
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
	throw new RunComfyError(
		'invalid_input',
		`${filename} has ${atLeast}${formatBytes(bytes)}, more than the limit of ${formatBytes(maxBytes)} for input files`,
		{
			hint: `Give a web address of the file instead, make it smaller, or raise the limit${limitLabel ? ` (${limitLabel})` : ''}.`,
		},
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
	return new RunComfyError('invalid_input', `${filename ?? 'The file'} is empty`, {
		hint: 'Check the step that makes the file.',
	});
}

function notMedia(text: string, { filename }: MediaOptions): RunComfyError {
	return new RunComfyError(
		'invalid_input',
		`${filename === undefined ? '' : `${filename}: `}"${shorten(text, 40)}" is neither a web address nor a media file`,
		{
			hint: 'Give an http(s) address, a data URI (data:image/png;base64,…), base64 text or a file.',
		},
	);
}

function decodeBase64(base64: string): Uint8Array {
	return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
