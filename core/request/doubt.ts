import type { RunComfyError } from '../errors';

/**
 * Whether a call that changes something may have been carried out although it ended with this error.
 * A refusal is certain; anything that went wrong on the way leaves it open.
 */
export function isDoubtful({ code, httpStatus }: RunComfyError): boolean {
	// RunComfy does not redirect: whatever does so stands in front of it, and passed nothing on.
	const redirect = httpStatus !== undefined && httpStatus >= 300 && httpStatus < 400;
	return code === 'service_unavailable' || (code === 'bad_response' && !redirect);
}
