import type { RunComfyError } from './errors';

/** How calls that may be repeated are repeated. */
export interface RetryPolicy {
	/** Calls in all, the first included. */
	attempts: number;
	/** Milliseconds: upper end of the first wait; doubles with each further one. */
	baseMs: number;
	/** Milliseconds: upper end of any wait that the service did not ask for itself. */
	capMs: number;
}

export const READ_RETRIES: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 20_000 };

/** While a paid request runs, an outage of some minutes must not lose it. */
export const WATCH_RETRIES: RetryPolicy = { attempts: 16, baseMs: 500, capMs: 30_000 };

/** A submit is repeated only where it provably did not arrive. */
export const SUBMIT_RETRIES: RetryPolicy = { attempts: 5, baseMs: 1_000, capMs: 20_000 };

export const NO_RETRIES: RetryPolicy = { attempts: 1, baseMs: 0, capMs: 0 };

/** Longest wait that a Retry-After header may ask for; past it the error is given to the user. */
export const MAX_RETRY_AFTER_MS = 120_000;

/** What a caller may show while the client waits to repeat a call. */
export interface RetryNotice {
	/** Number of the attempt that failed, from 1. */
	attempt: number;
	/** Milliseconds until the next one. */
	delayMs: number;
	error: RunComfyError;
}

/**
 * Milliseconds to wait after failed attempt number `attempt` (from 1), or undefined to give up.
 * Exponential with full jitter, so that many flows do not come back at the same moment.
 */
export function retryDelay(
	policy: RetryPolicy,
	attempt: number,
	retryAfterMs: number | undefined,
): number | undefined {
	if (attempt >= policy.attempts) return undefined;
	if (retryAfterMs !== undefined) {
		return retryAfterMs <= MAX_RETRY_AFTER_MS ? retryAfterMs : undefined;
	}
	const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
	return Math.ceil(ceiling * Math.random());
}

/** Milliseconds that a `Retry-After` header asks for: seconds or an HTTP date. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
	if (header === undefined) return undefined;
	const text = header.trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
	const date = Date.parse(text);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
