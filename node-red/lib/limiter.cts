/** Lets at most so much work run at once; the rest waits in order of arrival. */
export interface Limiter {
	/**
	 * Runs `work` as soon as there is room. Rejects as soon as `signal` aborts while it waits.
	 * `onWait` is called when there is no room yet.
	 */
	run<T>(work: () => Promise<T>, options: { signal: AbortSignal; onWait: () => void }): Promise<T>;
	/** Runs `work` at once and lets it take room: it is under way at RunComfy already. */
	join<T>(work: () => Promise<T>): Promise<T>;
	/** Sets the limit of one owner; the smallest limit of all owners counts. */
	setLimit(owner: string, limit: number): void;
	dropLimit(owner: string): void;
}

export function createLimiter(): Limiter {
	const limits = new Map<string, number>();
	const waiting = new Set<() => void>();
	let running = 0;
	// A deploy drops an owner before its successor is there: work that waits must not slip in between.
	let last = Infinity;

	const admit = () => {
		for (const enter of waiting) {
			if (running >= (limits.size > 0 ? Math.min(...limits.values()) : last)) return;
			waiting.delete(enter);
			running += 1;
			enter();
		}
	};

	const enter = (signal: AbortSignal, onWait: () => void) =>
		new Promise<void>((resolve, reject) => {
			signal.throwIfAborted();
			const leave = () => {
				waiting.delete(start);
				reject(signal.reason);
			};
			const start = () => {
				signal.removeEventListener('abort', leave);
				resolve();
			};
			signal.addEventListener('abort', leave, { once: true });
			waiting.add(start);
			admit();
			if (waiting.has(start)) onWait();
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
		async run(work, { signal, onWait }) {
			await enter(signal, onWait);
			return occupy(work);
		},
		join(work) {
			running += 1;
			return occupy(work);
		},
		setLimit(owner, limit) {
			limits.set(owner, limit);
			admit();
		},
		dropLimit(owner) {
			last = Math.min(...limits.values());
			limits.delete(owner);
			admit();
		},
	};
}
