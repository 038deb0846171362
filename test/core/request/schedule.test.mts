// When the next status call is due, moment by moment. What that means for whole runs: polling.test.mts.
import { describe, expect, it } from '@jest/globals';
import { pollDelay, type PollingMoment, wantsResultProbe } from '../../../core/request/polling';

type Moment = Partial<Omit<PollingMoment, 'elapsedMs' | 'expected'>>;

/** Milliseconds until the next status call, after so many; `known` are the shortest and longest run, in seconds. */
function after(elapsedMs: number, known?: [number, number], moment: Moment = {}): number {
	const [shortestMs = 0, longestMs = 0] = (known ?? []).map((s) => 1_000 * s);
	const expected = known && { shortestMs, longestMs, typicalMs: longestMs };
	return Math.round(pollDelay({ state: 'in_progress', elapsedMs, expected, ...moment }));
}

describe('in the queue', () => {
	it.each<[number, [number, number] | undefined, number]>([
		[0, undefined, 2_000],
		[1_000, undefined, 1_000],
		[10_000, undefined, 4_000],
		[30_000, undefined, 12_000],
		[60_000, undefined, 12_000],
		[0, [10, 10], 1_000],
		[0, [300, 400], 6_000],
		[1, [300, 400], 18_000],
		[60_000, [300, 400], 24_000],
		[200_000, [300, 400], 30_000],
		[200_000, [60, 60], 12_000],
		[1_000_000, [3_600, 3_600], 60_000],
	])('for %i ms, known runs of %j s: in %i ms', (elapsedMs, known, ms) => {
		expect(after(elapsedMs, known, { state: 'in_queue' })).toBe(ms);
	});
});

describe('the first run of a deployment', () => {
	it.each([
		[0, 1_600],
		[10_000, 2_000],
		[15_000, 2_200],
		[22_999, 2_200],
		[23_000, 3_405],
		[100_000, 7_100],
		[3_600_000, 42_600],
		[7_200_000, 60_000],
	])('after %i ms: in %i ms', (elapsedMs, ms) => expect(after(elapsedMs)).toBe(ms));

	it('has longer steps after a long queue', () => {
		expect(after(0, undefined, { waitedMs: 60_000 })).toBe(5_400);
		expect(after(0, undefined, { waitedMs: 100_000 })).toBe(6_000);
		expect(after(100_000, undefined, { waitedMs: 200_000 })).toBe(7_100);
	});
});

describe('a run of a deployment with known run times', () => {
	it.each<[number, [number, number], number]>([
		// Long before the end, in growing steps.
		[0, [2, 2], 1_000],
		[0, [300, 300], 30_000],
		[100_000, [300, 300], 80_000],
		[3_000_000, [7_200, 7_200], 300_000],
		// The next call is the one at the expected end.
		[1_000, [2, 2], 1_000],
		[200_000, [300, 300], 100_000],
		[299_500, [300, 300], 800],
		[6_850_000, [7_200, 7_200], 300_000],
		[7_000_000, [7_200, 7_200], 200_000],
		// Near the end in fine steps, the finer the less the runs differ.
		[2_000, [2, 2], 800],
		[300_000, [300, 300], 9_000],
		[96_000, [100, 103], 1_000],
		[97_000, [100, 103], 2_910],
		[93_000, [100, 110], 1_000],
		[94_000, [100, 110], 2_820],
		[94_000, [100, 160], 4_230],
		[94_000, [100, 200], 13_160],
		[3_000_000, [2_900, 2_900], 60_000],
		// Past it like the first run.
		[338_999, [300, 300], 10_170],
		[400_000, [300, 300], 14_200],
	])('after %i ms, known runs of %j s: in %i ms', (elapsedMs, known, ms) => {
		expect(after(elapsedMs, known)).toBe(ms);
	});

	it('may have begun earlier than it was seen', () => {
		expect(after(310_000, [300, 300], { uncertainMs: 20_000 })).toBe(9_000);
		expect(after(320_000, [300, 300], { uncertainMs: 5_000 })).toBe(9_450);
		expect(after(345_000, [300, 300])).toBe(13_188);
		expect(after(345_000, [300, 300], { uncertainMs: 10_000 })).toBe(10_050);
	});
});

describe('while others wait', () => {
	const othersWait = true;

	it.each<[number, [number, number] | undefined, number]>([
		[0, undefined, 800],
		[10_000, undefined, 800],
		[100_000, undefined, 5_000],
		[50_000, [100, 200], 10_000],
		[150_000, [100, 200], 7_500],
		[100_000, [100, 200], 5_000],
		[100_000, [100, 160], 4_500],
	])('after %i ms, known runs of %j s: in %i ms', (elapsedMs, known, ms) => {
		expect(after(elapsedMs, known, { othersWait })).toBe(ms);
	});
});

describe('a run that is watched closely', () => {
	it.each<[number, [number, number] | undefined, number]>([
		[0, undefined, 800],
		[59_000, undefined, 800],
		[300_000, undefined, 4_000],
		[300_000, [290, 310], 4_000],
		// The end is known to be far.
		[30_000, [290, 310], 29_000],
	])('after %i ms, known runs of %j s: in %i ms', (elapsedMs, known, ms) => {
		expect(after(elapsedMs, known, { closely: true })).toBeCloseTo(ms);
	});
});

it('every fourth status call, later every eighth, comes with a read of the result', () => {
	const counts = Array.from({ length: 40 }, (_, index) => index + 1);
	expect(counts.filter(wantsResultProbe)).toEqual([4, 8, 12, 16, 24, 32, 40]);
});
