// The pause before a retry. test/faults covers which faults are retried.
import { describe, expect, it, jest } from '@jest/globals';
import { READ_RETRIES, retryDelay, WATCH_RETRIES } from '../../../core/http/retry';
import { NO_RETRIES, parseRetryAfter, retryAfterOf } from '../../../core/http/retry';
import { EPOCH } from '../../support/virtualClock.mts';

describe('the wait before another attempt', () => {
	it('takes its full range, which doubles up to a cap', () => {
		const policy = { attempts: 9, baseMs: 500, capMs: 3_000 };
		for (const share of [0, 0.5, 1]) {
			jest.spyOn(Math, 'random').mockReturnValue(share);
			const delays = [1, 2, 3, 4, 5].map((attempt) => retryDelay(policy, attempt, undefined));
			expect(delays).toEqual([500, 1_000, 2_000, 3_000, 3_000].map((ms) => ms * share));
		}
	});

	it('is as long as the service asks for, and only a little longer', () => {
		const policy = { attempts: 3, baseMs: 500, capMs: 3_000 };
		for (const share of [0, 0.5, 1]) {
			jest.spyOn(Math, 'random').mockReturnValue(share);
			expect(retryDelay(policy, 1, 7_000)).toBe(7_000 + 500 * share);
		}
	});

	it('ends after the last attempt, or if the service asks for too long a wait', () => {
		expect(retryDelay(READ_RETRIES, READ_RETRIES.attempts, undefined)).toBeUndefined();
		expect(retryDelay(READ_RETRIES, 1, 120_000)).toBeGreaterThanOrEqual(120_000);
		expect(retryDelay(READ_RETRIES, 1, 120_001)).toBeUndefined();
		expect(retryDelay(WATCH_RETRIES, 1, 300_000)).toBeGreaterThanOrEqual(300_000);
		expect(retryDelay(WATCH_RETRIES, 1, 300_001)).toBeUndefined();
		expect(retryDelay(NO_RETRIES, 1, 0)).toBeUndefined();
	});
});

describe('a Retry-After header', () => {
	it.each([
		[' 1.5 ', 1_500],
		['Wed, 01 Jul 2026 10:00:30 GMT', 30_000],
		['Wednesday, 01-Jul-26 10:00:30 GMT', 30_000],
		['Wed Jul  1 10:00:30 2026 GMT', 30_000],
		['Wed, 01 Jul 2026 09:00:00 GMT', 0],
		['-1', undefined],
		['soon 5', undefined],
		['Wed, 99 Foo 2026 10:00:30 GMT', undefined],
		[undefined, undefined],
		['5 apples', undefined],
		// Accepted by `Date.parse`, but invalid as HTTP dates.
		['(now) Wed, 01 Jul 2026 10:00:30 GMT', undefined],
		['Wed, 01 Jul 2026 1:00:30 GMT', undefined],
		['Wed, 01 Jul 2026 10:00:3 GMT', undefined],
	])('%j asks for %j ms', (header, ms) => {
		expect(parseRetryAfter(header, EPOCH)).toBe(ms);
	});

	it('that is a date counts from the date of its answer, however wrong our clock is', () => {
		const headers = { 'retry-after': new Date(EPOCH + 9_000).toUTCString() };
		const date = new Date(EPOCH).toUTCString();
		expect(retryAfterOf({ ...headers, date }, EPOCH + 3_600_000)).toBe(9_000);
		expect(retryAfterOf(headers, EPOCH + 4_000)).toBe(5_000);
		expect(retryAfterOf({ ...headers, date: 'today' }, EPOCH + 4_000)).toBe(5_000);
	});
});
