import type { HttpResponse } from '../host';
import { tried } from '../json/objects';
import { trimEnd } from '../text';

/** Characters before the data. */
const LONGEST_HEAD = 4096;

export interface DataUri {
	/** Empty if the address names none. */
	mimeType: string;
	/** Such as the character set of a text. */
	parameters: string;
	base64: boolean;
	/** Where the data begins. */
	begin: number;
}

export function readDataUri(text: string): DataUri | undefined {
	const head = /^data:([^;,]*)((?:;[^;,]+)*?)(;base64)?,/i.exec(text.slice(0, LONGEST_HEAD));
	if (!head) return undefined;
	const [all, mimeType = '', parameters = '', base64] = head;
	return { mimeType, parameters, base64: base64 !== undefined, begin: all.length };
}

/** Whether a value is a whole file, written out as base64. */
export function isWrittenOut(value: unknown): value is string {
	const head = typeof value === 'string' ? readDataUri(value) : undefined;
	return head?.base64 === true && head.begin < String(value).length;
}

/** The file that is written out, as if it had been fetched; undefined if it is not base64. */
export function openWrittenOut(uri: string): HttpResponse | undefined {
	const { mimeType = '', begin = 0 } = readDataUri(uri) ?? {};
	const text = tried(() => atob(trimEnd(uri, /[\s=]/).slice(begin)));
	if (text === undefined) return undefined;
	const bytes = new Uint8Array(text.length);
	for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
	return {
		status: 200,
		headers: { 'content-type': mimeType, 'content-length': String(bytes.length) },
		stream: inOne(bytes),
	};
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}
