// When the next status call is due, moment by moment. polling.test.mts tests what that means for whole runs.
import { describe, expect, it } from '@jest/globals';
import { pollDelay, type PollingMoment } from '../../../core/request/polling';

/** Milliseconds until the next status call. */
const after = (elapsedMs: number, state: PollingMoment['state'], inFlight = 1) =>
	pollDelay({ state, elapsedMs, inFlight });

describe('in the queue', () => {
	it.each([
		[0, 2_000],
		[1_000, 1_000],
		[10_000, 4_000],
		[30_000, 12_000],
		[600_000, 12_000],
	])('for %i ms: in %i ms, however many are in flight', (elapsedMs, ms) => {
		expect(after(elapsedMs, 'in_queue')).toBe(ms);
		expect(after(elapsedMs, 'in_queue', 200)).toBe(ms);
	});
});

describe('in progress', () => {
	it.each([
		[0, 1_500],
		[29_999, 1_500],
		[30_000, 3_000],
		[119_999, 3_000],
		[120_000, 5_000],
		[599_999, 5_000],
		[600_000, 10_000],
		[7_200_000, 10_000],
	])('for %i ms: in %i ms', (elapsedMs, ms) => expect(after(elapsedMs, 'in_progress')).toBe(ms));

	it.each([
		[20, 1_500],
		[40, 3_000],
		[200, 15_000],
	])('with %i requests in flight: in %i ms', (inFlight, ms) => {
		expect(after(0, 'in_progress', inFlight)).toBe(ms);
	});
});
