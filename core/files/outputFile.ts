import { asString, type JsonObject, tried } from '../json/objects';
import {
	type FileType,
	fileTypeByExtension,
	fileTypeIn,
	fileTypeOf,
	fileTypeUnder,
	type MediaKind,
	safeFilename,
} from '../media/filenames';

/** One file of a result. */
export interface OutputFile {
	/** Absent for a LoRA deployment or a model, which have no nodes. */
	node_id?: string;
	/** ComfyUI's or the model's name for the output, such as `images` or `gifs`. Not a reliable sign of the kind of file. */
	channel: string;
	kind: MediaKind;
	/** Safe as a file name: no folders or control characters, and not too long. */
	filename: string;
	/** Fetched without a token. RunComfy keeps the file for 7 days (docs.runcomfy.com/serverless/webhooks). */
	url: string;
	mime_type: string;
	/** `temp` for a file that the workflow did not save, shown by a preview or an input node. */
	type: 'output' | 'temp';
}

/** A text output of a run. */
export interface OutputText extends Pick<OutputFile, 'node_id' | 'channel'> {
	text: string;
}

/** Any other output of a run: a number, true or false, a list, an object. */
export interface OutputValue extends Pick<OutputFile, 'node_id' | 'channel'> {
	value: unknown;
}

/** All outputs of a run. */
export interface Outputs {
	files: OutputFile[];
	texts: OutputText[];
	values: OutputValue[];
	/** Warnings for the user, for example about files without a URL. */
	warnings: string[];
}

/** An entry of a result with a file's URL. */
export type AddressedFile = JsonObject & { url: string };

export function isAddress(url: unknown): url is string {
	return typeof url === 'string' && /^https?:\/\//i.test(url) && URL.canParse(url);
}

/** The file that an entry of a result describes. */
export function readFile(channel: string, item: AddressedFile, nodeId?: string): OutputFile {
	const { url } = item;
	const filename = safeFilename(asString(item['filename']) ?? filenameIn(url));
	const { kind, mimeType } =
		namedType(filename, url) ??
		fileTypeIn(asString(item['content_type'])) ??
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

/** The file with its type from the `Content-Type` header, unless the file name shows the type. */
export function withContentType(file: OutputFile, contentType: string | undefined): OutputFile {
	const type = namedType(file.filename, file.url) ? undefined : fileTypeIn(contentType);
	return type ? { ...file, kind: type.kind, mime_type: type.mimeType } : file;
}

function namedType(filename: string, url: string): FileType | undefined {
	return fileTypeByExtension(/\.\w+$/.test(filename) ? filename : filenameIn(url));
}

function filenameIn(url: string): string {
	const last = new URL(url).pathname.split('/').at(-1) ?? '';
	return tried(() => decodeURIComponent(last)) ?? last;
}
