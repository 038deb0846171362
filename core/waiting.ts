import { type ErrorFacts, RunComfyError } from './errors';
import type { Host } from './host';

/** @throws RunComfyError `aborted` if the signal has aborted */
export function throwIfAborted(signal: AbortSignal | undefined, facts: ErrorFacts = {}): void {
	if (signal?.aborted) throw abortedError(facts);
}

export function abortedError(facts: ErrorFacts = {}): RunComfyError {
	return new RunComfyError('aborted', 'The run was stopped', facts);
}

/** The longest timer of Node.js and browsers, in milliseconds. A longer timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The reason for aborts that only release timers and listeners. Without a reason, every abort creates an error with
 * a stack, which costs more than the rest of a wait.
 */
export const LET_GO = 'let go';

/**
 * Gives `work` a signal that aborts with `signal` or after `limitMs`. Rejects at that moment even if `work` ignores
 * its signal. @throws RunComfyError `aborted` in both cases; whatever `work` throws
 */
export async function withTimeLimit<T>(
	host: Host,
	limitMs: number,
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	throwIfAborted(signal);
	const limit = timeLimit(host, limitMs, signal);
	const stopped = new Promise<never>((_resolve, reject) => {
		limit.signal.addEventListener('abort', () => reject(abortedError()));
	});
	return Promise.race([work(limit.signal), stopped]).finally(limit.release);
}

/** A signal that aborts with `signal` or after `limitMs`, unless it is released before. */
function timeLimit(
	host: Host,
	limitMs: number,
	signal?: AbortSignal,
): { signal: AbortSignal; release: () => void } {
	const limit = new AbortController();
	const released = new AbortController();
	const stop = () => limit.abort();
	signal?.addEventListener('abort', stop);
	if (limitMs <= LONGEST_TIMER_MS) host.sleep(limitMs, released.signal).then(stop, () => undefined);
	return {
		signal: limit.signal,
		release() {
			// Removed by hand: with `{ signal }`, Node.js would keep the listener as long as the other signal exists.
			signal?.removeEventListener('abort', stop);
			released.abort(LET_GO);
		},
	};
}

/** Sleeps on the host's clock. @throws RunComfyError `aborted` when `signal` aborts */
export async function pause(
	host: Host,
	ms: number,
	signal: AbortSignal | undefined,
	facts: ErrorFacts = {},
): Promise<void> {
	throwIfAborted(signal, facts);
	try {
		await host.sleep(ms, signal);
	} catch (thrown) {
		throwIfAborted(signal, facts);
		throw thrown;
	}
	throwIfAborted(signal, facts);
}

/**
 * Converts a wall-clock time (milliseconds since the epoch) to the monotonic clock. A time in the future becomes
 * now: the wall clock must have been set back.
 */
export function toMonotonic(host: Host, epochMs: number): number {
	return host.monotonic() - Math.max(0, host.now() - epochMs);
}

/** The result of one attempt. `F` carries what the caller needs to decide on another attempt. */
export type Attempt<T, F> = { ok: true; value: T } | (F & { ok: false });

/** The value of an attempt. @throws the error of a failed one */
export function valueOf<T, F extends { error: unknown }>(last: Attempt<T, F>): T {
	if (last.ok) return last.value;
	throw last.error;
}

/** Runs `work` and returns its value or its error. Never rejects. */
export async function attemptOf<T>(work: () => Promise<T>): Promise<Settled<T>> {
	try {
		return { ok: true, value: await work() };
	} catch (error) {
		return { ok: false, error };
	}
}

/** The value or the error of a finished piece of work. */
export type Settled<T> = Attempt<T, { error: unknown }>;

/** Milliseconds after which a loop lets other work of the process run. */
const TURN_MS = 20;

/**
 * Returns a function for long loops. Await it after each item: now and then it pauses, so that other work of the
 * host can run.
 */
export function takingTurns(host: Pick<Host, 'monotonic' | 'sleep'>): () => Promise<void> {
	let since = host.monotonic();
	let pause: Promise<void> | undefined;
	const wait = async () => {
		await host.sleep(0);
		since = host.monotonic();
		pause = undefined;
	};
	return async () => {
		if (!pause && host.monotonic() - since < TURN_MS) return;
		// All lanes share one pause. With a pause for each, the lanes would run one after the other.
		await (pause ??= wait());
	};
}

/**
 * Runs `work` on all items, at most `limit` at a time. Returns the values and errors in the order of the items; if one
 * fails, the rest go on.
 */
export async function mapSettled<I, O>(
	items: readonly I[],
	limit: number,
	work: (item: I, index: number) => Promise<O>,
): Promise<Array<Settled<O>>> {
	const settled: Array<Settled<O>> = [];
	const queue = items.entries();
	const lane = async () => {
		for (const [index, item] of queue) settled[index] = await attemptOf(() => work(item, index));
	};
	const lanes = Math.max(1, Math.min(Math.floor(limit) || 1, items.length));
	await Promise.all(Array.from({ length: lanes }, lane));
	return settled;
}
