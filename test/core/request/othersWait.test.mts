// Runs of a batch: another one cannot begin before one has been seen to end.
import { describe, expect, it } from '@jest/globals';
import { run } from '../../../core/index';
import { pollDelay } from '../../../core/request/polling';
import type { ExpectedRunTime } from '../../../core/request/runTimes';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

describe('a run for whose end others wait', () => {
	const lookAt = (elapsedMs: number, expected?: ExpectedRunTime) =>
		pollDelay({ state: 'in_progress', elapsedMs, expected, othersWait: true });

	it('is looked at every twentieth of the time it has run, where its end is not known', () => {
		expect(lookAt(60_000)).toBe(3_000);
		expect(lookAt(60_000, { shortestMs: 50_000, typicalMs: 80_000, longestMs: 90_000 })).toBe(
			3_000,
		);
		expect(lookAt(1_200_000)).toBeLessThan(30_000);
	});

	it('is looked at less often before any run was seen to end', () => {
		expect(lookAt(20_000, { shortestMs: 60_000, typicalMs: 80_000, longestMs: 300_000 })).toBe(
			4_000,
		);
	});

	it('is looked at as any other, where its end is known', () => {
		const expected = { shortestMs: 55_000, typicalMs: 60_000, longestMs: 65_000 };
		for (const elapsedMs of [0, 10_000, 52_000, 60_000]) {
			const alone = pollDelay({ state: 'in_progress', elapsedMs, expected });
			expect(lookAt(elapsedMs, expected)).toBe(alone);
		}
	});

	it('does not make the queue looked at more often', () => {
		const queued = { state: 'in_queue', elapsedMs: 60_000 } as const;
		expect(pollDelay({ ...queued, othersWait: true })).toBe(pollDelay(queued));
	});
});

describe('whether others wait', () => {
	const looksOf = async (othersWait?: () => boolean) => {
		const fake = fakeJob({ queueMs: 1_500, runMs: 120_000 });
		const { client } = clientOf(fake.script);
		const { timings } = await run(client, { deploymentId: REF.deploymentId }, { othersWait });
		return timings.status_calls;
	};

	it('is asked before each look: the last one of a batch is looked at as one alone', async () => {
		const alone = await looksOf();
		expect(await looksOf(() => false)).toBe(alone);
		expect(await looksOf(() => true)).toBeGreaterThan(1.3 * alone);
		let asked = 0;
		const until = await looksOf(() => (asked += 1) <= 10);
		expect(asked).toBeGreaterThan(20);
		expect(until).toBeLessThan(1.3 * alone);
	});
});
