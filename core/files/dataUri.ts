import type { Host, HttpResponse } from '../host';
import { KB, trimEnd } from '../text';

/** Characters before the data. */
const LONGEST_HEAD = 4096;

/** Characters of base64 that are read before anything else gets its turn. A multiple of four. */
const PIECE = 256 * KB;

export interface DataUri {
	/** Empty if it says none. */
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
export function openWrittenOut(uri: string, host: Pick<Host, 'sleep'>): HttpResponse | undefined {
	const { mimeType = '', begin = 0 } = readDataUri(uri) ?? {};
	const base64 = trimEnd(uri, /[\s=]/).slice(begin);
	if (base64.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(base64)) return undefined;
	const bytes = Math.floor((base64.length * 3) / 4);
	return {
		status: 200,
		headers: { 'content-type': mimeType, 'content-length': String(bytes) },
		stream: decode(base64, host),
	};
}

async function* decode(base64: string, host: Pick<Host, 'sleep'>): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < base64.length; at += PIECE) {
		if (at > 0) await host.sleep(0);
		const text = atob(base64.slice(at, at + PIECE));
		const bytes = new Uint8Array(text.length);
		for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
		yield bytes;
	}
}
