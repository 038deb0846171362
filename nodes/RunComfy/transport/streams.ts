import type { IExecuteFunctions } from 'n8n-workflow';

/** A Node.js Readable, which n8n's binary data takes besides a Buffer. */
export type Readable = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** The chunks of a response. If the reader leaves early, even before the first one, the connection closes. */
export function chunksOf(source: Readable, close: () => void): AsyncIterable<Uint8Array> {
	return {
		[Symbol.asyncIterator]() {
			const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
			return {
				next: () => chunks.next(),
				async return() {
					// Without a listener, the reset that closing causes would be an uncaught exception.
					source.on('error', () => undefined);
					// n8n may give a wrapper. Destroying that does not close a connection that was never read.
					close();
					source.destroy();
					return { done: true, value: undefined };
				},
			};
		},
	};
}

/**
 * A Readable of any chunks. Its class comes from a stream that n8n itself opened: a community node may
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

/** Bytes that Node.js, and so n8n's binary data, writes into a file in one call. */
export const WRITE_BYTES = 512 * 1024;

/**
 * Joins the bytes into fewer chunks of up to `maxBytes`; larger ones stay as they come. n8n writes each
 * chunk in a call of its own, which takes longer than joining them.
 */
export async function* joined(
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
