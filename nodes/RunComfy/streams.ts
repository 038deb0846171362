import { sleep, type IExecuteFunctions } from 'n8n-workflow';

/** What n8n's binary data takes besides a Buffer: a Node.js Readable. */
export type Readable = Exclude<
	Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0],
	Buffer
>;

/** Milliseconds without a byte after which a download counts as broken off. */
const IDLE_MS = 60_000;

const TICK_MS = 1_000;

/**
 * The chunks of a response. Leaving the iteration early, even before the first chunk, closes the
 * connection; a connection that falls silent is closed, too, and the iteration rejects.
 */
export function chunksOf(source: Readable): AsyncIterable<Uint8Array> {
	return { [Symbol.asyncIterator]: () => iterate(source) };
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

function iterate(source: Readable): AsyncIterator<Uint8Array> {
	const inner: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
	const watched: Watched = { source, waitingSince: undefined, over: false };
	let watching = false;
	return {
		async next() {
			if (!watching) void watch(watched);
			watching = true;
			watched.waitingSince = performance.now();
			const next = await inner.next().finally(() => (watched.waitingSince = undefined));
			watched.over = next.done === true;
			return next;
		},
		async return() {
			watched.over = true;
			// Without a listener, the reset that closing causes would be an uncaught exception.
			source.on('error', () => undefined);
			source.destroy();
			return { done: true, value: undefined };
		},
	};
}

interface Watched {
	source: Readable;
	/** Set while a chunk is being waited for, so that a slow consumer is not taken for silence. */
	waitingSince: number | undefined;
	over: boolean;
}

async function watch(watched: Watched): Promise<void> {
	while (!watched.over && !watched.source.destroyed) {
		await sleep(TICK_MS);
		const { waitingSince = Infinity } = watched;
		if (performance.now() - waitingSince > IDLE_MS) {
			watched.source.destroy(Object.assign(new Error('No data came'), { code: 'ETIMEDOUT' }));
		}
	}
}
