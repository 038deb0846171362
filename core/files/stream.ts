import { abortedError } from '../time/limits';
import type { Client } from '../http/client';

/** Watches over one download: its size, its pace, and what went wrong if something did. */
export interface Meter {
	/** Aborts with the caller's signal, and when the stream stalls. */
	signal: AbortSignal;
	/** The same bytes, up to the limit. */
	pass(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
	/** What ended the stream early; undefined when the trouble was not the stream's. */
	trouble(): Trouble | undefined;
	/**
	 * Ends the watch, and the stream, of which the host may have read nothing; to be called once the
	 * download is over, whatever its outcome.
	 */
	stop(): void;
}

export type Trouble = 'too_large' | 'stalled' | 'broken';

/** Milliseconds that a stream may go without a byte while somebody waits for one. */
const STALL_MS = 60_000;

export function meter(
	client: Client,
	callerSignal: AbortSignal | undefined,
	maxBytes = Infinity,
): Meter {
	const { host } = client;
	const cut = new AbortController();
	const stopped = new AbortController();
	// Until the stream is there, whatever fails is the connection.
	let trouble: Trouble | undefined = 'broken';
	let waitingSince: number | undefined;
	let giveUp: (() => void) | undefined;
	let source: AsyncIterator<Uint8Array> | undefined;

	const cutOff = () => {
		cut.abort();
		giveUp?.();
	};
	callerSignal?.addEventListener('abort', cutOff, { once: true, signal: stopped.signal });
	if (callerSignal?.aborted) cutOff();

	// One timer for the whole stream, not one for every chunk.
	const watchPace = async () => {
		while (!cut.signal.aborted) {
			await host.sleep(STALL_MS, stopped.signal);
			if (waitingSince !== undefined && host.monotonic() - waitingSince >= STALL_MS) {
				trouble = 'stalled';
				cutOff();
			}
		}
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
			trouble ??= 'broken';
			throw error;
		} finally {
			waitingSince = undefined;
		}
	};

	async function* measured(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
		let bytes = 0;
		for (;;) {
			const { done, value } = await nextOf(chunks);
			if (done) return;
			bytes += value.length;
			if (bytes > maxBytes) {
				trouble = 'too_large';
				throw new RangeError('Too many bytes');
			}
			yield value;
		}
	}

	return {
		signal: cut.signal,
		pass(stream) {
			trouble = undefined;
			watchPace().catch(() => undefined);
			source = stream[Symbol.asyncIterator]();
			return measured(source);
		},
		trouble: () => trouble,
		stop() {
			stopped.abort();
			// Not awaited: a source that hangs would hang here, too.
			source?.return?.()?.catch(() => undefined);
		},
	};
}
