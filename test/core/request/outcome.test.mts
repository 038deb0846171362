// The outcome of a request after each error.
import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, type ErrorFacts } from '../../../core/errors';
import { CODES, requestOutcome, RunComfyError } from '../../../core/index';
import { type Outcome } from '../../../core/request/outcome';

const ID = { requestId: 'r' };

describe('what becomes of a request after an error', () => {
	it.each<[ErrorCode, ErrorFacts, Outcome]>([
		['run_failed', ID, { request: 'ended', status: 'failed' }],
		['run_canceled', ID, { request: 'ended', status: 'canceled' }],
		// The submit was answered with error 10011, so another run would be billed again.
		['run_failed', {}, { request: 'ended', status: 'failed' }],
		['submit_unconfirmed', {}, { request: 'unknown', status: 'unconfirmed' }],
		['submit_unconfirmed', ID, { request: 'unknown', status: 'unconfirmed' }],
		[
			'aborted',
			{ details: { submit: 'unconfirmed' } },
			{ request: 'unknown', status: 'unconfirmed' },
		],
		['aborted', {}, { request: 'never_started' }],
		['aborted', ID, { request: 'goes_on' }],
		['timed_out', ID, { request: 'goes_on' }],
		['auth_failed', ID, { request: 'goes_on' }],
		['auth_failed', {}, { request: 'never_started' }],
		['invalid_overrides', {}, { request: 'never_started' }],
		['service_unavailable', ID, { request: 'goes_on' }],
	])('%s with %j (P11)', (code, facts, expected) => {
		expect(requestOutcome(new RunComfyError(code, 'x', facts))).toEqual(expected);
	});

	it.each<[string, Outcome]>([
		['cancellation_requested', { request: 'ended', status: 'cancellation_requested' }],
		['not_cancellable', { request: 'goes_on' }],
		['unknown', { request: 'unknown', status: 'unknown' }],
		['no answer', { request: 'unknown', status: 'unknown' }],
		['a word of next year', { request: 'unknown', status: 'unknown' }],
	])('a cancel that was answered with %s', (cancel, expected) => {
		for (const code of ['aborted', 'timed_out'] as const) {
			const error = new RunComfyError(code, 'x', { ...ID, details: { cancel } });
			expect(requestOutcome(error)).toEqual(expected);
		}
	});

	it.each(Object.keys(CODES) as ErrorCode[])(
		'%s with a request id is never read as "nothing was paid for"',
		(code) => {
			const { request } = requestOutcome(new RunComfyError(code, 'x', ID));
			expect(request).not.toBe('never_started');
		},
	);
});
