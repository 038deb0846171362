import type { Client } from '../http/client';
import { abortedError } from '../time/waiting';

/** Watches the size and pace of one download, and knows what went wrong with it. */
export interface Meter {
	/** Aborts with the caller's signal, and when the stream stalls, is too slow or too late. */
	signal: AbortSignal;
	/** The same bytes, up to the limit. */
	pass(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
	/** What ended the stream early; undefined if the stream was not at fault. */
	trouble(): Trouble | undefined;
	/** Ends the watch and the stream, even if the host has read nothing of it. */
	stop(): void;
}

type Trouble = 'too_large' | 'stalled' | 'slow' | 'late' | 'broken';

/** Milliseconds after which the pace of a stream is looked at. */
const WINDOW_MS = 60_000;

/** Bytes per second: a stream that is slower while somebody waits for it is given up. */
export const LOWEST_SPEED = 1024;

/** @param leftMs milliseconds until the last byte must have come */
export function meter(
	{ host }: Client,
	callerSignal: AbortSignal | undefined,
	leftMs: number,
	maxBytes = Infinity,
): Meter {
	const cut = new AbortController();
	const over = new AbortController();
	// The connection, unless something else turns out to be the cause.
	let trouble: Trouble = 'broken';
	// Until the stream has begun, and if it ends early. Otherwise the fault is with whoever stores it.
	let atFault = true;
	let waitingSince: number | undefined;
	let window = { began: 0, waitedMs: 0, bytes: 0 };
	let giveUp: (() => void) | undefined;
	let source: AsyncIterator<Uint8Array> | undefined;

	const cutOff = () => {
		cut.abort();
		giveUp?.();
	};
	callerSignal?.addEventListener('abort', cutOff);
	if (callerSignal?.aborted) cutOff();

	const watchLimit = async () => {
		await host.sleep(leftMs, over.signal);
		trouble = 'late';
		cutOff();
	};
	watchLimit().catch(() => undefined);

	// One timer for the whole stream, not one for every chunk.
	const watchPace = async () => {
		while (!cut.signal.aborted) {
			window = { began: host.monotonic(), waitedMs: 0, bytes: 0 };
			await host.sleep(WINDOW_MS, over.signal);
			countWait();
			const { waitedMs, bytes } = window;
			// Not if most of the time went into storing the bytes.
			if (waitedMs < WINDOW_MS / 2 || bytes >= (waitedMs / 1000) * LOWEST_SPEED) continue;
			trouble = bytes === 0 ? 'stalled' : 'slow';
			cutOff();
		}
	};

	const countWait = () => {
		if (waitingSince === undefined) return;
		window.waitedMs += host.monotonic() - Math.max(waitingSince, window.began);
	};

	const nextOf = async (chunks: AsyncIterator<Uint8Array>) => {
		waitingSince = host.monotonic();
		try {
			return await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				giveUp = () => reject(abortedError());
				if (cut.signal.aborted) giveUp();
				chunks.next().then(resolve, reject);
			});
		} catch (error) {
			atFault = true;
			over.abort();
			throw error;
		} finally {
			countWait();
			waitingSince = undefined;
		}
	};

	async function* measured(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
		let bytes = 0;
		for (;;) {
			const { done, value } = await nextOf(chunks);
			if (done) return over.abort();
			bytes += value.length;
			window.bytes += value.length;
			if (bytes > maxBytes) {
				trouble = 'too_large';
				atFault = true;
				throw new RangeError('Too many bytes');
			}
			yield value;
		}
	}

	return {
		signal: cut.signal,
		pass(stream) {
			atFault = false;
			watchPace().catch(() => undefined);
			source = stream[Symbol.asyncIterator]();
			return measured(source);
		},
		trouble: () => (atFault ? trouble : undefined),
		stop() {
			callerSignal?.removeEventListener('abort', cutOff);
			over.abort();
			// Not awaited: a source that hangs would hang here, too.
			void source?.return?.();
		},
	};
}
