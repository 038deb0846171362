import { type ErrorFacts, RunComfyError } from './errors';
import type { Host } from './host';

/** @throws RunComfyError `aborted` when the signal has aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, facts: ErrorFacts = {}): void {
	if (signal?.aborted) throw abortedError(facts);
}

export function abortedError(facts: ErrorFacts = {}): RunComfyError {
	return new RunComfyError('aborted', 'The run was stopped', facts);
}

/** Milliseconds: the longest timer of Node.js and browsers; a longer one fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * For an abort that only releases timers and listeners: without a reason, each makes an error with its stack,
 * which costs more than the rest of a wait.
 */
export const LET_GO = 'let go';

/**
 * Gives `work` a signal that aborts with `signal` and after `limitMs`, and waits no longer, even if `work`
 * ignores it. @throws RunComfyError `aborted` in both cases; whatever `work` throws
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

/** A signal that aborts with `signal` and after `limitMs`, until it is released. */
export function timeLimit(
	host: Pick<Host, 'sleep'>,
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
			// By hand: with `{ signal }`, Node.js would keep the listener for as long as the other signal lives.
			signal?.removeEventListener('abort', stop);
			released.abort(LET_GO);
		},
	};
}

/**
 * Sleeps on the host's clock, or until `until` aborts. @returns whether that cut it short
 * @throws RunComfyError `aborted` when `signal` aborts
 */
export async function pause(
	host: Host,
	ms: number,
	signal: AbortSignal | undefined,
	facts: ErrorFacts = {},
	until?: AbortSignal | undefined,
): Promise<boolean> {
	throwIfAborted(signal, facts);
	const either = anyOf(signal, until);
	try {
		if (!until?.aborted) await host.sleep(ms, either.signal);
	} catch (thrown) {
		throwIfAborted(signal, facts);
		if (!until?.aborted) throw thrown;
	} finally {
		either.release();
	}
	throwIfAborted(signal, facts);
	return until?.aborted === true;
}

/** A signal that aborts with any of these. Unlike `AbortSignal.any`, it can be released. */
function anyOf(...sources: Array<AbortSignal | undefined>): {
	signal: AbortSignal | undefined;
	release: () => void;
} {
	const given = sources.filter((source) => source !== undefined);
	if (given.length < 2) return { signal: given[0], release: () => undefined };
	const either = new AbortController();
	const stop = () => either.abort();
	for (const source of given) source.addEventListener('abort', stop);
	return {
		signal: either.signal,
		release() {
			for (const source of given) source.removeEventListener('abort', stop);
		},
	};
}

/**
 * Converts a time of the wall clock (milliseconds since the epoch) to the monotonic clock. A time that seems to be
 * in the future becomes now: the wall clock has been set back since.
 */
export function toMonotonic(host: Host, epochMs: number): number {
	return host.monotonic() - Math.max(0, host.now() - epochMs);
}

/** How one attempt went. `F` carries what the caller needs to decide on another one. */
export type Attempt<T, F> = { ok: true; value: T } | (F & { ok: false });

/**
 * The one loop behind every retry of the core.
 * @param delayAfter gets the failed attempt and its number, from 1, and gives milliseconds; undefined gives up
 * @returns the last attempt
 * @throws whatever `attempt` and `wait` throw, such as `aborted`
 */
export async function repeat<T, F>(
	attempt: () => Promise<Attempt<T, F>>,
	delayAfter: (failed: F, number: number) => number | undefined,
	wait: (ms: number, failed: F, number: number) => Promise<void>,
): Promise<Attempt<T, F>> {
	for (let number = 1; ; number += 1) {
		const last = await attempt();
		if (last.ok) return last;
		const delayMs = delayAfter(last, number);
		if (delayMs === undefined) return last;
		await wait(delayMs, last, number);
	}
}

/** The value of an attempt. @throws the error of a failed one */
export function valueOf<T, F extends { error: unknown }>(last: Attempt<T, F>): T {
	if (last.ok) return last.value;
	throw last.error;
}

/** Never rejects. */
export async function attemptOf<T>(work: () => Promise<T>): Promise<Settled<T>> {
	try {
		return { ok: true, value: await work() };
	} catch (error) {
		return { ok: false, error };
	}
}

/** How one attempt went, or why it failed. */
export type Settled<T> = Attempt<T, { error: unknown }>;

/** Milliseconds after which a loop lets everything else run. */
const TURN_MS = 20;

/** For a loop over items, to be awaited between them: every so often it lets everything else of the host run. */
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
		// One pause for all lanes: with one each, they would run one after the other.
		await (pause ??= wait());
	};
}

/** At most `limit` at a time; gives the outcome of each, in the items' own order. If one fails, the others go on. */
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
