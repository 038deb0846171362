// RunComfy itself calls the address where a parked execution is resumed.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { useSmallN8n } from '../support/parked.mts';
import { paidIn, runAndWait } from '../support/paying.mts';
import { byId, copyOf, countOf, type Json, useRig, workflowOf, workOf } from '../support/rig.mts';

let aheadMs = 0;
const rig = useRig({ now: () => Date.now() + aheadMs });
const n8n = useSmallN8n(rig);

const LONG_MS = 3_600_000;
const endRuns = () => void (aheadMs += LONG_MS);

let deploymentId: unknown;
beforeEach(async () => {
	deploymentId = byId(await copyOf(rig));
});

const stepOf = (options: Json = {}) =>
	workflowOf({
		parameters: runAndWait(rig, { deploymentId, options: { resumeByWebhook: true, ...options } }),
	});

const loseCalls = () => rig.simulator.inject({ name: 'webhook_lost' });
const callsOf = (id: string) => n8n.calls.filter((call) => call === `${id} call`).length;
/** As RunComfy calls for the nth of the requests that were paid for. */
const callFor = (id: string, n = 0) =>
	n8n.post(id, 'runcomfy=call', { request_id: paidIn(rig)[n], status: 'succeeded' });
const webhookOf = (n = 0) => rig.simulator.jobs.get(String(paidIn(rig)[n]))?.webhook?.url;

interface Timings {
	total_ms: number;
	queued_ms?: number;
	run_ms?: number;
	parked_ms: number;
	resumes: number;
	status_calls: number;
}

describe('a call from RunComfy', () => {
	it('wakes the execution, with few looks, and fewer once one has come', async () => {
		rig.simulator.update({ latencyMs: 4_000 });
		// A clock that a test may set ahead sends nothing by itself.
		for (const most of [6, 5]) {
			rig.simulator.requests.length = 0;
			deploymentId = byId(await copyOf(rig));
			const started = n8n.start(stepOf());
			await started.until('waiting');
			expect(webhookOf()).toMatch(
				// n8n 2.41 signs the address, 2.8 does not.
				new RegExp(`/webhook-waiting/${started.id}/runcomfy\\?(signature=\\w+&)?runcomfy=call$`),
			);
			await new Promise((resolve) => setTimeout(resolve, 4_200));
			await rig.simulator.settle();
			const done = await started.until();
			expect([done.status, done.entries, callsOf(started.id)]).toEqual(['success', 2, 1]);
			expect(workOf(rig).length).toBeLessThanOrEqual(most);
			const { run_ms: runMs, ...timings } = done.items('Step 1')[0]!.json[
				'timings'
			] as never as Timings;
			expect(runMs).toBeGreaterThan(3_000);
			expect(timings).toMatchObject({ resumes: 1, queued_ms: expect.any(Number) });
			expect(timings.parked_ms).toBeGreaterThan(2_000);
			expect(timings.parked_ms).toBeLessThan(timings.total_ms);
		}
	});

	it('that is lost only makes it late, also after a restart', async () => {
		loseCalls();
		rig.simulator.update({ latencyMs: 300 });
		const short = n8n.start(stepOf());
		await short.until('waiting');
		expect((await short.until()).status).toBe('success');

		rig.simulator.update({ latencyMs: LONG_MS });
		const long = n8n.start(stepOf());
		await long.until('waiting');
		await n8n.restart();
		endRuns();
		await n8n.timer(long.id);
		const done = await long.until();
		expect([done.status, callsOf(long.id)]).toEqual(['success', 0]);
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it('that comes while n8n has not parked yet is not lost', async () => {
		loseCalls();
		rig.simulator.update({ latencyMs: 100 });
		rig.simulator.inject({ name: 'stall', on: 'submit', ms: 1_500, times: 1 });
		const started = n8n.start(stepOf(), { inputs: [{ n: 0 }, { n: 1 }] });
		await waitUntil(() => paidIn(rig).length > 0, { timeout: 5_000, interval: 5 });
		expect((await callFor(started.id)).status).toBe(409);
		expect((await started.until()).status).toBe('success');
	});

	it('changes nothing where it is early, forged, repeated, or late', async () => {
		loseCalls();
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf());
		await started.until('waiting');
		await n8n.restart();
		// RunComfy's own result may be behind its call: it shall call again.
		expect((await callFor(started.id)).status).toBe(503);
		const forged = await Promise.all([
			n8n.post(started.id, 'runcomfy=call', { request_id: 'another', status: 'succeeded' }),
			n8n.post(started.id, 'runcomfy=call', { request_id: ['x'] }),
			n8n.post(started.id, 'runcomfy=call'),
			n8n.post(started.id),
		]);
		expect(forged.map(({ status, body }) => [status, body])).toEqual(
			forged.map(() => [200, expect.stringContaining('parked')]),
		);
		expect(n8n.read(started.id)).toMatchObject({ status: 'waiting', entries: 1 });
		endRuns();
		const twice = await Promise.all([callFor(started.id), callFor(started.id)]);
		expect(twice.map(({ status }) => status).sort()).toEqual([200, 500]);
		const done = await started.until();
		expect([done.status, done.entries]).toEqual(['success', 2]);
		expect((await callFor(started.id)).status).toBe(409);
		expect([countOf(rig, 'submit'), countOf(rig, 'cancel')]).toEqual([1, 0]);
	});

	it('after a slow look has n8n go on all the same: RunComfy does not call again', async () => {
		loseCalls();
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf());
		await started.until('waiting');
		await n8n.restart(true);
		endRuns();
		rig.simulator.inject({ name: 'stall', on: 'status', ms: 1_000, times: 1 });
		expect((await callFor(started.id)).status).toBe(200);
		expect((await started.until()).status).toBe('success');
	});
});

describe('calls for several items', () => {
	const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }];

	it('in any order, and more than once, have n8n go on when all have ended', async () => {
		loseCalls();
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf(), { inputs });
		await started.until('waiting');
		await n8n.restart();
		const looks = workOf(rig).length;
		for (const n of [2, 2, 0]) expect((await callFor(started.id, n)).status).toBe(503);
		expect(n8n.read(started.id)).toMatchObject({ status: 'waiting', entries: 1 });
		// Each asks for the one that it names, and for its result.
		expect(workOf(rig).length - looks).toBe(6);
		endRuns();
		expect((await callFor(started.id, 1)).status).toBe(200);
		const done = await started.until();
		expect(done.items('Step 1').map(({ json }) => json['request_id'])).toEqual(paidIn(rig));
		expect([countOf(rig, 'submit'), done.entries]).toEqual([3, 2]);
	});

	it('of which one has failed end the node, and of which one has not leave it parked', async () => {
		loseCalls();
		rig.simulator.update({ latencyMs: LONG_MS });
		const started = n8n.start(stepOf({ concurrency: 3 }), { inputs });
		await started.until('waiting');
		await n8n.restart();
		const [, second] = paidIn(rig);
		const cancel = `/prod/v1/deployments/${(deploymentId as Json)['value'] as string}/requests/${second}/cancel`;
		await fetch(rig.simulator.url + cancel, {
			method: 'POST',
			headers: { authorization: `Bearer ${rig.simulator.token}` },
		});
		aheadMs += 10_000;
		expect((await callFor(started.id, 0)).status).toBe(503);
		expect(n8n.read(started.id).status).toBe('waiting');
		expect((await callFor(started.id, 1)).status).toBe(200);
		expect((await started.until()).status).toBe('error');
		expect(countOf(rig, 'submit')).toBe(3);
	});
});

describe('RunComfy is given no address of the execution', () => {
	it.each<[string, Json, Json]>([
		['where the user has another one', { webhook: 'http://127.0.0.1:9/hook' }, {}],
		['where the user does not want it', { resumeByWebhook: false }, {}],
		['where the execution stays in memory', { waitMode: 'poll' }, {}],
	])('%s', async (_where, options) => {
		rig.simulator.update({ latencyMs: 1_500 });
		const done = await n8n.start(stepOf(options)).until();
		expect(done.status).toBe('success');
		expect(webhookOf()).toBe(options['webhook']);
	});

	it('where runs of the deployment are over in a moment', async () => {
		rig.simulator.update({ latencyMs: 500 });
		for (const url of [expect.any(String), undefined]) {
			rig.simulator.requests.length = 0;
			expect((await n8n.start(stepOf()).until()).status).toBe('success');
			expect(webhookOf()).toEqual(url);
		}
	});
});
