/**
 * A clock that runs hours in milliseconds: whenever nothing else is left to do, it jumps to the next
 * sleeper. Sleepers of the same moment wake in the order in which they went to sleep.
 */
export interface VirtualClock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms` of this clock; rejects as soon as `signal` aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Stops the clock while real work (a socket) is under way. */
	hold<T>(work: Promise<T>): Promise<T>;
	/** Sleepers that are left. */
	sleeping(): number;
}

interface Sleeper {
	at: number;
	wake: () => void;
}

export const EPOCH = Date.parse('2026-07-01T10:00:00Z');

export function createVirtualClock(startAt = EPOCH): VirtualClock {
	const sleepers = new Set<Sleeper>();
	let now = startAt;
	let held = 0;
	let scheduled = false;

	const schedule = () => {
		if (scheduled || held > 0 || sleepers.size === 0) return;
		scheduled = true;
		// After every promise that can go on without the clock has done so.
		setImmediate(tick);
	};

	const tick = () => {
		scheduled = false;
		if (held > 0) return;
		const next = [...sleepers].reduce<Sleeper | undefined>(
			(first, sleeper) => (first && first.at <= sleeper.at ? first : sleeper),
			undefined,
		);
		if (next) {
			sleepers.delete(next);
			now = Math.max(now, next.at);
			next.wake();
		}
		schedule();
	};

	return {
		now: () => now,
		sleep: (ms, signal) =>
			new Promise((resolve, reject) => {
				if (signal?.aborted) return reject(abortError());
				const giveUp = () => {
					sleepers.delete(sleeper);
					reject(abortError());
				};
				const sleeper = {
					at: now + ms,
					wake: () => {
						signal?.removeEventListener('abort', giveUp);
						resolve();
					},
				};
				signal?.addEventListener('abort', giveUp, { once: true });
				sleepers.add(sleeper);
				schedule();
			}),
		hold(work) {
			held += 1;
			return work.finally(() => {
				held -= 1;
				schedule();
			});
		},
		sleeping: () => sleepers.size,
	};
}

export function abortError(): Error {
	return Object.assign(new Error('The operation was aborted'), {
		name: 'AbortError',
		code: 'ABORT_ERR',
	});
}
