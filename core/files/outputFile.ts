import { asText, type JsonObject, tried } from '../json/objects';
import { isWrittenOut, readDataUri } from '../media/dataUri';
import {
	extensionFor,
	type FileType,
	fileTypeIn,
	fileTypeOf,
	fileTypeUnder,
	knownFileType,
	type MediaKind,
	safeFilename,
} from '../media/filenames';

/** One hosted file of a result. */
export interface OutputFile {
	/** Absent for a LoRA deployment or a model, where no node gave it. */
	node_id?: string;
	/** ComfyUI's word, such as `images` or `gifs`, or a model's: says nothing certain about the kind. */
	channel: string;
	kind: MediaKind;
	/** Safe as a file name: no folders, no control characters, not too long. */
	filename: string;
	/**
	 * Kept by RunComfy for 7 days (docs.runcomfy.com/serverless/webhooks); fetched without a token. A file that
	 * the result itself holds has its `data:` URI here.
	 */
	url: string;
	mime_type: string;
	/** `temp`: not saved by the workflow, but shown by a preview or an input node. */
	type: 'output' | 'temp';
}

/** A text that a run has put out. */
export interface OutputText extends Pick<OutputFile, 'node_id' | 'channel'> {
	text: string;
}

/** What a run has put out besides: a number, true or false, a list, an object. */
export interface OutputValue extends Pick<OutputFile, 'node_id' | 'channel'> {
	value: unknown;
}

/** Everything that a run has put out. */
export interface Outputs {
	files: OutputFile[];
	texts: OutputText[];
	values: OutputValue[];
	/** Warnings for the user, such as about files without an address. */
	warnings: string[];
}

/** An item of a result that has an address, or the whole file in its place. */
export type AddressedFile = JsonObject & { url: string };

export function isAddress(url: unknown): url is string {
	return isWrittenOut(url) || (typeof url === 'string' && isWebAddress(url));
}

/** The file that an item of a result describes. */
export function readFile(channel: string, item: AddressedFile, nodeId?: string): OutputFile {
	const { url } = item;
	const filename = safeFilename(asText(item['filename']) ?? nameIn(url, channel));
	const { kind, mimeType } =
		fileTypeIn(readDataUri(url)?.mimeType) ??
		namedType(filename, url) ??
		fileTypeIn(asText(item['content_type'])) ??
		(nodeId === undefined ? fileTypeUnder(channel) : undefined) ??
		fileTypeOf(filename);
	return {
		...(nodeId === undefined ? {} : { node_id: nodeId }),
		channel,
		kind,
		filename,
		url,
		mime_type: mimeType,
		type: item['type'] === 'temp' || item['type'] === 'input' ? 'temp' : 'output',
	};
}

function isWebAddress(url: string): boolean {
	return /^https?:\/\//i.test(url) && URL.canParse(url);
}

/** The file as it is downloaded: the `Content-Type` may show its type if its name does not. */
export function withContentType(file: OutputFile, contentType: string | undefined): OutputFile {
	const type = namedType(file.filename, file.url) ? undefined : fileTypeIn(contentType);
	return type ? { ...file, kind: type.kind, mime_type: type.mimeType } : file;
}

function namedType(filename: string, url: string): FileType | undefined {
	return knownFileType(/\.\w+$/.test(filename) ? filename : nameIn(url));
}

/** The name in an address; a file that is written out is named after its channel. */
function nameIn(url: string, channel = ''): string {
	const written = readDataUri(url);
	if (written) return `${channel.split('.').at(-1)}${extensionFor(written.mimeType)}`;
	const last = new URL(url).pathname.split('/').at(-1) ?? '';
	return tried(() => decodeURIComponent(last)) ?? last;
}
