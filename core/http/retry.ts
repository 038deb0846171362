/** How often and how fast a call is repeated. */
export interface RetryPolicy {
	/** Total number of calls, including the first. */
	attempts: number;
	/** Maximum of the first wait in milliseconds. Doubles with each further wait. */
	baseMs: number;
	/** Maximum of any wait in milliseconds, unless RunComfy asks for a longer one. */
	capMs: number;
	/** The longest Retry-After to follow, in milliseconds. If RunComfy asks for more, the user gets the error. */
	maxRetryAfterMs?: number;
	/** No call begins later than this many milliseconds after the first. */
	withinMs?: number;
}

/** Milliseconds for which calls about a paid request may fail in a row. */
export const WATCH_PATIENCE_MS = 300_000;

export const READ_RETRIES: RetryPolicy = { attempts: 6, baseMs: 500, capMs: 20_000 };

/** A paid request is running, and an outage of a few minutes must not lose its result. */
export const WATCH_RETRIES: RetryPolicy = {
	attempts: Infinity,
	baseMs: 500,
	capMs: 30_000,
	maxRetryAfterMs: WATCH_PATIENCE_MS,
	withinMs: WATCH_PATIENCE_MS,
};

/** A submit is repeated only if it did not reach RunComfy or was refused for now. */
export const SUBMIT_RETRIES = {
	attempts: 4,
	baseMs: 2_000,
	capMs: 20_000,
	withinMs: 120_000,
} satisfies RetryPolicy;

/** For forms and checks before a submit: a waiting user would rather see the error soon. */
export const LOOK_UP_RETRIES: RetryPolicy = {
	attempts: 2,
	baseMs: 300,
	capMs: 1_000,
	maxRetryAfterMs: 2_000,
};

export const NO_RETRIES: RetryPolicy = { attempts: 1, baseMs: 0, capMs: 0 };

const MAX_RETRY_AFTER_MS = 120_000;

/**
 * Milliseconds to wait after the failed attempt number `attempt` (from 1), or undefined to give up. Uses full
 * jitter, so that flows do not all retry at the same moment. Never shorter than RunComfy asked for.
 */
export function retryDelay(
	policy: RetryPolicy,
	attempt: number,
	retryAfterMs?: number,
): number | undefined {
	if (attempt >= policy.attempts) return undefined;
	if (retryAfterMs !== undefined) {
		if (retryAfterMs > (policy.maxRetryAfterMs ?? MAX_RETRY_AFTER_MS)) return undefined;
		return retryAfterMs + jitter(policy.baseMs);
	}
	return jitter(Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1)));
}

/**
 * Milliseconds until a submit that was refused for now is sent again; undefined once all attempts are made, or their time
 * is over. @param sinceMs milliseconds since the first of them
 */
export function submitDelay(
	attempt: number,
	sinceMs: number,
	retryAfterMs: number | undefined,
): number | undefined {
	const delayMs = retryDelay(SUBMIT_RETRIES, attempt, retryAfterMs);
	return delayMs !== undefined && sinceMs + delayMs < SUBMIT_RETRIES.withinMs ? delayMs : undefined;
}

function jitter(ceilingMs: number): number {
	return Math.ceil(ceilingMs * Math.random());
}

/** If Retry-After is a date, compares it with the answer's own date, because this machine's clock may be wrong. */
export function retryAfterOf(headers: Record<string, string>, now: number): number | undefined {
	const sentAt = Date.parse(headers['date'] ?? '');
	return parseRetryAfter(headers['retry-after'], Number.isNaN(sentAt) ? now : sentAt);
}

/** The milliseconds of a `Retry-After` header, which has seconds or an HTTP date; undefined if it has neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
	const value = header?.trim() ?? '';
	if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
	// `Date.parse` accepts almost anything as a date, such as "-1" or "soon 5".
	if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(value)) return undefined;
	const date = Date.parse(value);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
