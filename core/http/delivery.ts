import type { FailedAttempt } from './exchange';

/**
 * Whether a call that changes something may have been carried out although it failed. A refusal is
 * certain; anything that went wrong on the way leaves it open.
 */
export function isOutcomeUnknown({ error, undelivered }: FailedAttempt): boolean {
	if (undelivered) return false;
	const { code, httpStatus } = error;
	// RunComfy does not redirect: whatever does so stands in front of it, and passed nothing on.
	const redirect = httpStatus !== undefined && httpStatus >= 300 && httpStatus < 400;
	return code === 'service_unavailable' || (code === 'bad_response' && !redirect);
}
