// That the schedule is asked with what was seen of a request: schedule.test.mts has what it answers.
import { describe, expect, it } from '@jest/globals';
import { createRunTimes, watch, type WatchOptions } from '../../../core/index';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

/** Milliseconds from the submit to each look at a request, submitted when its host has run for 50 s. */
async function looksAt(job: FakeJobOptions, options: WatchOptions = {}): Promise<number[]> {
	const { queueMs = 0 } = job;
	const { client, host } = clientOf(fakeJob({ ...job, queueMs: 50_000 + queueMs }).script);
	await host.clock.sleep(50_000);
	const submittedAt = host.now();
	await watch(client, REF, { submittedAt, ...options });
	return host.callsOf('status').map(({ at }) => Math.round(at - submittedAt));
}

describe('a request is looked at', () => {
	it('where nothing is known of its like', async () => {
		expect(await looksAt({ queueMs: 5_000, runMs: 10_000 })).toEqual([
			...[2_000, 3_000, 4_200, 5_880, 7_480, 9_144, 10_875, 12_674, 14_546, 16_493],
		]);
	});

	it('where the time of such a run is known, from the last look at the queue', async () => {
		const runTimes = createRunTimes();
		runTimes.set(REF.deploymentId, [20_000]);
		expect(await looksAt({ queueMs: 5_000, runMs: 20_000 }, { runTimes })).toEqual([
			...[1_000, 2_200, 3_400, 4_760, 6_664, 8_664, 11_787, 17_409, 24_760, 25_560],
		]);
	});

	it('in longer steps after a long queue', async () => {
		const looks = await looksAt({ queueMs: 100_000, runMs: 20_000 });
		const running = looks.filter((ms) => ms >= 100_000);
		expect(running.slice(1).map((ms, index) => ms - (running[index] ?? 0))).toEqual([
			...[6_000, 6_000, 6_000],
		]);
	});

	it('as one that queues, once it has fallen back into the queue', async () => {
		const says: FakeJobOptions['says'] = (state, ms) =>
			ms > 54_000 && ms < 70_000 ? 'in_queue' : state;
		const looks = await looksAt({ runMs: 30_000, says });
		expect(looks.slice(0, 8)).toEqual([
			...[2_000, 3_600, 5_264, 7_370, 10_317, 14_444, 20_222, 22_042],
		]);
	});
});
