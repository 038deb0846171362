// Until when an execution is parked at a time, by what is known of its requests.
import { describe, expect, it } from '@jest/globals';
import { createRunTimes, learnRunTime } from '../../../core/request/runTimes.ts';
import type { WatchedRequest } from '../../../nodes/RunComfy/wait/calls.ts';
import { parkUntil } from '../../../nodes/RunComfy/wait/times.ts';

const REF = { deploymentId: 'dep', requestId: 'req' };
const SUBMIT = Date.parse('2026-01-01T00:00:00Z');

/** The moments, in seconds after the submit, when n8n's timer comes for a run that takes long. */
function timers(told: 'proven' | 'untried' | undefined, { untilS, knownS = [] }: Run): number[] {
	const runTimes = createRunTimes();
	for (const seconds of knownS) learnRunTime(runTimes, 'dep', 1_000 * seconds);
	const moments: number[] = [];
	for (let now = SUBMIT; now < SUBMIT + 1_000 * untilS; ) {
		const open = [{ ref: REF, submittedAt: SUBMIT, told }];
		now = parkUntil(now, open, { runTimes, allSubmitted: true });
		moments.push((now - SUBMIT) / 1_000);
	}
	return moments;
}

interface Run {
	untilS: number;
	knownS?: readonly number[];
}

describe('the time for which an execution is parked', () => {
	it.each([
		['by polls alone: a minute and a half', undefined, { untilS: 300 }, [90, 180, 270, 360]],
		['calls that nobody has heard yet: as long', 'untried', { untilS: 200 }, [90, 180, 270]],
		['calls that come: one timer in five minutes', 'proven', { untilS: 300 }, [90, 360]],
		['… and at most half an hour', 'proven', { untilS: 5_000 }, [90, 360, 1_440, 3_240, 5_040]],
		[
			'… and after the longest of the known runs',
			'proven',
			{ untilS: 300, knownS: [300, 310, 320] },
			[394],
		],
		[
			'known runs: until the shortest ends',
			undefined,
			{ untilS: 300, knownS: [280, 300] },
			[280, 370],
		],
	] as const)('%s', (_what, told, run, expected) => {
		expect(timers(told, run)).toEqual(expected);
	});

	const untilOf = (
		open: readonly WatchedRequest[],
		{ knownS = {}, allSubmitted = true }: { knownS?: object; allSubmitted?: boolean } = {},
	) => {
		const runTimes = createRunTimes();
		for (const [id, seconds] of Object.entries(knownS)) {
			learnRunTime(runTimes, id, 1_000 * Number(seconds));
		}
		return (parkUntil(SUBMIT, open, { runTimes, allSubmitted }) - SUBMIT) / 1_000;
	};
	const long = { ref: { ...REF, deploymentId: 'long' } };
	const longer = { ref: { ...REF, deploymentId: 'longer' } };
	const knownS = { long: 300, longer: 500 };

	it('is that of the longest', () => {
		expect(untilOf([long, longer, { ref: REF }], { knownS })).toBe(500);
	});

	it('is short while something is not submitted yet', () => {
		expect(untilOf([long], { knownS, allSubmitted: false })).toBe(90);
		expect(untilOf([], { allSubmitted: false })).toBe(90);
	});

	it('counts from the submit', () => {
		const submittedAt = SUBMIT - 100_000;
		expect(untilOf([{ ...long, submittedAt }], { knownS })).toBe(200);
		expect(untilOf([{ ...long, submittedAt, told: 'proven' }], { knownS })).toBe(300);
		expect(untilOf([{ ...longer, submittedAt, told: 'proven' }], { knownS })).toBe(510);
	});

	it('ends with the first timeout, and not before a second has passed', () => {
		const after = (...seconds: number[]) =>
			untilOf(
				seconds.map((s) => ({ ...long, deadline: SUBMIT + 1_000 * s })),
				{ knownS },
			);
		expect([after(200), after(200, 40), after(400)]).toEqual([200, 40, 300]);
		expect([after(1.5), after(0.5), after(-60)]).toEqual([1.5, 1, 1]);
		expect(untilOf([{ ...long, deadline: undefined }], { knownS })).toBe(300);
	});
});
