// A watch that is woken: a webhook has told that the request ended.
import { describe, expect, it } from '@jest/globals';
import { createRunTimes, watch, type WatchOptions } from '../../../core/index';
import { learnRunTime } from '../../../core/request/runTimes';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

const RUN_MS = 600_000;

function woken(at: number, job: FakeJobOptions = {}, options: WatchOptions = {}) {
	const { client, host } = clientOf(fakeJob({ runMs: RUN_MS, ...job }).script);
	const wake = new AbortController();
	void client.host.sleep(at).then(() => wake.abort());
	const watched = watch(client, REF, { submittedAt: EPOCH, wake: wake.signal, ...options });
	return { watched, host, client };
}

const looksAt = ({ host }: ReturnType<typeof woken>, leaf: string) =>
	host.callsOf(leaf).map(({ at }) => at - EPOCH);

describe('a wake', () => {
	it('notices the end at once instead of with the next poll', async () => {
		const early = woken(RUN_MS);
		await early.watched;
		expect(early.host.now() - EPOCH).toBe(RUN_MS);
		const late = woken(2 * RUN_MS);
		await late.watched;
		expect(late.host.now() - EPOCH).toBeGreaterThan(RUN_MS + 100);
	});

	it.each(['in_queue', 'in_progress'] as const)(
		'finds the result behind a status that stays %s',
		async (stuck) => {
			const job = woken(RUN_MS, { says: () => stuck });
			expect((await job.watched).result.status).toBe('succeeded');
			expect(looksAt(job, 'result').at(-1)).toBe(RUN_MS);
		},
	);

	it('also ends the first pause, and one before the watch begins is not lost', async () => {
		const first = woken(300, { runMs: 200 });
		await first.watched;
		expect(looksAt(first, 'status')).toEqual([300]);
		const { client, host } = clientOf(fakeJob({ runMs: 0 }).script);
		const wake = AbortSignal.abort();
		await watch(client, REF, { submittedAt: EPOCH, wake });
		expect(host.now()).toBe(EPOCH);
		expect(host.calls.map(({ leaf }) => leaf)).toEqual(['result']);
	});

	it('from before the watch begins is followed by the status, however long runs are known to take', async () => {
		const runTimes = createRunTimes();
		learnRunTime(runTimes, REF.deploymentId, 3_600_000);
		const job = woken(0, {}, { wake: AbortSignal.abort(), runTimes });
		await job.watched;
		expect(looksAt(job, 'result')[0]).toBe(0);
		expect(looksAt(job, 'status')[0]).toBe(0);
	});

	it('that comes too early costs one look at each, and the schedule goes on', async () => {
		const calm = woken(2 * RUN_MS);
		const early = woken(RUN_MS / 3);
		await Promise.all([calm.watched, early.watched]);
		expect(looksAt(early, 'status')).toContain(RUN_MS / 3);
		expect(looksAt(early, 'result')).toContain(RUN_MS / 3);
		for (const leaf of ['status', 'result']) {
			expect(looksAt(early, leaf).length).toBeLessThanOrEqual(looksAt(calm, leaf).length + 1);
		}
	});

	it('does not hide an abort, nor leave a timer behind', async () => {
		const stop = new AbortController();
		const stopped = woken(50_000, {}, { signal: stop.signal });
		void stopped.client.host.sleep(20_000).then(() => stop.abort());
		await expect(stopped.watched).rejects.toMatchObject({ code: 'aborted', ...REF });

		const both = woken(RUN_MS, {}, { signal: new AbortController().signal });
		await both.watched;
		expect(both.host.clock.sleeping()).toBe(0);
	});
});

describe('a watch that will be told of the end', () => {
	it.each([
		['untried', 60_000, 2],
		['proven', 60_000, 1],
		['untried', 300_000, 2],
		['proven', 300_000, 2],
		['proven', 3_600_000, 2],
	] as const)('(%s) of a run of %i ms looks at the status %i times', async (told, runMs, looks) => {
		const job = woken(runMs, { runMs }, { told });
		await job.watched;
		// The last one is the look that the call has caused.
		expect(looksAt(job, 'status')).toHaveLength(looks + 1);
		expect(looksAt(job, 'status')[0]).toBe(1_000);
		expect(job.host.now() - EPOCH).toBe(runMs);
	});

	it('looks a moment after it began, however long ago the submit was', async () => {
		const { client, host } = clientOf(fakeJob({ runMs: 100_000 }).script);
		await host.clock.sleep(50_000);
		const stop = new AbortController();
		const watched = watch(client, REF, {
			...{ submittedAt: EPOCH, told: 'proven', signal: stop.signal },
		});
		void host.clock.sleep(10_000).then(() => stop.abort());
		await expect(watched).rejects.toMatchObject({ code: 'aborted' });
		expect(host.callsOf('status').map(({ at }) => at - EPOCH)).toEqual([51_000]);
	});

	it('notices the end also where the call is lost', async () => {
		const { client, host } = clientOf(fakeJob({ runMs: 2_000 }).script);
		await watch(client, REF, { submittedAt: EPOCH, told: 'untried' });
		expect(host.now() - EPOCH).toBe(9_000);
	});
});
