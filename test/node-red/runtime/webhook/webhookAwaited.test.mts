// A callback for a request that another node is waiting for ends the wait at once, and only once.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { type ActionType, submitted, turns, useFlows } from '../../support/rig.mts';
import { post, serveWebhook, type WebhookFlow } from '../../support/webhook.mts';

const start = useFlows();
const RUN_MS = 600_000;

const beside = (type: ActionType, fields: Record<string, unknown> = {}, latencyMs = RUN_MS) =>
	serveWebhook(
		start,
		type,
		{ webhook: 'hook', webhookType: 'msg', ...fields },
		{
			nodes: [{ id: 'hook', type: 'runcomfy-webhook', config: 'cfg', wires: [['sent']] }],
			simulator: { latencyMs },
		},
	);

/** Sends a message to the run node, and holds the clock once its request runs. */
async function running(flow: WebhookFlow) {
	const goOn = flow.time.hold();
	flow.receive({
		deploymentId: flow.simulator.deploymentIds.textToImage,
		hook: flow.address,
		topic: 'run',
	});
	await eventually(() => flow.time.sleeping()).toBe(1);
	return goOn;
}

describe('a run', () => {
	it('ends with the callback, not with the next poll, and only there', async () => {
		const flow = await beside('runcomfy-run');
		await running(flow);
		await flow.later(RUN_MS);
		await flow.ended();
		await turns(50);
		expect(flow.sent).toMatchObject([{ topic: 'run', status: 'succeeded' }]);
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect(flow.simulator.count('status')).toBe(1);
		expect(flow.time.sleeping()).toBe(0);
	});

	it('whose cancel was refused ends so, too', async () => {
		const flow = await beside('runcomfy-run');
		await running(flow);
		flow.simulator.inject({ name: 'cancel_refused' });
		flow.receive({ cancel: true });
		await eventually(() => flow.simulator.count('status')).toBe(1);
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.later(RUN_MS);
		await flow.ended(2);
		expect(flow.sent).toMatchObject([{ topic: 'run', status: 'succeeded' }]);
	});

	it('that fails goes to Catch once', async () => {
		const flow = await beside('runcomfy-run');
		flow.simulator.inject({ name: 'run_failed' });
		await running(flow);
		await flow.later(RUN_MS);
		await flow.ended();
		await turns(50);
		expect(flow.caught).toMatchObject([{ topic: 'run', error: { code: 'run_failed' } }]);
		expect(flow.sent).toEqual([]);
	});

	it('that a poll saw end is not told again by a late callback', async () => {
		const flow = await beside('runcomfy-run', {}, 1000);
		flow.simulator.inject({ name: 'webhook_lost' });
		flow.ask({ hook: flow.address });
		await flow.ended();
		const { requestId, deploymentId } = flow.sent[0] ?? {};
		const body = { request_id: requestId, deployment_id: deploymentId, status: 'succeeded' };
		expect(await post(flow.address, JSON.stringify(body))).toBe(200);
		await turns(50);
		expect(flow.sent).toHaveLength(1);
	});

	it('whose callback comes before the answer to its submit ends once', async () => {
		const flow = await beside('runcomfy-run', {}, 0);
		flow.simulator.inject({ name: 'slow_submit', ms: 300 });
		flow.receive({
			deploymentId: flow.simulator.deploymentIds.textToImage,
			hook: flow.address,
			topic: 'run',
		});
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await flow.simulator.settle();
		await flow.ended();
		await turns(50);
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect(flow.sent).toMatchObject([{ topic: 'run' }]);
	});

	it('that has timed out is told by the webhook, since nobody waits any more', async () => {
		const flow = await beside('runcomfy-run', { timeout: '60', timeoutType: 'num' });
		flow.receive({
			deploymentId: flow.simulator.deploymentIds.textToImage,
			hook: flow.address,
			topic: 'run',
		});
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'run', error: { code: 'timed_out' } }]);
		const { requestId } = flow.caught[0] as unknown as { requestId: string };
		await flow.later(RUN_MS);
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent).toMatchObject([{ requestId, status: 'succeeded', query: {} }]);
	});

	it('of another instance after a deploy is woken, too', async () => {
		const flow = await beside('runcomfy-run');
		await running(flow);
		await flow.redeploy('full', { name: 'new' });
		await flow.later(RUN_MS);
		await flow.ended();
		await turns(50);
		expect(flow.sent).toMatchObject([{ topic: 'run', status: 'succeeded' }]);
		expect(flow.simulator.count('status')).toBe(1);
	});
});

describe('a result node that waits', () => {
	it('ends with the callback, and only there', async () => {
		const flow = await beside('runcomfy-result', { wait: true });
		flow.time.hold();
		const ref = await submitted(flow, { query: { webhook: flow.address } });
		flow.receive({ ...ref, topic: 'wait' });
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.later(RUN_MS);
		await flow.ended();
		await turns(50);
		expect(flow.sent).toMatchObject([{ topic: 'wait', status: 'succeeded' }]);
	});
});
