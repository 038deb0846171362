export interface EnterOptions {
	signal: AbortSignal;
	/** Called if there is no room yet. */
	onWait?: () => void;
}

/** Lets at most so much work run at once; the rest waits in order of arrival. */
export class Limiter {
	/** By owner: the smallest counts. */
	readonly #limits = new Map<string, number>();
	/** What admits those that wait. */
	readonly #waiting = new Set<() => void>();
	#running = 0;
	/** A deploy drops an owner before its successor is there: work that waits must not slip in between. */
	#last = Infinity;

	/** Runs `work` as soon as there is room. Rejects as soon as `signal` aborts while it waits. */
	async run<T>(work: () => Promise<T>, options: EnterOptions): Promise<T> {
		await this.#enter(options);
		return this.#occupy(work);
	}

	/** Runs `work` at once and counts it: RunComfy already has its request. */
	join<T>(work: () => Promise<T>): Promise<T> {
		this.#running += 1;
		return this.#occupy(work);
	}

	setLimit(owner: string, limit: number): void {
		this.#limits.set(owner, limit);
		this.#admit();
	}

	dropLimit(owner: string): void {
		this.#last = Math.min(...this.#limits.values());
		this.#limits.delete(owner);
		this.#admit();
	}

	#enter({ signal, onWait }: EnterOptions): Promise<void> {
		return new Promise((resolve, reject) => {
			signal.throwIfAborted();
			const abort = () => {
				this.#waiting.delete(admit);
				reject(signal.reason as Error);
			};
			const admit = () => {
				signal.removeEventListener('abort', abort);
				resolve();
			};
			signal.addEventListener('abort', abort, { once: true });
			this.#waiting.add(admit);
			this.#admit();
			if (this.#waiting.has(admit)) onWait?.();
		});
	}

	async #occupy<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} finally {
			this.#running -= 1;
			this.#admit();
		}
	}

	#admit(): void {
		const limit = this.#limits.size > 0 ? Math.min(...this.#limits.values()) : this.#last;
		for (const admit of this.#waiting) {
			if (this.#running >= limit) return;
			this.#running += 1;
			this.#waiting.delete(admit);
			admit();
		}
	}
}
