import type { IExecuteFunctions } from 'n8n-workflow';

/** What n8n's binary data takes besides a Buffer: a Node.js Readable. */
export type Readable = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** The chunks of a response. Leaving them early, even before the first one, closes the connection. */
export function chunksOf(source: Readable): AsyncIterable<Uint8Array> {
	return {
		[Symbol.asyncIterator]() {
			const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
			return {
				next: () => chunks.next(),
				async return() {
					// Without a listener, the reset that closing causes would be an uncaught exception.
					source.on('error', () => undefined);
					source.destroy();
					return { done: true, value: undefined };
				},
			};
		},
	};
}

/**
 * A Readable over any chunks. Its class comes from the stream that n8n itself opened: a community
 * node may not import Node's stream module.
 */
export function readableFrom(source: Readable, chunks: AsyncIterable<Uint8Array>): Readable {
	const { from } = source.constructor as unknown as {
		from(chunks: AsyncIterable<Uint8Array>): Readable;
	};
	return from(chunks);
}
