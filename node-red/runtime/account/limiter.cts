export interface EnterOptions {
	signal: AbortSignal;
	onWait: () => void;
}

interface Waiter {
	resolve(): void;
	signal: AbortSignal;
	abort(): void;
}

/** Lets at most so much work run at once; the rest waits in order of arrival. */
export function createLimiter() {
	const limits = new Map<string, number>();
	const waiting = new Set<Waiter>();
	let running = 0;
	// A deploy drops an owner before its successor is there: work that waits must not slip in between.
	let last = Infinity;

	const admit = () => {
		for (const waiter of waiting) {
			if (running >= (limits.size > 0 ? Math.min(...limits.values()) : last)) return;
			running += 1;
			remove(waiter);
			waiter.resolve();
		}
	};

	const remove = (waiter: Waiter) => {
		waiter.signal.removeEventListener('abort', waiter.abort);
		waiting.delete(waiter);
	};

	const enter = ({ signal, onWait }: EnterOptions) =>
		new Promise<void>((resolve, reject) => {
			signal.throwIfAborted();
			const abort = () => {
				remove(waiter);
				reject(signal.reason as Error);
			};
			const waiter = { resolve, signal, abort };
			signal.addEventListener('abort', waiter.abort);
			waiting.add(waiter);
			admit();
			if (waiting.has(waiter)) onWait();
		});

	const occupy = async <T,>(work: () => Promise<T>) => {
		try {
			return await work();
		} finally {
			running -= 1;
			admit();
		}
	};

	return {
		/**
		 * Runs `work` as soon as there is room. Rejects as soon as `signal` aborts while it waits.
		 * `onWait` is called if there is no room yet.
		 */
		async run<T>(work: () => Promise<T>, options: EnterOptions): Promise<T> {
			await enter(options);
			return occupy(work);
		},
		/** Runs `work` at once and counts it: RunComfy already has its request. */
		join<T>(work: () => Promise<T>): Promise<T> {
			running += 1;
			return occupy(work);
		},
		/** Sets the limit of one owner; the smallest limit of all owners counts. */
		setLimit(owner: string, limit: number) {
			limits.set(owner, limit);
			admit();
		},
		dropLimit(owner: string) {
			last = Math.min(...limits.values());
			limits.delete(owner);
			admit();
		},
	};
}
