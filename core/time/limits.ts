import { type ErrorFacts, RunComfyError } from '../errors';
import type { Host } from '../host';

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
 * The reason of an abort that only lets go of timers and listeners. Without one, each abort makes an
 * error with its stack, which costs more than the rest of a wait.
 */
export const LET_GO = 'let go';

/**
 * Gives `work` a signal that aborts with `signal` and after `limitMs`, and does not wait for it any
 * longer than that, even where it takes no notice.
 * @throws RunComfyError `aborted` in both cases; whatever `work` throws.
 */
export async function withTimeLimit<T>(
	host: Host,
	limitMs: number,
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	throwIfAborted(signal);
	const limit = new AbortController();
	const settled = new AbortController();
	let stop = () => undefined as void;
	const stopped = new Promise<never>((_resolve, reject) => {
		stop = () => {
			limit.abort();
			reject(abortedError());
		};
		signal?.addEventListener('abort', stop);
		if (limitMs > LONGEST_TIMER_MS) return;
		host.sleep(limitMs, settled.signal).then(stop, () => undefined);
	});
	return Promise.race([work(limit.signal), stopped]).finally(() => {
		// By name: a listener that another signal lets go of is held by Node.js for as long as its own lives.
		signal?.removeEventListener('abort', stop);
		settled.abort(LET_GO);
	});
}
