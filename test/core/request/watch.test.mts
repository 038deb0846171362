import { describe, expect, it } from '@jest/globals';
import {
	addStatusCall,
	createRunTimes,
	getStatus,
	type Observed,
	type Progress,
	watch,
	type WatchOptions,
} from '../../../core/index';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf, failure, json } from '../support/virtualHost.mts';
import { watching } from './watching.mts';

const MINUTE = 60_000;

describe('watching a request', () => {
	it('sees it queue, run and end, and reads its result once', async () => {
		const { watched, host, progress } = watching({ queueMs: 5_000, runMs: 30_000 });
		const { result, statusCalls, queuedMs } = await watched;
		expect(result).toMatchObject({ status: 'succeeded', request_id: 'req-1' });
		expect([...new Set(progress.map(({ status }) => status))]).toEqual([
			'in_queue',
			'in_progress',
			'completed',
		]);
		expect(statusCalls).toBe(host.callsOf('status').length);
		expect(queuedMs).toBeGreaterThan(4_000);
		expect(queuedMs).toBeLessThan(6_000);
		expect(progress.at(-1)).toMatchObject({ elapsed_ms: expect.any(Number) });
		expect(progress.find(({ status }) => status === 'in_queue')).not.toHaveProperty('running_ms');
	});

	it('goes on from what was seen before', async () => {
		const { client, host } = clientOf(fakeJob({ queueMs: 18_000, runMs: 42_000 }).script);
		let seen: Observed | undefined;
		const stop = new AbortController();
		void host.clock.sleep(25_000).then(() => stop.abort());
		const onProgress = ({ status }: Progress) => (seen = addStatusCall(seen, status, host.now()));
		const first = watch(client, REF, { submittedAt: EPOCH, onProgress, signal: stop.signal });
		await expect(first).rejects.toMatchObject({ code: 'aborted' });
		await host.clock.sleep(60_000);
		const wake = AbortSignal.abort();
		const { queuedMs, runMs, statusCalls } = await watch(client, REF, {
			...{ submittedAt: EPOCH, seen, wake },
		});
		expect(queuedMs).toBeGreaterThan(15_000);
		expect(queuedMs).toBeLessThan(20_000);
		expect(queuedMs! + runMs!).toBe(60_000);
		expect(statusCalls).toBe(host.callsOf('status').length);
	});

	it('does not say when a run began that nobody saw begin', async () => {
		const { client, host } = clientOf(fakeJob({ queueMs: 20_000, runMs: 40_000 }).script);
		await host.clock.sleep(60_000);
		const seen = addStatusCall(undefined, 'in_queue', EPOCH + 1_000);
		const watched = await watch(client, REF, {
			...{ submittedAt: EPOCH, seen, wake: AbortSignal.abort() },
		});
		expect(watched).toEqual({ result: expect.anything(), statusCalls: 1 });
	});

	it('reports times in milliseconds since the submit and since the start', async () => {
		const { watched, progress, host } = watching({ queueMs: 1_000, runMs: 9_000 });
		await watched;
		const calls = host.callsOf('status');
		progress.forEach(({ elapsed_ms }, index) => {
			expect(elapsed_ms).toBe((calls[index]?.at ?? NaN) - EPOCH);
		});
		const [first, second] = progress.filter(({ running_ms }) => running_ms !== undefined);
		expect(first?.running_ms).toBe(0);
		expect(second?.running_ms).toBe((second?.elapsed_ms ?? 0) - (first?.elapsed_ms ?? 0));
	});

	it('looks a moment after the submit, or at once where that is long ago or not known', async () => {
		for (const [submittedAt, firstMs] of [
			[EPOCH, 2_000],
			[EPOCH - 400, 1_600],
			[EPOCH - MINUTE, 0],
			[undefined, 0],
			// By a clock that was set back since.
			[EPOCH + 60 * MINUTE, 2_000],
		] as const) {
			const { watched, host } = watching({ queueMs: 3_000 }, { submittedAt });
			await watched;
			expect(host.calls[0]?.at).toBe(EPOCH + firstMs);
		}
	});

	it('takes a run that fell back into the queue for one that begins anew', async () => {
		const { watched, progress } = watching({
			runMs: 60_000,
			says: (state, ms) => (ms > 10_000 && ms < 20_000 ? 'in_queue' : state),
		});
		expect((await watched).result.status).toBe('succeeded');
		const after = progress.filter(({ elapsed_ms }) => elapsed_ms >= 20_000);
		expect(after[0]?.running_ms).toBe(0);
	});
});

describe('a result that does not agree with the status', () => {
	it('is found although the status stays in_progress', async () => {
		const { watched, host } = watching({ runMs: 60_000, says: () => 'in_progress' });
		const { result } = await watched;
		expect(result.status).toBe('succeeded');
		expect(host.now() - EPOCH).toBeLessThan(3 * MINUTE);
		expect(host.callsOf('result').length).toBeLessThan(7);
	});

	it('is found although the state is one that nobody knows, which is reported', async () => {
		const { watched, progress } = watching({ runMs: 60_000, says: () => 'hibernating' });
		expect((await watched).result.status).toBe('succeeded');
		expect(progress[0]).toMatchObject({ status: 'unknown', reported_status: 'hibernating' });
	});

	it('is not missed by a look that fails', async () => {
		let looks = 0;
		const { watched } = watching({
			runMs: 20_000,
			says: () => 'in_progress',
			instead: ({ leaf }) => {
				if (leaf !== 'result') return undefined;
				looks += 1;
				return looks < 3 ? (looks === 1 ? failure('ECONNRESET') : { status: 404 }) : undefined;
			},
		});
		expect((await watched).result.status).toBe('succeeded');
		expect(looks).toBe(3);
	});

	it('is waited for when the status is completed already', async () => {
		const { watched, host } = watching({ runMs: 5_000, resultLagMs: 20_000 });
		expect((await watched).result.status).toBe('succeeded');
		expect(host.callsOf('status').filter(({ at }) => at >= EPOCH + 5_000).length).toBe(1);
		expect(host.callsOf('result').length).toBeLessThan(8);
		expect(host.now() - EPOCH).toBeLessThan(45_000);
	});

	it('is waited for though it answers 404 at first', async () => {
		const { watched } = watching({
			runMs: 5_000,
			instead: ({ leaf, at }) =>
				leaf === 'result' && at < EPOCH + 15_000 ? { status: 404 } : undefined,
		});
		expect((await watched).result.status).toBe('succeeded');
	});

	it('does not exist any more: not_found, soon', async () => {
		const { watched, host } = watching({
			instead: ({ leaf }) => (leaf === 'result' ? { status: 404 } : undefined),
		});
		await expect(watched).rejects.toMatchObject({ code: 'not_found', ...REF });
		expect(host.now() - EPOCH).toBeLessThan(20_000);
	});

	it('never comes: output_unavailable after ten minutes', async () => {
		const { watched, host } = watching({ resultLagMs: Infinity });
		await expect(watched).rejects.toMatchObject({ code: 'output_unavailable', ...REF });
		expect(host.now() - EPOCH).toBeGreaterThan(10 * MINUTE);
		expect(host.now() - EPOCH).toBeLessThan(11 * MINUTE);
	});

	it.each([['in_progress'], [404]])('is not needed of a canceled request: %s', async (answer) => {
		const { watched } = watching({
			says: () => 'cancelled',
			instead: ({ leaf }) => {
				if (leaf !== 'result') return undefined;
				return typeof answer === 'number' ? { status: answer } : json({ status: answer });
			},
		});
		expect((await watched).result).toMatchObject({
			status: 'canceled',
			...{ request_id: 'req-1' },
		});
	});

	it('that succeeded wins over a canceled status', async () => {
		const { watched } = watching({ says: () => 'canceled' });
		expect((await watched).result.status).toBe('succeeded');
	});
});

describe('a request that is not visible', () => {
	it('yet, just after the submit, is waited for', async () => {
		const { watched, host } = watching({ runMs: 30_000, hiddenMs: 10_000 });
		expect((await watched).result.status).toBe('succeeded');
		expect(host.calls.filter(({ at }) => at < EPOCH + 10_000).length).toBeLessThan(7);
	});

	it('for longer is not_found', async () => {
		const { watched, host } = watching({ hiddenMs: Infinity });
		await expect(watched).rejects.toMatchObject({ code: 'not_found', ...REF });
		expect(host.now() - EPOCH).toBeLessThan(20_000);
	});

	it('is not_found at once when the submit is long ago', async () => {
		const { watched, host } = watching({ hiddenMs: Infinity }, { submittedAt: EPOCH - MINUTE });
		await expect(watched).rejects.toMatchObject({ code: 'not_found' });
		expect(host.calls.length).toBe(1);
	});

	it('is waited for by no single status call', async () => {
		const { client, host } = clientOf(fakeJob({ hiddenMs: Infinity }).script);
		await expect(getStatus(client, REF)).rejects.toMatchObject({ code: 'not_found' });
		expect(host.calls.length).toBe(1);
	});
});

describe('what a watch learns', () => {
	it('is how long the run took on the machine', async () => {
		const runTimes = createRunTimes();
		const { watched } = watching({ queueMs: 8_000, runMs: 60_000 }, { runTimes });
		await watched;
		const [ms] = runTimes.get(REF.deploymentId) ?? [];
		expect(Math.abs((ms ?? NaN) - 60_000)).toBeLessThan(2_000);
	});

	it.each<[string, FakeJobOptions, WatchOptions]>([
		['failed', { runMs: 60_000, result: { status: 'failed', error: 'x' } }, {}],
		['without times', { runMs: 60_000, timestamps: false }, {}],
		['taken up without its submit', { runMs: 60_000 }, { submittedAt: undefined }],
		['taken up late', { runMs: 60_000 }, { submittedAt: EPOCH - 30_000 }],
		['much shorter than the last look at the queue', { queueMs: 120_000, runMs: 9_000 }, {}],
	])('is nothing from a run %s', async (_what, job, options) => {
		const runTimes = createRunTimes();
		await watching(job, { ...options, runTimes }).watched;
		expect(runTimes.get(REF.deploymentId)).toBeUndefined();
	});

	it('is told to the next run', async () => {
		const runTimes = createRunTimes();
		await watching({ runMs: 60_000 }, { runTimes }).watched;
		const { watched, progress } = watching({ runMs: 60_000 }, { runTimes });
		await watched;
		expect(progress[0]?.expected_ms).toBeGreaterThan(55_000);
	});
});
