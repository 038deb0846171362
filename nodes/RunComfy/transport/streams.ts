import type { IExecuteFunctions } from 'n8n-workflow';

/** A Node.js Readable. n8n accepts it as binary data, like a Buffer. */
export type Readable = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/**
 * The chunks of a response. If the reader stops early, even before the first chunk, or waits for more than `idleMs`
 * for a chunk, the connection closes.
 */
export function chunksOf(
	source: Readable,
	close: () => void,
	idleMs: number,
): AsyncIterable<Uint8Array> {
	return {
		[Symbol.asyncIterator]() {
			const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
			return {
				next: () => beforeIdle(chunks.next(), close, idleMs),
				async return() {
					// Closing causes a reset. Without a listener, that would be an uncaught exception.
					source.on('error', () => undefined);
					// n8n may have wrapped the stream. Destroying a wrapper that was never read does not close the connection.
					close();
					source.destroy();
					return { done: true, value: undefined };
				},
			};
		},
	};
}

function beforeIdle<T>(chunk: Promise<T>, close: () => void, idleMs: number): Promise<T> {
	const idle = AbortSignal.timeout(idleMs);
	const stalled = () => Object.assign(new Error('No more bytes in time'), { code: 'ETIMEDOUT' });
	idle.addEventListener('abort', close);
	return chunk
		.catch((error: unknown) => Promise.reject(idle.aborted ? stalled() : error))
		.finally(() => idle.removeEventListener('abort', close));
}

/**
 * Creates a Readable from the chunks. The class comes from a stream that n8n opened, because a community node may
 * not import Node's stream module.
 */
export function readableFrom(source: Readable, chunks: AsyncIterable<Uint8Array>): Readable {
	const { from } = source.constructor as unknown as {
		from(chunks: AsyncIterable<Uint8Array>): Readable;
	};
	return from(chunks);
}

export async function bufferFrom(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
}

/** How many bytes Node.js writes to a file in one call. */
export const WRITE_BYTES = 512 * 1024;

/**
 * Joins small chunks into larger ones of up to `maxBytes`. n8n makes a call for each chunk that it writes, and such
 * a call takes longer than joining the chunks.
 */
export async function* merged(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number,
): AsyncGenerator<Uint8Array> {
	let parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of chunks) {
		if (bytes > 0 && bytes + chunk.length > maxBytes) {
			yield Buffer.concat(parts, bytes);
			parts = [];
			bytes = 0;
		}
		parts.push(chunk);
		bytes += chunk.length;
	}
	if (bytes > 0) yield Buffer.concat(parts, bytes);
}
