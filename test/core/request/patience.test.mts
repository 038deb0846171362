import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, RunComfyError } from '../../../core/index';
import { patienceDelay, type RefusedCall } from '../../../core/request/statusCalls';

const error = (code: ErrorCode) => new RunComfyError(code, 'x', {});

const look = (more: Partial<RefusedCall> = {}): RefusedCall => ({
	...{ now: 100_000, newSince: 0, refusedSince: 100_000, known: true, deadline: Infinity },
	...more,
});

describe('a look that was refused', () => {
	it.each([
		[85_000, undefined],
		[85_001, 2_000],
		[100_000, 2_000],
	])('as not found is repeated while what it looks for is new (since %i)', (newSince, delay) => {
		expect(patienceDelay(error('not_found'), look({ newSince }))).toBe(delay);
		expect(patienceDelay(error('not_found'), look({ newSince, known: false }))).toBe(delay);
	});

	it.each(['auth_failed', 'forbidden'] as const)(
		'as %s is repeated for five minutes, in which a token may be replaced',
		(code) => {
			const delayAt = (now: number) =>
				patienceDelay(error(code), look({ now, refusedSince: 100_000 }));
			expect(delayAt(100_000)).toBe(15_000);
			expect(delayAt(399_999)).toBe(15_000);
			expect(delayAt(400_000)).toBeUndefined();
		},
	);

	it.each(['auth_failed', 'forbidden'] as const)(
		'as %s is told at once where the request may be of another account',
		(code) => {
			expect(patienceDelay(error(code), look({ known: false }))).toBeUndefined();
		},
	);

	it('is told rather than that the time is over', () => {
		const delayBefore = (deadline: number) =>
			patienceDelay(error('auth_failed'), look({ deadline }));
		expect(delayBefore(115_001)).toBe(15_000);
		expect(delayBefore(115_000)).toBeUndefined();
	});

	it.each([error('service_unavailable'), error('aborted'), new Error('x'), 'x', undefined])(
		'for another reason is not repeated here: %p',
		(other) => {
			expect(patienceDelay(other, look({ newSince: 100_000 }))).toBeUndefined();
		},
	);
});
