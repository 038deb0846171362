// Who can start the workflow, and how often. Tests of the core cover the contents of callbacks.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { serverError } from '../../support/answers.mts';
import { restartRuntime, TOKEN, useRig } from '../support/rig.mts';
import { closeTriggers, ended, idsOf, startTrigger, submitted } from '../support/trigger.mts';

const rig = useRig({ fast: true });
closeTriggers();

const PLAIN = { options: { downloadFiles: false } };
const HOUR_MS = 3_600_000;
const AWAY = serverError({ times: 20 });

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

	it('of an unknown request starts nothing, and must not be repeated', async () => {
		const trigger = await startTrigger(rig);
		const { textToImage, video } = rig.simulator.deploymentIds;
		const unknown = { requestId: randomUUID(), deploymentId: textToImage };
		expect(await trigger.callBack(unknown)).toBe(404);
		expect(await trigger.callBack({ ...unknown, deploymentId: video })).toBe(404);
		expect(trigger.executions).toEqual([]);
		expect(trigger.logged.join()).toContain(unknown.requestId);
	});

	it('that comes before the end must be repeated', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		rig.simulator.update({ latencyMs: 60_000 });
		const request = await submitted(rig);
		expect(await trigger.callBack(request)).toBe(503);
		expect(trigger.executions).toEqual([]);
		expect(trigger.stored()).toEqual({});
	});

	it.each([
		['while the API is away', () => rig.simulator.inject({ ...AWAY, on: 'result' })],
		['for a token that is no longer valid', () => (rig.credential['apiToken'] = 'wrong-token')],
	])('%s must be repeated, and then starts the workflow', async (_when, change) => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const request = await ended(rig);
		change();
		expect(await trigger.callBack(request)).toBe(503);
		expect(trigger.logged.join()).toMatch(/could not be checked/);
		expect(trigger.logged.join()).not.toContain('wrong-token');
		rig.simulator.clearFaults();
		rig.credential['apiToken'] = TOKEN;
		// Callbacks share the credential for a moment.
		rig.clock.pass(60_000);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});
});

describe('a callback that is repeated', () => {
	it('starts nothing and makes no call, even after a restart', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const request = await ended(rig);
		expect(await trigger.callBack(request)).toBe(200);
		// A late callback may report an earlier state.
		expect(await trigger.callBack(request, '', 'in_progress')).toBe(200);
		restartRuntime();
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
		expect(rig.countOf('result')).toBe(1);
	});

	it('at the same time as others is remembered over a restart like them', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const requests = [await ended(rig), await ended(rig), await ended(rig)];
		const calls = [...requests, ...requests];
		const answers = await Promise.all(calls.map((request) => trigger.callBack(request)));
		// A callback that arrives before the execution of its event is stored must be repeated.
		expect(answers.filter((status) => status !== 200 && status !== 503)).toEqual([]);
		restartRuntime();
		for (const request of requests) expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger).sort()).toEqual(requests.map(({ requestId }) => requestId).sort());
	});

	it('is remembered for the day in which RunComfy repeats it (P35)', async () => {
		const trigger = await startTrigger(rig, { parameters: PLAIN });
		const [first, second, third] = [await ended(rig), await ended(rig), await ended(rig)];
		expect(await trigger.callBack(first)).toBe(200);
		rig.clock.elapse(23 * HOUR_MS);
		expect(await trigger.callBack(second)).toBe(200);
		restartRuntime();
		expect(await trigger.callBack(first)).toBe(200);
		expect(idsOf(trigger)).toEqual([first.requestId, second.requestId]);
		expect(trigger.delivered()).toHaveLength(2);
		rig.clock.elapse(2 * HOUR_MS);
		// The data that n8n writes with each event must not grow forever.
		expect(await trigger.callBack(third)).toBe(200);
		const kept = trigger.delivered().map((line) => line.split(' ')[1]);
		expect(kept).toEqual([second.requestId, third.requestId]);
	});

	it('is remembered among 10,000 of that day', async () => {
		const now = rig.clock.now();
		const earlier = Array.from({ length: 10_000 }, (_, at) => `${now - 10_000 + at} event-${at}`);
		const trigger = await startTrigger(rig, { parameters: PLAIN, delivered: earlier });
		const request = await ended(rig);
		expect(await trigger.callBack({ ...request, requestId: 'event-0' })).toBe(200);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
		const kept = trigger.delivered();
		expect([kept.length, kept[0], kept.at(-1)]).toEqual([
			10_000,
			earlier[1],
			expect.stringContaining(request.requestId),
		]);
	});

	it('counts each time while you try the workflow out', async () => {
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
		expect(await trigger.callBack(await ended(rig), '', 'failed')).toBe(200);
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

	it('that cannot be read are an error that you can see', async () => {
		const trigger = await startTrigger(rig, { parameters: { deployments: '={{ 7 }}' } });
		expect(await trigger.callBack(await ended(rig))).toBe(500);
		expect(trigger.logged.join()).toMatch(/'Deployment Names or IDs' must be a list/);
	});
});

describe('Trigger On', () => {
	it.each([
		['an unknown word', '={{ "succeeded, finished" }}', '"finished"'],
		['a text that is not a list', '={{ "all" }}', '"all"'],
		['an empty list', '={{ [] }}', '[]'],
		['nothing', '={{ $vars.missing }}', '[]'],
	])(
		'with %s is an error that you can see, and RunComfy calls again (P35)',
		async (_what, statuses, now) => {
			const request = await ended(rig);
			const wrong = await startTrigger(rig, { parameters: { ...PLAIN, statuses } });
			expect(await wrong.callBack(request)).toBe(500);
			expect(wrong.logged.join()).toMatch(/'Trigger On' must be .*"succeeded"/);
			expect(wrong.hints.join()).toContain(now);
			expect([wrong.executions, wrong.stored()]).toEqual([[], {}]);
			const fixed = await startTrigger(rig, {
				parameters: { ...PLAIN, statuses: '={{ "failed,succeeded" }}' },
			});
			expect(await fixed.callBack(request)).toBe(200);
			expect(idsOf(fixed)).toEqual([request.requestId]);
		},
	);
});

describe('the secret', () => {
	it('must be in the address, and goes no further', async () => {
		const parameters = { options: { downloadFiles: false, secret: 'open sesame' } };
		const trigger = await startTrigger(rig, { parameters });
		const request = await ended(rig);
		expect(await trigger.callBack(request)).toBe(403);
		expect(await trigger.callBack(request, '?secret=open')).toBe(403);
		expect([trigger.executions, rig.countOf('result')]).toEqual([[], 0]);
		expect(await trigger.callBack(request, '?secret=open+sesame&order=17')).toBe(200);
		expect(trigger.items()[0]?.json['query']).toEqual({ order: '17' });
		expect(JSON.stringify(trigger.executions[0]?.runData)).not.toContain('sesame');
	});

	it('from a variable that is not set keeps everybody out', async () => {
		const options = { secret: '={{ $vars.missing }}' };
		const trigger = await startTrigger(rig, { parameters: { options } });
		expect(await trigger.callBack(await ended(rig), '?secret=undefined')).toBe(500);
		expect(await trigger.callBack(await ended(rig))).toBe(500);
		expect(trigger.executions).toEqual([]);
	});
});

it('a body without the ids of a request is refused', async () => {
	const trigger = await startTrigger(rig);
	expect(await trigger.post({ request_id: 'req-1' })).toBe(400);
	expect(rig.simulator.requests).toEqual([]);
});
