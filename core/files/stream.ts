import type { Host } from '../host';
import type { Client } from '../http/client';
import { abortedError } from '../waiting';

type Trouble = 'too_large' | 'stalled' | 'slow' | 'late' | 'broken';

/** Milliseconds over which the speed of a stream is measured. */
const WINDOW_MS = 60_000;

/** In bytes per second. A slower stream is canceled, because a flow is waiting for it. */
export const LOWEST_SPEED = 1024;

/** Measures the size and speed of one download, and records why it failed. */
export class Meter {
	readonly #host: Host;
	readonly #callerSignal: AbortSignal | undefined;
	readonly #maxBytes: number;
	readonly #cut = new AbortController();
	readonly #over = new AbortController();
	/** Blames the connection until another cause is found. */
	#trouble: Trouble = 'broken';
	/** True before the stream begins, and if it ends early. If false, an error comes from storing the bytes. */
	#atFault = true;
	#waitingSince: number | undefined;
	#window = { began: 0, waitedMs: 0, bytes: 0 };
	#giveUp: (() => void) | undefined;
	#source: AsyncIterator<Uint8Array> | undefined;

	readonly #cutOff = (): void => {
		this.#cut.abort();
		this.#giveUp?.();
	};

	/** @param leftMs milliseconds until the download must be complete */
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

	/** Aborts with the caller's signal, and when the stream stalls, is too slow or takes too long. */
	get signal(): AbortSignal {
		return this.#cut.signal;
	}

	/** Why the stream ended early; undefined if the stream is not the cause. */
	get trouble(): Trouble | undefined {
		return this.#atFault ? this.#trouble : undefined;
	}

	/** Passes the bytes on, up to the size limit. */
	pass(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
		this.#atFault = false;
		this.#watchPace().catch(() => undefined);
		this.#source = stream[Symbol.asyncIterator]();
		return this.#measured(this.#source);
	}

	/** Stops measuring and closes the stream, even if the host has read nothing of it. */
	stop(): void {
		this.#callerSignal?.removeEventListener('abort', this.#cutOff);
		this.#over.abort();
		// Not awaited, because a hanging source would block.
		void this.#source?.return?.();
	}

	async #watchLimit(leftMs: number): Promise<void> {
		await this.#host.sleep(leftMs, this.#over.signal);
		this.#trouble = 'late';
		this.#cutOff();
	}

	// One timer for the whole stream instead of one for every chunk.
	async #watchPace(): Promise<void> {
		while (!this.#cut.signal.aborted) {
			this.#window = { began: this.#host.monotonic(), waitedMs: 0, bytes: 0 };
			await this.#host.sleep(WINDOW_MS, this.#over.signal);
			this.#countWait();
			const { waitedMs, bytes } = this.#window;
			// If storing the bytes took most of the time, the stream does not count as slow.
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
