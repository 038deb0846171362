// Each look of a watch: how often, how long, and what becomes of one that fails.
import { describe, expect, it } from '@jest/globals';
import { createRunTimes, type RetryNotice, watch } from '../../../core/index';
import { learnRunTime } from '../../../core/request/runTimes';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf, json, type VirtualHost } from '../support/virtualHost.mts';
import { watching } from './watching.mts';

const HANGS = { delayMs: Infinity };
const timesOf = (host: VirtualHost, leaf: string) => host.callsOf(leaf).map(({ at }) => at - EPOCH);

describe('a result that is not there yet', () => {
	const lags = (resultLagMs: number) => {
		const { watched, host } = watching({ resultLagMs });
		const asked = () => {
			const [first = NaN, ...more] = timesOf(host, 'result');
			return more.map((at) => at - first);
		};
		return { watched, asked };
	};

	it('is asked for after 1, 2, 4 and 8 s, and then every 15 s', async () => {
		const { watched, asked } = lags(50_000);
		await watched;
		expect(asked()).toEqual([1_000, 3_000, 7_000, 15_000, 30_000, 45_000, 60_000]);
	});

	it('is asked for for ten minutes', async () => {
		const { watched, asked } = lags(Infinity);
		await expect(watched).rejects.toMatchObject({
			...{ code: 'output_unavailable', ...REF },
			hint: expect.stringContaining('still come'),
		});
		expect(asked().at(-1)).toBe(615_000);
	});

	it('is asked for once where the request was canceled', async () => {
		const { watched, host } = watching({
			says: () => 'canceled',
			instead: ({ leaf }) => (leaf === 'result' ? json({ status: 'in_progress' }) : undefined),
		});
		expect((await watched).result).toMatchObject({ status: 'canceled', request_id: 'req-1' });
		expect(host.callsOf('result')).toHaveLength(1);
	});

	it('of a canceled request may be refused, and then says so', async () => {
		const { watched, host } = watching({
			says: () => 'canceled',
			instead: ({ leaf }) => (leaf === 'result' ? { status: 403 } : undefined),
		});
		await expect(watched).rejects.toMatchObject({ code: 'forbidden', ...REF });
		expect(host.callsOf('result')).toHaveLength(1);
	});
});

describe('a look that fails', () => {
	it('since the request is not visible yet is told before it is repeated', async () => {
		const told: RetryNotice[] = [];
		const { watched } = watching({ hiddenMs: 5_000 }, { onRetry: (one) => told.push(one) });
		await watched;
		expect(told).toMatchObject(
			[1, 2].map((attempt) => ({
				...{ attempt, delayMs: 2_000, undelivered: false, error: { code: 'not_found' } },
			})),
		);
	});

	it('since RunComfy is away is repeated as often as the host wants', async () => {
		const { watched, host } = watching(
			{ instead: () => ({ status: 503 }) },
			{ retries: { attempts: 2, baseMs: 10, capMs: 10 } },
		);
		await expect(watched).rejects.toMatchObject({ code: 'service_unavailable', ...REF });
		expect(host.calls).toHaveLength(2);
	});

	it('for a token that was taken back is repeated for five minutes from then on', async () => {
		const { watched, host } = watching({
			runMs: 600_000,
			instead: ({ at }) => (at >= EPOCH + 100_000 ? { status: 401 } : undefined),
		});
		await expect(watched).rejects.toMatchObject({ code: 'auth_failed', ...REF });
		const refused = timesOf(host, 'status').filter((at) => at >= 100_000);
		expect(refused).toHaveLength(21);
		expect(refused.at(-1)! - refused[0]!).toBe(300_000);
	});

	it('is of another account where nobody knows the request: told at once, until one was seen', async () => {
		const options = { submittedAt: undefined };
		const unknown = watching({ instead: () => ({ status: 401 }) }, options);
		await expect(unknown.watched).rejects.toMatchObject({ code: 'auth_failed' });
		expect(unknown.host.calls).toHaveLength(1);
		const seen = watching(
			{
				runMs: 60_000,
				instead: ({ at }) => (at > EPOCH && at < EPOCH + 60_000 ? { status: 401 } : undefined),
			},
			options,
		);
		expect((await seen.watched).result.status).toBe('succeeded');
	});

	it('past a frozen status is not repeated: the next one will tell', async () => {
		const { client, host } = clientOf(
			fakeJob({
				runMs: 600_000,
				instead: ({ leaf, at }) =>
					leaf === 'result' && at < EPOCH + 600_000 ? { status: 503 } : undefined,
			}).script,
		);
		const wake = new AbortController();
		void host.sleep(50_000).then(() => wake.abort());
		const watched = watch(client, REF, { submittedAt: EPOCH, wake: wake.signal });
		expect((await watched).result.status).toBe('succeeded');
		const times = timesOf(host, 'result');
		expect(times.filter((at) => at >= 50_000 && at < 51_000)).toEqual([50_000]);
	});
});

describe('a call that hangs', () => {
	it('at the deadline is given five seconds', async () => {
		const { watched, host } = watching(
			{ runMs: Infinity, instead: ({ at }) => (at >= EPOCH + 30_000 ? HANGS : undefined) },
			{ deadline: 30_000 },
		);
		await expect(watched).rejects.toMatchObject({
			...{ code: 'timed_out', ...REF },
			message: 'The request had not ended after 35 s',
		});
		expect(host.now() - EPOCH).toBe(35_000);
	});

	it('before the deadline is given up at that', async () => {
		const { watched, host } = watching(
			{ runMs: Infinity, instead: ({ at }) => (at >= EPOCH + 10_000 ? HANGS : undefined) },
			{ deadline: 30_000 },
		);
		await expect(watched).rejects.toMatchObject({ code: 'timed_out', ...REF });
		expect(host.now() - EPOCH).toBe(30_000);
	});

	it.each(['status', 'result'])('(%s) is left at once on an abort', async (leaf) => {
		const stop = new AbortController();
		const { watched, host } = watching(
			{
				runMs: leaf === 'status' ? Infinity : 5_000,
				instead: (call) => (call.leaf === leaf && call.at >= EPOCH + 5_000 ? HANGS : undefined),
			},
			{ signal: stop.signal },
		);
		void host.sleep(20_000).then(() => stop.abort());
		await expect(watched).rejects.toMatchObject({ code: 'aborted', ...REF });
		expect(host.now() - EPOCH).toBe(20_000);
	});

	it('past a frozen status is left on an abort as well', async () => {
		const stop = new AbortController();
		const { client, host } = clientOf(
			fakeJob({
				runMs: Infinity,
				instead: ({ leaf }) => (leaf === 'result' ? HANGS : undefined),
			}).script,
		);
		void host.sleep(10_000).then(() => stop.abort());
		const wake = AbortSignal.abort();
		const watched = watch(client, REF, { submittedAt: EPOCH, wake, signal: stop.signal });
		await expect(watched).rejects.toMatchObject({ code: 'aborted', ...REF });
		expect(host.now() - EPOCH).toBe(10_000);
		expect(host.callsOf('status')).toEqual([]);
	});
});

describe('what a look reports', () => {
	it('has no times that are not known', async () => {
		const { watched, progress } = watching({ queueMs: 3_000, runMs: 3_000 });
		await watched;
		expect(progress[0]).not.toHaveProperty('running_ms');
		expect(progress[0]).not.toHaveProperty('expected_ms');
	});

	it('has the time that runs usually take', async () => {
		const runTimes = createRunTimes();
		for (const ms of [50_000, 60_000, 70_000]) learnRunTime(runTimes, REF.deploymentId, ms);
		const { watched, progress } = watching({ runMs: 60_000 }, { runTimes });
		await watched;
		expect(progress[0]?.expected_ms).toBe(60_000);
	});
});

describe('a host that has been up for an hour', () => {
	const HOUR = 3_600_000;

	async function watchedAfter(upMs: number, more: { known?: boolean; deadline?: number } = {}) {
		const runTimes = createRunTimes();
		if (more.known) learnRunTime(runTimes, REF.deploymentId, 60_000);
		const job = fakeJob({
			says: (_state, ms) => {
				const since = ms - upMs;
				return since < 9_000 ? 'in_queue' : since < 70_000 ? 'in_progress' : 'completed';
			},
		});
		const { client, host } = clientOf(job.script);
		if (upMs > 0) await host.sleep(upMs);
		const elapsed: number[] = [];
		const { deadline } = more;
		const outcome = await watch(client, REF, {
			...{ submittedAt: EPOCH + upMs, runTimes },
			...(deadline === undefined ? {} : { deadline: upMs + deadline }),
			onProgress: ({ elapsed_ms }) => void elapsed.push(Math.round(elapsed_ms)),
		}).then(
			({ queuedMs }) => Math.round(queuedMs ?? NaN),
			(error: unknown) => String(error),
		);
		return { outcome, elapsed, looks: timesOf(host, 'status').map((at) => Math.round(at - upMs)) };
	}

	it.each([{}, { known: true }, { deadline: 700 }, { deadline: 30_000 }])(
		'looks at the same moments after the submit, and tells the same: %j',
		async (more) => {
			expect(await watchedAfter(HOUR, more)).toEqual(await watchedAfter(0, more));
		},
	);
});

describe('the time of a run', () => {
	it('is not told where its submit, or what RunComfy says of it, is not known', async () => {
		const known = watching({ runMs: 60_000 });
		expect(await known.watched).toHaveProperty('runMs', expect.any(Number));
		for (const { watched } of [
			watching({ runMs: 60_000, timestamps: false }),
			watching({ runMs: 60_000 }, { submittedAt: undefined }),
		]) {
			expect(Object.keys(await watched)).not.toContain('runMs');
		}
	});
});

describe('the first look', () => {
	it('that is refused is repeated, where the request is known to be this account’s', async () => {
		const { watched } = watching({
			runMs: 60_000,
			instead: ({ at }) => (at < EPOCH + 30_000 ? { status: 401 } : undefined),
		});
		expect((await watched).result.status).toBe('succeeded');
	});

	it('is taken no later than the deadline', async () => {
		const { watched, host } = watching({ runMs: Infinity }, { deadline: 700 });
		await expect(watched).rejects.toMatchObject({ code: 'timed_out', ...REF });
		expect(timesOf(host, 'status')).toEqual([700]);
		expect(timesOf(host, 'result')).toEqual([700]);
	});

	it('of a watch that is woken goes to the result, and then to the status at once', async () => {
		const { client, host } = clientOf(fakeJob({ runMs: 30_000 }).script);
		const options = { submittedAt: EPOCH, wake: AbortSignal.abort() };
		await watch(client, REF, options);
		expect([timesOf(host, 'result')[0], timesOf(host, 'status')[0]]).toEqual([0, 0]);
		// The wake counts once.
		expect(timesOf(host, 'result').filter((at) => at === 0)).toHaveLength(1);
	});
});
