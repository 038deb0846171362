import { type RunComfyError, toRunComfyError } from '../errors';
import type { Host } from '../host';
import { throwIfAborted, withTimeLimit } from '../waiting';

/** How a call is repeated if it may be. */
export interface RetryPolicy {
	/** Calls in all, the first included. */
	attempts: number;
	/** Milliseconds: upper end of the first wait; doubles with each further one. */
	baseMs: number;
	/** Milliseconds: upper end of any wait that the service did not ask for itself. */
	capMs: number;
	/** Milliseconds that a Retry-After header may ask for; beyond it the user gets the error. */
	maxRetryAfterMs?: number;
	/** Milliseconds from the first call, from which no further one begins. */
	withinMs?: number;
}

export const READ_RETRIES: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 20_000 };

/** While a paid request runs, an outage of some minutes must not lose it. */
export const WATCH_RETRIES: RetryPolicy = {
	attempts: 30,
	baseMs: 500,
	capMs: 30_000,
	maxRetryAfterMs: 900_000,
};

/** A submit is repeated only if it did not arrive, or was refused for now. */
export const SUBMIT_RETRIES: RetryPolicy = {
	attempts: 4,
	baseMs: 2_000,
	capMs: 20_000,
	withinMs: 120_000,
};

/** For a form, or before a submit: the user is waiting, and would rather see what is wrong. */
export const LOOK_UP_RETRIES: RetryPolicy = {
	attempts: 2,
	baseMs: 300,
	capMs: 1_000,
	maxRetryAfterMs: 2_000,
};

export const NO_RETRIES: RetryPolicy = { attempts: 1, baseMs: 0, capMs: 0 };

const MAX_RETRY_AFTER_MS = 120_000;

/**
 * Milliseconds to wait after failed attempt number `attempt` (from 1), or undefined to give up. With full
 * jitter, so that many flows do not come back at once; what the service asked for is never cut short.
 */
export function retryDelay(
	policy: RetryPolicy,
	attempt: number,
	retryAfterMs: number | undefined,
): number | undefined {
	if (attempt >= policy.attempts) return undefined;
	if (retryAfterMs !== undefined) {
		if (retryAfterMs > (policy.maxRetryAfterMs ?? MAX_RETRY_AFTER_MS)) return undefined;
		return retryAfterMs + jitter(policy.baseMs);
	}
	return jitter(Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1)));
}

function jitter(ceilingMs: number): number {
	return Math.ceil(ceilingMs * Math.random());
}

/** A date counts from the answer's own date, if it has one: the clock here may be wrong. */
export function retryAfterOf(headers: Record<string, string>, now: number): number | undefined {
	const sentAt = Date.parse(headers['date'] ?? '');
	return parseRetryAfter(headers['retry-after'], Number.isNaN(sentAt) ? now : sentAt);
}

/** Milliseconds of a `Retry-After` header: seconds or an HTTP date; undefined if neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
	const text = header?.trim() ?? '';
	if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
	// `Date.parse` alone makes a date of almost anything, such as "-1" or "soon 5".
	if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
	const date = Date.parse(text);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Milliseconds: a check that saves money must not cost much time when the service hangs. */
const LOOK_UP_MS = 10_000;

/** What a look-up before a submit gave, or in words why it gave nothing. */
export type LookedUp<T> = { value: T } | { why: string; error: RunComfyError };

export interface LookUpOptions {
	signal?: AbortSignal | undefined;
	/** Called whenever something is not known, before RunComfy is asked for it. */
	onAsk?: (() => void) | undefined;
}

/** Asks for what the check before a submit needs, within 10 s. @throws RunComfyError `aborted` */
export async function lookUp<T>(
	host: Host,
	signal: AbortSignal | undefined,
	work: (calls: { signal: AbortSignal; retries: RetryPolicy }) => Promise<T>,
): Promise<LookedUp<T>> {
	try {
		const calls = (bounded: AbortSignal) => ({ signal: bounded, retries: LOOK_UP_RETRIES });
		return { value: await withTimeLimit(host, LOOK_UP_MS, signal, (limit) => work(calls(limit))) };
	} catch (thrown) {
		throwIfAborted(signal);
		const error = toRunComfyError(thrown, 'bad_response');
		const late = error.code === 'aborted';
		return { error, why: late ? `no answer within ${LOOK_UP_MS / 1000} s` : error.message };
	}
}

export function notChecked(why: string): string {
	return `The inputs were not checked before the submit: ${why}`;
}
