// How often the status is polled, and how soon the end of a run is noticed.
import { describe, expect, it } from '@jest/globals';
import { AccountCache } from '../../../core/index';
import { type WatchOptions } from '../../../core/request/watch';
import { watch } from '../../../core/request/watch';
import { run } from '../../support/pursued.mts';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

const MINUTES = 60_000;

it('a run behind a frozen status is noticed within a minute, for one more call a minute', async () => {
	const says = (state: string) => (state === 'completed' ? 'in_progress' : state);
	const fake = fakeJob({ queueMs: 1_500, runMs: 5 * MINUTES, says });
	const { client, host } = clientOf(fake.script, { latencyMs: 50 });
	await run(client, { deploymentId: REF.deploymentId });
	expect(host.now() - fake.endsAt()).toBeLessThanOrEqual(MINUTES + 5_000);
	expect(host.callsOf('result').length).toBeLessThanOrEqual(6);
});

it('a hundred runs of an account at the same time make as many calls a second as forty', async () => {
	const callsOf = async (runs: number, shared: boolean) => {
		const { client, host } = clientOf(fakeJob({ runMs: 20_000 }).script);
		const { traffic } = new AccountCache();
		// n8n creates a host and a client for each execution.
		const own = () => ({ ...client, traffic: shared ? traffic : new AccountCache().traffic });
		const one = () => run(own(), { deploymentId: REF.deploymentId });
		await Promise.all(Array.from({ length: runs }, one));
		expect(traffic.polled).toBe(0);
		return host.callsOf('status').length;
	};
	const forty = await callsOf(40, true);
	expect(Math.abs((await callsOf(100, true)) / forty - 1)).toBeLessThanOrEqual(0.25);
	expect((await callsOf(100, false)) / 100).toBe(forty / 40);
	expect((await callsOf(40, false)) / 40).toBe(forty / 40);
});

/** Milliseconds from the submit to each poll. The host had been running for 50 s at the submit. */
async function callsAt(job: FakeJobOptions, options: WatchOptions = {}): Promise<number[]> {
	const { queueMs = 0 } = job;
	const { client, host } = clientOf(fakeJob({ ...job, queueMs: 50_000 + queueMs }).script);
	await host.clock.sleep(50_000);
	const submittedAt = host.now();
	await watch(client, REF, { submittedAt, ...options });
	return host.callsOf('status').map(({ at }) => Math.round(at - submittedAt));
}

describe('the moments of the status calls', () => {
	it('follow the table', async () => {
		expect(await callsAt({ queueMs: 5_000, runMs: 10_000 })).toEqual([
			2_000, 3_000, 4_200, 5_880, 7_380, 8_880, 10_380, 11_880, 13_380, 14_880, 16_380,
		]);
	});

	it('are further apart the longer it runs, and the longer it is queued', async () => {
		const stepsOf = async (job: FakeJobOptions) => {
			const calls = await callsAt(job);
			const steps = calls.slice(1).map((at, index) => [at - calls[index]!, calls[index]!] as const);
			return steps.filter(([step], index) => step !== steps[index - 1]?.[0]);
		};
		expect(await stepsOf({ runMs: 700_000 })).toEqual([
			[1_500, 2_000],
			[3_000, 32_000],
			[5_000, 122_000],
			[10_000, 602_000],
		]);
		const queued = await stepsOf({ queueMs: 90_000, runMs: 1 });
		expect(Math.max(...queued.map(([step]) => step))).toBe(12_000);
	});

	it('are those of the queue once the run has fallen back into it', async () => {
		const says: FakeJobOptions['says'] = (state, ms) =>
			ms > 54_000 && ms < 70_000 ? 'in_queue' : state;
		const calls = await callsAt({ runMs: 30_000, says });
		expect(calls.slice(0, 8)).toEqual([2_000, 3_500, 5_000, 7_000, 9_800, 13_720, 19_208, 26_891]);
	});
});
