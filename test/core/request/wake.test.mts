// A watch is woken by a webhook that says that the request has ended.
import { describe, expect, it } from '@jest/globals';
import { watch } from '../../../core/index';
import { type WatchOptions } from '../../../core/parsers';
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

const callsAt = ({ host }: ReturnType<typeof woken>, leaf: string) =>
	host.callsOf(leaf).map(({ at }) => at - EPOCH);

describe('a wake', () => {
	it('notices the end at once instead of at the next status call', async () => {
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
			expect(callsAt(job, 'result').at(-1)).toBe(RUN_MS);
		},
	);

	it('from before the watch is followed by a status call at once', async () => {
		const job = woken(0, {}, { wake: AbortSignal.abort() });
		await job.watched;
		expect(callsAt(job, 'result')[0]).toBe(0);
		expect(callsAt(job, 'status')[0]).toBe(0);
		// The wake counts once.
		expect(callsAt(job, 'result').filter((at) => at === 0)).toHaveLength(1);
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
