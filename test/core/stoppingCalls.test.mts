import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { submit, watch } from '../../core/index';
import { EPOCH } from '../support/virtualClock.mts';
import { fakeJob, REF } from './support/fakeJob.mts';
import { clientOf, json, type Reply } from './support/virtualHost.mts';

const INPUT = { deploymentId: REF.deploymentId };

describe('stopping a single call', () => {
	it.each([0, 3_000])('ends a watch at once, and only it (latency %i ms)', async (latencyMs) => {
		const { client, host } = clientOf(fakeJob({ runMs: 1e6 }).script, { latencyMs });
		const abort = new AbortController();
		void host.clock.sleep(4_321).then(() => abort.abort());
		const watched = watch(client, REF, { signal: abort.signal, submittedAt: EPOCH });
		await expect(watched).rejects.toMatchObject({ code: 'aborted', ...REF });
		expect(host.now() - EPOCH).toBe(4_321);
		expect(host.callsOf('cancel')).toEqual([]);
	});

	it('gives the answer of a submit that comes within the grace', async () => {
		const { client, host } = clientOf({ ...json({ request_id: 'r' }), delayMs: 4_000 });
		const abort = new AbortController();
		void host.clock.sleep(1_000).then(() => abort.abort());
		const answer = await submit(client, INPUT, { signal: abort.signal });
		expect(answer.request_id).toBe('r');
	});

	it('gives up a submit as soon also where it is stopped while it is handed to the host', async () => {
		const abort = new AbortController();
		const { client, host } = clientOf(() => {
			abort.abort();
			return { ...json({ request_id: 'r' }), delayMs: 60_000 };
		});
		await expect(submit(client, INPUT, { signal: abort.signal })).rejects.toMatchObject({
			code: 'aborted',
			details: { submit: 'unconfirmed' },
		});
		expect(host.now() - EPOCH).toBe(5_000);
	});

	it.each<[string, Reply, object[]]>([
		['a request', json({ request_id: 'r' }), [{ request_id: 'r' }]],
		[
			'a request beside an error',
			json({ error_code: 500001, request_id: 'r' }, 500),
			[{ request_id: 'r', deployment_id: 'dep-1' }],
		],
		['a refusal', json({ error_code: 10001 }), []],
	])('tells of %s that comes after the grace', async (_what, reply, told) => {
		const { client, host } = clientOf({ ...reply, delayMs: 60_000 });
		const abort = new AbortController();
		const late: unknown[] = [];
		const submitted = submit(client, INPUT, {
			signal: abort.signal,
			onLateAnswer: (answer) => late.push(answer),
		});
		void host.clock.sleep(1_000).then(() => abort.abort());
		await expect(submitted).rejects.toMatchObject({ code: 'aborted' });
		await host.clock.sleep(600_000);
		expect(late).toStrictEqual(told.map((one) => expect.objectContaining(one)));
	});

	it('leaves no listener at the signal of a host that submits many', async () => {
		const abort = new AbortController();
		const { client } = clientOf(json({ request_id: 'r' }));
		for (let i = 0; i < 3; i += 1) await submit(client, INPUT, { signal: abort.signal });
		expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
	});
});
