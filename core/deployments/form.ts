import { joinBytes } from '../bytes';
import { invalidInput } from '../errors';
import { isObject } from '../json/objects';
import { valueText } from '../text';

/** A file for ComfyUI's own server. */
export interface InstanceFile {
	filename: string;
	mimeType?: string | undefined;
	bytes: Uint8Array;
}

/** Characters that the name of a file or a field cannot have in a form. */
const NOT_IN_NAME = /["\\\p{C}]/u;

/** @throws RunComfyError `invalid_input` */
export function checkFile({ filename, bytes, mimeType }: InstanceFile, body: object) {
	const named = filename.trim() !== '';
	const plain = [filename, ...Object.keys(body)].every((name) => !NOT_IN_NAME.test(name));
	if (!named || !plain || !/^[\w.+-]+\/[\w.+-]+$/.test(mimeType ?? 'a/b')) {
		throw invalidInput(
			'The file cannot be sent under that name or type',
			'Give a file name without quotes and backslashes.',
		);
	}
	if (!isObject(body)) {
		throw invalidInput(
			'The Body of a call with a file must be an object',
			'Its entries become extra form fields, such as {"subfolder": "mine", "overwrite": true}.',
		);
	}
	if (bytes.length === 0) {
		throw invalidInput(`${filename} is empty`, 'Check the step that makes the file.');
	}
}

/** The body of a form (RFC 7578) with one file, which ComfyUI's `upload/image` and `upload/mask` call `image`. */
export function formOf(
	{ filename, mimeType = 'application/octet-stream', bytes }: InstanceFile,
	fields: object,
): { body: Uint8Array; contentType: string } {
	// Long enough never to stand in a file by chance.
	const boundary = `form-${[1, 2, 3].map(() => Math.random().toString(36).slice(2)).join('')}`;
	const head = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
	const texts = Object.entries(fields).map(
		([name, value]) => `${head(name)}\r\n\r\n${valueText(value)}\r\n`,
	);
	const file = `${head('image')}; filename="${filename}"\r\nContent-Type: ${mimeType}\r\n\r\n`;
	const encoder = new TextEncoder();
	const before = encoder.encode(texts.join('') + file);
	const after = encoder.encode(`\r\n--${boundary}--\r\n`);
	return {
		body: joinBytes([before, bytes, after]),
		contentType: `multipart/form-data; boundary=${boundary}`,
	};
}
