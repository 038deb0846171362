import type { HttpResponse } from '../host';
import { tried } from '../json/objects';
import { trimEnd } from '../text';

/** Limit on the length of the part before the data. */
const LONGEST_HEAD = 4096;

export interface DataUri {
	/** Empty if the data URI names no type. */
	mimeType: string;
	/** For example `;charset=utf-8`. */
	parameters: string;
	base64: boolean;
	/** Offset of the data. */
	begin: number;
}

export function readDataUri(uri: string): DataUri | undefined {
	const head = /^data:([^;,]*)((?:;[^;,]+)*?)(;base64)?,/i.exec(uri.slice(0, LONGEST_HEAD));
	if (!head) return undefined;
	const [all, mimeType = '', parameters = '', base64] = head;
	return { mimeType, parameters, base64: base64 !== undefined, begin: all.length };
}

/** Whether a value is a whole file, embedded as a base64 data URI. */
export function isWrittenOut(value: unknown): value is string {
	const head = typeof value === 'string' ? readDataUri(value) : undefined;
	return head?.base64 === true && head.begin < String(value).length;
}

/** Returns an embedded file as if it had been fetched over HTTP; undefined if the data is not valid base64. */
export function openWrittenOut(uri: string): HttpResponse | undefined {
	const { mimeType = '', begin = 0 } = readDataUri(uri) ?? {};
	const binary = tried(() => atob(trimEnd(uri, /[\s=]/).slice(begin)));
	if (binary === undefined) return undefined;
	const bytes = new Uint8Array(binary.length);
	for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
	return {
		status: 200,
		headers: { 'content-type': mimeType, 'content-length': String(bytes.length) },
		stream: inOne(bytes),
	};
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}
