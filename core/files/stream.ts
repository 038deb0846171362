import type { Host } from '../host';
import type { Client } from '../http/client';
import { abortedError } from '../waiting';

type Trouble = 'too_large' | 'stalled' | 'slow' | 'late' | 'broken';

/** Milliseconds over which the pace of a stream is measured. */
const WINDOW_MS = 60_000;

/** Bytes per second: a slower stream is given up while a flow waits for it. */
export const LOWEST_SPEED = 1024;

/** Watches the size and pace of one download, and knows what went wrong with it. */
export class Meter {
	readonly #host: Host;
	readonly #callerSignal: AbortSignal | undefined;
	readonly #maxBytes: number;
	readonly #cut = new AbortController();
	readonly #over = new AbortController();
	/** The connection, unless something else turns out to be the cause. */
	#trouble: Trouble = 'broken';
	/** True until the stream has begun, and if it ends early. Otherwise storing it is what failed. */
	#atFault = true;
	#waitingSince: number | undefined;
	#window = { began: 0, waitedMs: 0, bytes: 0 };
	#giveUp: (() => void) | undefined;
	#source: AsyncIterator<Uint8Array> | undefined;

	readonly #cutOff = (): void => {
		this.#cut.abort();
		this.#giveUp?.();
	};

	/** @param leftMs milliseconds until the last byte must have come */
	constructor(
		{ host }: Client,
		callerSignal: AbortSignal | undefined,
		leftMs: number,
		maxBytes = Infinity,
	) {
		this.#host = host;
		this.#callerSignal = callerSignal;
		this.#maxBytes = maxBytes;
		callerSignal?.addEventListener('abort', this.#cutOff);
		if (callerSignal?.aborted) this.#cutOff();
		this.#watchLimit(leftMs).catch(() => undefined);
	}

	/** Aborts with the caller's signal, and when the stream stalls, is too slow or too late. */
	get signal(): AbortSignal {
		return this.#cut.signal;
	}

	/** What ended the stream early; undefined if the stream was not at fault. */
	get trouble(): Trouble | undefined {
		return this.#atFault ? this.#trouble : undefined;
	}

	/** Passes the bytes on, up to the limit. */
	pass(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
		this.#atFault = false;
		this.#watchPace().catch(() => undefined);
		this.#source = stream[Symbol.asyncIterator]();
		return this.#measured(this.#source);
	}

	/** Ends the watch and the stream, even if the host has read nothing of it. */
	stop(): void {
		this.#callerSignal?.removeEventListener('abort', this.#cutOff);
		this.#over.abort();
		// Nothing waits for this, because a source that hangs would block it.
		void this.#source?.return?.();
	}

	async #watchLimit(leftMs: number): Promise<void> {
		await this.#host.sleep(leftMs, this.#over.signal);
		this.#trouble = 'late';
		this.#cutOff();
	}

	// One timer for the whole stream, not one for every chunk.
	async #watchPace(): Promise<void> {
		while (!this.#cut.signal.aborted) {
			this.#window = { began: this.#host.monotonic(), waitedMs: 0, bytes: 0 };
			await this.#host.sleep(WINDOW_MS, this.#over.signal);
			this.#countWait();
			const { waitedMs, bytes } = this.#window;
			// A stream does not count as slow if most of the time went into storing the bytes.
			if (waitedMs < WINDOW_MS / 2 || bytes >= (waitedMs / 1000) * LOWEST_SPEED) continue;
			this.#trouble = bytes === 0 ? 'stalled' : 'slow';
			this.#cutOff();
		}
	}

	#countWait(): void {
		if (this.#waitingSince === undefined) return;
		const since = Math.max(this.#waitingSince, this.#window.began);
		this.#window.waitedMs += this.#host.monotonic() - since;
	}

	async *#measured(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
		let bytes = 0;
		for (;;) {
			const { done, value } = await this.#nextOf(chunks);
			if (done) return this.#over.abort();
			bytes += value.length;
			this.#window.bytes += value.length;
			if (bytes > this.#maxBytes) {
				this.#trouble = 'too_large';
				this.#atFault = true;
				throw new RangeError('Too many bytes');
			}
			yield value;
		}
	}

	async #nextOf(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
		this.#waitingSince = this.#host.monotonic();
		try {
			return await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				this.#giveUp = () => reject(abortedError());
				if (this.#cut.signal.aborted) this.#giveUp();
				chunks.next().then(resolve, reject);
			});
		} catch (error) {
			this.#atFault = true;
			this.#over.abort();
			throw error;
		} finally {
			this.#countWait();
			this.#waitingSince = undefined;
		}
	}
}
