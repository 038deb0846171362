import { RunComfyError } from '../errors';

/** What is known when a look at a request was refused. Moments in milliseconds of the host's monotonic clock. */
export interface RefusedLook {
	now: number;
	/** Since when there is something to see: the submit, or the end of the run for its result. */
	newSince: number;
	/** When looks began to be refused. */
	refusedSince: number;
	/** Whether this account is known to have submitted the request, or has seen it before. */
	known: boolean;
	/** When the wait ends. */
	deadline: number;
}

/** Milliseconds in which a 404 may only mean that something new is not visible yet. */
const NOT_FOUND_GRACE_MS = 15_000;
const NOT_FOUND_STEP_MS = 2_000;

/** Milliseconds in which a token that was replaced should be put right. */
const REFUSED_GRACE_MS = 300_000;
const REFUSED_STEP_MS = 15_000;

/**
 * Milliseconds until another look after one that was refused, or undefined to give up: a refused look
 * is no reason to give up paid work at once.
 */
export function patienceDelay(error: unknown, look: RefusedLook): number | undefined {
	const { now, newSince, refusedSince, known, deadline } = look;
	const code = error instanceof RunComfyError ? error.code : undefined;
	if (code === 'not_found') {
		return now - newSince < NOT_FOUND_GRACE_MS ? NOT_FOUND_STEP_MS : undefined;
	}
	if (code !== 'auth_failed' && code !== 'forbidden') return undefined;
	if (!known || now - refusedSince >= REFUSED_GRACE_MS) return undefined;
	// The refusal says more than a timeout would.
	return now + REFUSED_STEP_MS < deadline ? REFUSED_STEP_MS : undefined;
}
