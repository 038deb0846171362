import { type Host, sniffMimeType, USER_AGENT } from '../../../core';
import { messageOf } from '../../runtime/errors';

/** Larger pictures are not passed on, in bytes: a big PNG of four megapixels has about ten million. */
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;

/** Total time for fetching a picture, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Formats that every browser shows and that cannot contain a script. */
const SHOWN = ['png', 'jpeg', 'gif', 'webp', 'avif', 'bmp'].map((type) => `image/${type}`);

export function isPicture(mimeType = ''): boolean {
	return SHOWN.includes(mimeType);
}

export type PictureAnswer =
	| { ok: true; mimeType: string; bytes: Buffer }
	| { ok: false; status: 413 | 415 | 502; message: string };

/** Where to fetch a picture, and whether only public addresses are allowed. */
export interface Picture {
	url: string;
	publicOnly: boolean;
}

/**
 * Fetches a picture from the storage server, without a token. The type is read from the bytes, because the server's content
 * type cannot be trusted.
 */
export async function fetchPicture(
	host: Host,
	{ url, publicOnly }: Picture,
	{ signal, maxBytes = MAX_PICTURE_BYTES }: { signal: AbortSignal; maxBytes?: number },
): Promise<PictureAnswer> {
	const limit = AbortSignal.timeout(TIMEOUT_MS);
	try {
		const { status, headers, stream } = await host.request({
			method: 'GET',
			url,
			authenticate: false,
			expect: 'stream',
			timeoutMs: TIMEOUT_MS,
			publicOnly,
			headers: { accept: 'image/*', 'user-agent': USER_AGENT },
			signal: AbortSignal.any([signal, limit]),
		});
		const wanted = status === 200 && !(Number(headers['content-length']) > maxBytes);
		const read = await readStart(stream ?? [], wanted ? maxBytes : 0);
		if (status !== 200) return notFetched(`The storage server answered HTTP ${status}`);
		if (read.tooLong) return { ok: false, status: 413, message: 'The file is too large' };
		const mimeType = sniffMimeType(read.bytes);
		if (mimeType === undefined || !isPicture(mimeType)) {
			return { ok: false, status: 415, message: 'The file is not an image' };
		}
		return { ok: true, mimeType, bytes: read.bytes };
	} catch (error) {
		// Keeps a reference to the limit: Node.js 20 garbage-collects a timeout that only `AbortSignal.any` refers to.
		return notFetched(limit.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : messageOf(error));
	}
}

function notFetched(why: string): PictureAnswer {
	return { ok: false, status: 502, message: `The picture could not be fetched: ${why}` };
}

/** Reads until `limit` bytes are exceeded; returning then closes the connection. */
async function readStart(
	stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
	limit: number,
): Promise<{ bytes: Buffer; tooLong: boolean }> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of stream) {
		bytes += chunk.length;
		if (bytes > limit) return { bytes: Buffer.alloc(0), tooLong: true };
		chunks.push(chunk);
	}
	return { bytes: Buffer.concat(chunks), tooLong: false };
}
