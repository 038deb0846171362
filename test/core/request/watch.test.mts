// Watching a request from the queue to the result, and results that contradict the status.
import { describe, expect, it } from '@jest/globals';
import { type Observed, type StatusAnswer } from '../../../core/index';
import { addPoll } from '../../../core/request/observed';
import { watch } from '../../../core/request/watch';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, REF, watching } from '../support/fakeJob.mts';
import { clientOf, failure, json, type Reply } from '../support/virtualHost.mts';

const MINUTE = 60_000;

describe('watching a request', () => {
	it('sees it queue, run and end, and reads its result once', async () => {
		const { watched, host, progress } = watching({ queueMs: 5_000, runMs: 30_000 });
		const result = await watched;
		expect(result).toMatchObject({ status: 'succeeded', request_id: 'req-1' });
		expect([...new Set(progress.map(({ status }) => status))]).toEqual([
			...['in_queue', 'in_progress', 'completed'],
		]);
		expect(progress).toHaveLength(host.callsOf('status').length);
		expect(host.callsOf('result')).toHaveLength(1);
	});

	it('goes on with the schedule of what an earlier process observed', async () => {
		const { client, host } = clientOf(fakeJob({ queueMs: 18_000, runMs: 4_200_000 }).script);
		let seen: Observed | undefined;
		const stop = new AbortController();
		void host.clock.sleep(25_000).then(() => stop.abort());
		const onStatus = ({ status }: StatusAnswer) => (seen = addPoll(seen, status, host.now()));
		const first = watch(client, REF, { submittedAt: EPOCH, onStatus, signal: stop.signal });
		await expect(first).rejects.toMatchObject({ code: 'aborted' });
		await host.clock.sleep(3_600_000);
		const before = host.callsOf('status').length;
		await watch(client, REF, { submittedAt: EPOCH, seen });
		const [one = NaN, two = NaN] = host
			.callsOf('status')
			.slice(before)
			.map(({ at }) => at);
		expect(two - one).toBe(10_000);
	});

	it.each([
		['a moment after the submit', EPOCH, 2_000],
		['sooner if the submit was a moment ago', EPOCH - 400, 1_600],
		['at once if the submit was long ago', EPOCH - MINUTE, 0],
		['at once if the submit is not known', undefined, 0],
		['a moment from now if the clock was set back', EPOCH + 60 * MINUTE, 2_000],
	])('calls the status %s', async (_when, submittedAt, firstMs) => {
		const { watched, callsAt } = watching({ queueMs: 3_000 }, { submittedAt });
		await watched;
		expect(callsAt('status')[0]).toBe(firstMs);
	});

	it('calls the status at the deadline if that comes before its first call', async () => {
		const { watched, callsAt } = watching({ runMs: MINUTE }, { deadline: 500 });
		await expect(watched).rejects.toMatchObject({ code: 'timed_out', ...REF });
		expect(callsAt('status')).toEqual([500]);
	});
});

describe('a result that disagrees with the status', () => {
	it('is not lost if reading it fails at first', async () => {
		let reads = 0;
		const { watched } = watching({
			runMs: 20_000,
			says: () => 'in_progress',
			instead: ({ leaf }) => {
				if (leaf !== 'result') return undefined;
				reads += 1;
				return reads < 3 ? (reads === 1 ? failure('ECONNRESET') : { status: 404 }) : undefined;
			},
		});
		expect((await watched).status).toBe('succeeded');
		expect(reads).toBe(3);
	});

	it.each<[Reply]>([[json({ status: 'in_progress' })], [{ status: 404 }]])(
		'is not waited for if the request was canceled: %j',
		async (reply) => {
			const { watched, host } = watching({
				says: () => 'cancelled',
				instead: ({ leaf }) => (leaf === 'result' ? reply : undefined),
			});
			expect(await watched).toMatchObject({ status: 'canceled', request_id: 'req-1' });
			expect(host.callsOf('result')).toHaveLength(1);
		},
	);
});

describe('a result that is not there yet', () => {
	const lagging = (resultLagMs: number) => {
		const { watched, callsAt } = watching({ resultLagMs });
		const readsAt = () => {
			const [first = NaN, ...more] = callsAt('result');
			return more.map((at) => at - first);
		};
		return { watched, readsAt, callsAt };
	};

	it('is read after 1, 2, 4 and 8 s, and then every 15 s', async () => {
		const { watched, readsAt, callsAt } = lagging(50_000);
		expect((await watched).status).toBe('succeeded');
		expect(readsAt()).toEqual([1_000, 3_000, 7_000, 15_000, 30_000, 45_000, 60_000]);
		expect(callsAt('status')).toHaveLength(1);
	});
});

it('of a request that may have ended asks for the result first, and then at once for the status', async () => {
	const { watched, callsAt } = watching({ runMs: 600_000 }, { mayHaveEnded: true });
	await watched;
	expect(callsAt('result').filter((at) => at === 0)).toHaveLength(1);
	expect(callsAt('status')[0]).toBe(0);
});

it.each(['in_queue', 'in_progress'] as const)(
	'of a request that has ended finds the result behind a status that stays %s',
	async (stuck) => {
		const { watched, tookMs } = watching({ runMs: 0, says: () => stuck }, { mayHaveEnded: true });
		expect((await watched).status).toBe('succeeded');
		expect(tookMs()).toBe(0);
	},
);
