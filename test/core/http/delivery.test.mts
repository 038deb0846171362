import { expect, it } from '@jest/globals';
import { RunComfyError } from '../../../core/errors';
import { isOutcomeUnknown } from '../../../core/http/exchange';

it.each([
	['service_unavailable', undefined, true],
	['service_unavailable', 500, true],
	['bad_response', undefined, true],
	['bad_response', 200, true],
	['bad_response', 299, true],
	['bad_response', 300, false],
	['bad_response', 307, false],
	['bad_response', 399, false],
	['bad_response', 400, true],
	['rate_limited', 429, false],
	['auth_failed', 401, false],
	['invalid_request', 422, false],
] as const)(
	'%s with HTTP %p: whether it may have been carried out: %p',
	(code, httpStatus, unknown) => {
		const error = new RunComfyError(code, 'x', { httpStatus });
		const failed = { error, undelivered: false, retryAfterMs: undefined };
		expect(isOutcomeUnknown(failed)).toBe(unknown);
		expect(isOutcomeUnknown({ ...failed, undelivered: true })).toBe(false);
	},
);
