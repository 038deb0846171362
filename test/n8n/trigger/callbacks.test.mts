// Who can start the workflow, and how often. A test of the core covers the contents of callbacks.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { serverError } from '../../support/answers.mts';
import { restartRuntime, TOKEN, useRig } from '../support/rig.mts';
import { closeTriggers, ended, idsOf, startTrigger, submitted } from '../support/trigger.mts';

const rig = useRig({ fast: true });
closeTriggers();

const PLAIN = { options: { downloadFiles: false } };

describe('a callback', () => {
	it('of RunComfy itself starts the workflow once', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const { requestId } = await submitted(rig, {
			options: { webhook: `${trigger.url}?order=17` },
		});
		rig.clock.pass(1_000);
		await rig.simulator.settle();
		await trigger.settled();
		const [item] = trigger.items();
		expect(item?.json).toMatchObject({ request_id: requestId, query: { order: '17' } });
		expect(rig.countOf('result')).toBe(1);
	});

	it('with false claims starts an execution with the true facts', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		rig.simulator.inject({ name: 'run_failed', error: 'OutOfMemory' });
		const { requestId: request_id, deploymentId: deployment_id } = await ended(rig);
		const outputs = { 9: { images: [{ url: 'https://evil.example/a.png' }] } };
		const forged = { request_id, deployment_id, status: 'succeeded', outputs };
		expect(await trigger.post(forged)).toBe(200);
		const [item] = trigger.items();
		expect(item?.json).toMatchObject({ status: 'failed', error_code: 'run_failed', files: [] });
		expect(JSON.stringify(item)).not.toContain('evil');
	});

	it('without the ids of a request is refused', async () => {
		const trigger = await startTrigger(rig);
		expect(await trigger.post({ request_id: 'req-1' })).toBe(400);
		expect(rig.simulator.requests).toEqual([]);
	});

	it('that comes before the end must be repeated', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		rig.simulator.update({ latencyMs: 60_000 });
		expect(await trigger.callBack(await submitted(rig))).toBe(503);
		expect([trigger.executions, trigger.stored()]).toEqual([[], {}]);
	});

	it.each([
		[
			'while the API is away',
			() => rig.simulator.inject(serverError({ times: 20, on: 'result' })),
			/500001/,
		],
		[
			'for a token that is no longer valid',
			() => (rig.credential['apiToken'] = 'wrong-token'),
			/401001/,
		],
	])('%s must be repeated, and then starts the workflow', async (_when, change, said) => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const request = await ended(rig);
		change();
		expect(await trigger.callBack(request)).toBe(503);
		expect(trigger.logged.join()).toMatch(said);
		expect(trigger.logged.join()).not.toContain('wrong-token');
		rig.simulator.clearFaults();
		rig.credential['apiToken'] = TOKEN;
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});

	it('of an unknown request starts nothing', async () => {
		const trigger = await startTrigger(rig);
		const unknown = { requestId: randomUUID(), deploymentId: rig.simulator.deploymentIds.video };
		expect(await trigger.callBack(unknown)).toBe(503);
		expect(trigger.executions).toEqual([]);
		expect(trigger.logged.join()).toContain(unknown.requestId);
	});

	it('for which n8n could not store an execution may come again', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const request = await ended(rig);
		trigger.database = () => Promise.reject(new Error('no database'));
		expect(await trigger.callBack(request)).toBe(500);
		trigger.database = async () => undefined;
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});
});

describe('a callback that is repeated', () => {
	it('starts nothing and makes no call, even after a restart (P35)', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const request = await ended(rig);
		expect(await trigger.callBack(request)).toBe(200);
		expect(await trigger.callBack(request)).toBe(200);
		restartRuntime();
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
		expect(rig.countOf('result')).toBe(1);
	});

	it('is remembered if it came at the same time as others', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const requests = [await ended(rig), await ended(rig), await ended(rig)];
		const answers = await Promise.all(requests.map((request) => trigger.callBack(request)));
		expect(answers).toEqual([200, 200, 200]);
		restartRuntime();
		for (const request of requests) expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger).sort()).toEqual(requests.map(({ requestId }) => requestId).sort());
	});

	it('is remembered among 500, so that what n8n stores does not grow', async () => {
		const earlier = Array.from({ length: 500 }, (_, at) => `req-${at}`);
		const trigger = await startTrigger(rig, { parameters: PLAIN, started: earlier });
		const request = await ended(rig);
		expect(await trigger.callBack({ ...request, requestId: 'req-0' })).toBe(200);
		expect(trigger.executions).toEqual([]);
		expect(await trigger.callBack(request)).toBe(200);
		expect(trigger.started()).toEqual([...earlier.slice(1), request.requestId]);
	});

	it('counts each time while you try the workflow out, and shows what is wrong', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN, mode: 'manual' });
		const request = await ended(rig);
		expect(await trigger.callBack(request)).toBe(200);
		expect(await trigger.callBack(request)).toBe(200);
		expect(trigger.executions).toHaveLength(2);
		expect(await trigger.callBack({ ...request, requestId: 'none' })).toBe(500);
		expect(trigger.logged.join()).toMatch(/does not know|not found/i);
	});
});

describe('the filters', () => {
	it('let through the statuses that were chosen', async () => {
		const parameters = { ...PLAIN, statuses: ['failed', 'canceled'] };
		const trigger = await startTrigger(rig, { parameters });
		expect(await trigger.callBack(await ended(rig))).toBe(200);
		expect(trigger.executions).toEqual([]);
		rig.simulator.inject({ name: 'run_failed', error: 'OutOfMemory' });
		expect(await trigger.callBack(await ended(rig))).toBe(200);
		expect(trigger.items()[0]?.json['status']).toBe('failed');
	});

	it('let through the deployments that were chosen, and do not ask about others', async () => {
		const { textToImage, video } = rig.simulator.deploymentIds;
		const other = await startTrigger(rig, { parameters: { ...PLAIN, deployments: [video] } });
		const request = await ended(rig);
		expect(await other.callBack(request)).toBe(200);
		expect([other.executions, rig.countOf('result')]).toEqual([[], 0]);
		const deployments = `={{ "${video}, ${textToImage}" }}`;
		const both = await startTrigger(rig, { parameters: { ...PLAIN, deployments } });
		expect(await both.callBack(request)).toBe(200);
		expect(idsOf(both)).toEqual([request.requestId]);
	});

	it.each([
		['deployments', '={{ 7 }}', /'Deployment Names or IDs' must be a list/, '7'],
		[
			'statuses',
			'={{ "succeeded, finished" }}',
			/'Trigger On' must be .*"succeeded"/,
			'"finished"',
		],
		['statuses', '={{ [] }}', /'Trigger On' must be .*"succeeded"/, '[]'],
		['statuses', '={{ $vars.missing }}', /'Trigger On' must be .*"succeeded"/, '[]'],
		['options', { secret: '={{ $vars.missing }}' }, /'Secret' must be a text/, 'undefined'],
	])(
		'that cannot be read (%s: %j) are an error that you can see, and RunComfy calls again (P35)',
		async (name, value, said, now) => {
			const wrong = await startTrigger(rig, { parameters: { ...PLAIN, [name]: value } });
			const request = await ended(rig);
			expect(await wrong.callBack(request)).toBe(500);
			expect(await wrong.callBack(request, '?secret=undefined')).toBe(500);
			expect(wrong.logged.join()).toMatch(said);
			expect(wrong.hints.join()).toContain(now);
			expect([wrong.executions, wrong.stored()]).toEqual([[], {}]);
		},
	);
});

it('the secret must be in the address, and goes no further', async () => {
	const parameters = { options: { downloadFiles: false, secret: 'open sesame' } };
	const trigger = await startTrigger(rig, { parameters });
	const request = await ended(rig);
	expect(await trigger.callBack(request)).toBe(403);
	expect(await trigger.callBack(request, '?secret=open')).toBe(403);
	expect([trigger.executions, rig.countOf('result')]).toEqual([[], 0]);
	expect(await trigger.callBack(request, '?secret=open+sesame&order=17')).toBe(200);
	expect(trigger.items()[0]?.json['query']).toEqual({ order: '17' });
	const kept = JSON.stringify([trigger.executions[0]?.runData, trigger.logged]);
	expect(kept).not.toContain('sesame');
});
