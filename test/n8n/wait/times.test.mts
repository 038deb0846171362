// Until when an execution is parked at a time, by what is known of its requests.
import { describe, expect, it } from '@jest/globals';
import { createRunTimes, learnRunTime } from '../../../core/request/runTimes.ts';
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
});
