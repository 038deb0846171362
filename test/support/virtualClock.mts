import { waitsForDisk } from './eventLoop.mts';

/**
 * A clock that runs hours in milliseconds: whenever nothing else is in progress, it jumps to the next sleeper. Sleepers
 * of the same moment wake in the order in which they fell asleep.
 */
export interface VirtualClock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `ms` of this clock; rejects as soon as `signal` aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Advances even if nothing sleeps. */
	pass(ms: number): void;
	/** Advances during real work, and wakes due sleepers, which a held clock does not. */
	elapse(ms: number): void;
	/** Stops the clock, for example during real work (a socket), until the returned function is called. */
	hold(): () => void;
	/** Stops the clock during this work. */
	holdFor<T>(work: Promise<T>): Promise<T>;
	/** Called at every jump, before any sleeper wakes. */
	onJump(listener: () => Promise<void>): void;
	/** The number of sleepers. */
	sleeping(): number;
}

interface Sleeper {
	at: number;
	wake: () => void;
}

export const EPOCH = Date.parse('2026-07-01T10:00:00Z');

/**
 * @param options.idleTurns Turns of the event loop without work before the clock jumps: one lets every promise continue
 * that does not need the clock; work over sockets takes more.
 */
export function createVirtualClock(
	startAt = EPOCH,
	{ idleTurns = 1 }: { idleTurns?: number } = {},
): VirtualClock {
	const sleepers = new Set<Sleeper>();
	let now = startAt;
	let held = 0;
	let waiting = false;
	let jumped: (() => Promise<void>) | undefined;

	const start = () => {
		if (waiting || held > 0 || sleepers.size === 0) return;
		waiting = true;
		waitTurns(idleTurns);
	};

	const waitTurns = (turns: number) => {
		setImmediate(() => {
			const left = waitsForDisk() ? idleTurns : turns - 1;
			if (held === 0 && left > 0) return waitTurns(left);
			waiting = false;
			if (held === 0) void jump();
		});
	};

	const jump = async () => {
		const next = [...sleepers].reduce<Sleeper | undefined>(
			(first, sleeper) => (first && first.at <= sleeper.at ? first : sleeper),
			undefined,
		);
		if (!next) return;
		now = Math.max(now, next.at);
		waiting = true;
		if (jumped) await jumped();
		waiting = false;
		if (sleepers.delete(next)) next.wake();
		start();
	};

	const hold = () => {
		held += 1;
		let open = true;
		return () => {
			if (!open) return;
			open = false;
			held -= 1;
			start();
		};
	};

	return {
		now: () => now,
		pass(ms) {
			now += ms;
		},
		elapse(ms) {
			now += ms;
			const due = [...sleepers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
			for (const sleeper of due) if (sleepers.delete(sleeper)) sleeper.wake();
		},
		sleep: (ms, signal) =>
			new Promise((resolve, reject) => {
				if (signal?.aborted) return reject(abortError());
				// Takes no time, and so also ends while the clock is held.
				if (ms === 0) return void setImmediate(resolve);
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
				start();
			}),
		hold,
		holdFor: (work) => work.finally(hold()),
		onJump(listener) {
			jumped = listener;
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
