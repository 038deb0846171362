// Who receives RunComfy's callbacks: the run that waits for the request, or the webhook node, also across deploys and
// restarts; and which properties of the submitting message are restored.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import { rateLimited } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import {
	type ActionType,
	type FlowOptions,
	leftEntry,
	running,
	submitted,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';
import { post, SECRET, serveWebhook, type WebhookFlow } from '../../support/webhook.mts';

const start = useFlows();
const kept = useUserDir();
const RUN_MS = 600_000;

const journal = () => readFileSync(kept.journal, 'utf8');
const linesOf = (kind: string) =>
	journal()
		.split('\n')
		.filter((line) => line.includes(`"is":"${kind}"`))
		.join('\n');
/** The journal contains neither the webhook's secret nor the token. */
const expectNoSecrets = ({ simulator }: WebhookFlow) => {
	for (const secret of [SECRET, simulator.token]) {
		expect(journal()).not.toContain(secret);
	}
};
/** Callbacks recorded as received, as a later process finds them. */
const told = () => linesOf('delivered');

const webhook = (fields: object = {}) =>
	serveWebhook(start, 'runcomfy-webhook', fields, { userDir: kept.userDir });

/** A flow around another node, with a webhook node beside it. */
const beside = (type: ActionType, fields: object, options: FlowOptions) => {
	const hook = { id: 'hook', type: 'runcomfy-webhook', config: 'cfg', wires: [['sent']] };
	const nodes = [hook, ...(options.nodes ?? [])];
	const all = { webhook: 'hook', webhookType: 'msg', ...fields };
	return serveWebhook(start, type, all, { ...options, nodes });
};

const send = (flow: WebhookFlow, msg: object) => flow.ask({ hook: flow.address, ...msg });

describe('a run', () => {
	const run = (fields: object = {}, latencyMs = RUN_MS) =>
		beside('runcomfy-run', fields, { simulator: { latencyMs } });

	/** Sends a message to the run node, and holds the clock once its request runs. */
	async function atRunComfy() {
		const flow = await run();
		await running(flow, 1, () => send(flow, { topic: 'run' }));
		return flow;
	}

	it('ends with the callback, not with the next poll, and only there, over a deploy, too', async () => {
		const flow = await atRunComfy();
		await flow.redeploy('full', { name: 'new' });
		await flow.later(RUN_MS);
		await flow.ended();
		await turns(50);
		expect(flow.sent).toMatchObject([{ topic: 'run', status: 'succeeded' }]);
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect([flow.simulator.count('status'), flow.time.sleeping()]).toEqual([1, 0]);
	});

	it('whose cancel was refused ends so, too', async () => {
		const flow = await atRunComfy();
		flow.simulator.inject({ name: 'cancel_refused' });
		flow.receive({ cancel: true });
		await eventually(() => flow.simulator.count('status')).toBe(1);
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.later(RUN_MS);
		await flow.ended(2);
		expect(flow.sent).toMatchObject([{ topic: 'run', status: 'succeeded' }]);
	});

	it('that a poll saw end is not told again by a late callback', async () => {
		const flow = await run({}, 1000);
		flow.simulator.inject({ name: 'webhook_lost' });
		send(flow, {});
		await flow.ended();
		const { requestId, deploymentId } = flow.sent[0] ?? {};
		const body = { request_id: requestId, deployment_id: deploymentId, status: 'succeeded' };
		expect(await post(flow.address, JSON.stringify(body))).toBe(200);
		await turns(50);
		expect(flow.sent).toHaveLength(1);
	});

	it('whose callback comes before the answer to its submit ends once', async () => {
		const flow = await run({}, 0);
		flow.simulator.inject({ name: 'slow_submit', ms: 300 });
		send(flow, { topic: 'run' });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await flow.simulator.settle();
		await flow.ended();
		await turns(50);
		expect(flow.calls()).toEqual(['succeeded delivered']);
		expect(flow.sent).toMatchObject([{ topic: 'run' }]);
	});

	it('that has timed out is told by the webhook, since nobody waits any more', async () => {
		const flow = await run({ timeout: '60', timeoutType: 'num' });
		send(flow, { topic: 'run' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'run', error: { code: 'timed_out' } }]);
		const { requestId } = flow.caught[0] as unknown as { requestId: string };
		await flow.later(RUN_MS);
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent).toMatchObject([{ requestId, status: 'succeeded', query: {} }]);
	});
});

describe('a result node that waits', () => {
	it('ends with the callback, and only there', async () => {
		const options = { simulator: { latencyMs: RUN_MS } };
		const flow = await beside('runcomfy-result', { wait: true }, options);
		const ref = await submitted(flow, { webhook: flow.address });
		await running(flow, 1, () => flow.receive({ topic: 'wait', ...ref }));
		await flow.later(RUN_MS);
		await flow.ended();
		await turns(50);
		expect(flow.sent).toMatchObject([{ topic: 'wait', status: 'succeeded' }]);
	});
});

/** The number of downloads that have begun; the simulator counts only those that have ended. */
const fetches = (flow: WebhookFlow) => flow.bodies('storage').length;

/** A flow that was called back and is downloading the file, which stalls. */
async function fetching(): Promise<WebhookFlow> {
	const flow = await webhook({ output: 'buffer' });
	flow.simulator.inject({ name: 'stall', on: 'storage', ms: 400 });
	await flow.callBack();
	expect(flow.calls()).toEqual(['succeeded delivered']);
	await eventually(() => fetches(flow)).toBe(1);
	return flow;
}

describe('while files are fetched', () => {
	it.each(['full', 'flows', 'nodes'] as const)(
		'a %s deploy leaves the message to the new instance, once, without fetching again',
		async (type) => {
			const flow = await fetching();
			await flow.redeploy(type, { name: 'new' });
			await flow.ended();
			await turns(50);
			expect(flow.caught).toEqual([]);
			expect(flow.sent).toMatchObject([{ status: 'succeeded', query: { user: '7' } }]);
			expect(Buffer.isBuffer(flow.sent[0]?.payload)).toBe(true);
			expect([fetches(flow), flow.completed.length]).toEqual([1, 1]);
		},
	);

	it('a restart has the message sent after the start, once, and it says that it was resumed', async () => {
		const flow = await fetching();
		expect(journal()).toContain('"user":"7"');
		expectNoSecrets(flow);
		await flow.reborn();
		await flow.ended();
		await turns(50);
		expect(kept.onDisk()).toEqual([]);
		expect(flow.sent).toMatchObject([
			{ status: 'succeeded', query: { user: '7' }, runcomfy: { resumed: true } },
		]);
		expect(flow.completed).toHaveLength(1);
		await flow.reborn();
		await turns(50);
		expect(flow.sent).toHaveLength(1);
	});

	it('a deleted node sends nothing, neither then nor when it comes back, and the log names the request', async () => {
		const flow = await fetching();
		await flow.redeploy('nodes', { d: true });
		const [job] = flow.simulator.jobs.values();
		expect(flow.warned).toEqual([
			expect.stringContaining(`the message of request ${job?.requestId}`),
		]);
		await flow.redeploy('nodes', {});
		await flow.reborn();
		await turns(50);
		expect(flow).toMatchObject({ sent: [], caught: [], completed: [] });
	});
});

describe('that a request was told', () => {
	it('is kept before it is, so that a call without an answer makes no second message', async () => {
		const flow = await webhook();
		let before = '';
		(helper.getNode('sent') as Node).on('input', (_msg, _send, done) => {
			before = told();
			done();
		});
		const { requestId } = await flow.callBack();
		await flow.ended();
		expect(before).toContain(requestId);
	});

	it('is kept, too, where an earlier process has not come to that', async () => {
		kept.leave(leftEntry({ state: 'attached', deploymentId: 'd', requestId: 'left' }));
		const flow = await webhook();
		await flow.ended();
		expect(told()).toContain('left');
		const body = JSON.stringify({ request_id: 'left', deployment_id: 'd' });
		expect(await post(flow.address, body)).toBe(200);
	});
});

describe('a callback', () => {
	it('whose look at RunComfy ends after a deploy is not taken: RunComfy calls again', async () => {
		const flow = await webhook();
		flow.simulator.inject(rateLimited({ on: 'result', retryAfter: 1 }));
		const release = flow.time.hold();
		const calling = flow.callBack();
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.redeploy('nodes', { name: 'new' });
		release();
		await calling;
		expect(flow.calls()).toEqual(['succeeded failed (503)']);
		await flow.later(60_000);
		await flow.ended();
		expect(flow.calls().at(-1)).toBe('succeeded delivered');
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
	});

	it('while nodes are being started waits: who awaits the request is not known yet', async () => {
		const flow = await webhook();
		flow.events().emit('flows:starting', {});
		let calledBack = false;
		const calling = flow.callBack().then(() => (calledBack = true));
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await turns(200);
		expect([calledBack, flow.simulator.count('result')]).toEqual([false, 0]);
		flow.events().emit('flows:started', {});
		await calling;
		await flow.ended();
		expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
	});
});

describe('what the message that submitted the request contained comes back', () => {
	const own = { topic: 'cats', customer: { id: 7 }, parts: { id: 'p', index: 0, count: 2 } };

	async function submitting(
		fields: object = {},
		before: (flow: WebhookFlow) => void = () => undefined,
	) {
		const result = { id: 'result', type: 'runcomfy-result', config: 'cfg' };
		const options = { nodes: [{ ...result, wires: [['sent']] }], userDir: kept.userDir };
		const flow = await beside('runcomfy-submit', { wires: [[]], ...fields }, options);
		before(flow);
		send(flow, { ...own, payload: 'a large thing', order: 'o-1' });
		return flow;
	}

	it('to a webhook node', async () => {
		const flow = await submitting();
		await flow.ended();
		await flow.later(5_000);
		await turns(50);
		expect(flow.sent).toMatchObject([{ ...own, status: 'succeeded' }]);
		expect(flow.sent[0]?.payload).not.toBe('a large thing');
		expectNoSecrets(flow);
	});

	it('to a webhook node that is called before the submit is answered', async () => {
		const flow = await submitting({}, ({ simulator }) =>
			simulator.inject({ name: 'slow_submit', ms: 500 }),
		);
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await flow.later(5_000);
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent).toMatchObject([{ ...own, status: 'succeeded' }]);
	});

	it('to a result node, where the message that asks has nothing of its own there', async () => {
		const flow = await submitting();
		await flow.ended();
		const [requestId] = flow.simulator.jobs.keys();
		flow.time.pass(5_000);
		flow.ask({ requestId, topic: 'mine' }, 'result');
		await turns(100);
		expect(flow.sent).toMatchObject([{ ...own, topic: 'mine', requestId, status: 'succeeded' }]);
	});
});
