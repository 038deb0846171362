// Callbacks after deploys and restarts, with what the message that submitted the request contained.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import type * as LinesModule from '../../../../node-red/runtime/journal/lines.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { leftEntry, turns, useFlows } from '../../support/rig.mts';
import {
	post,
	SECRET,
	serveWebhook,
	startWebhook,
	type WebhookFlow,
} from '../../support/webhook.mts';

const { lineOf } = dist<typeof LinesModule>('node-red/runtime/journal/lines.cjs');

const start = useFlows();

let userDir: string;

beforeEach(() => {
	userDir = mkdtempSync(join(tmpdir(), 'runcomfy-receipts-'));
});

afterEach(() => rmSync(userDir, { recursive: true, force: true }));

const journal = () => readFileSync(join(userDir, 'runcomfy-jobs.jsonl'), 'utf8');

/** What was told of RunComfy's call, as a later process finds it. */
const told = () => linesOf('delivered');

const linesOf = (kind: string) =>
	journal()
		.split('\n')
		.filter((line) => line.includes(`"is":"${kind}"`))
		.join('\n');

/** How many downloads have begun; the simulator counts only those that have ended. */
const fetches = ({ simulator }: WebhookFlow) =>
	simulator.requests.filter(({ route }) => route === 'storage').length;

/** A flow that was called back and is fetching the file, which stalls. */
async function fetching(more: Record<string, unknown> = {}): Promise<WebhookFlow> {
	const flow = await startWebhook(start, { output: 'buffer', ...more }, { userDir });
	flow.simulator.inject({ name: 'stall', on: 'storage', ms: 400 });
	await flow.callBack({ more: '&user=7' });
	expect(flow.calls()).toEqual(['succeeded delivered']);
	await eventually(() => fetches(flow)).toBe(1);
	return flow;
}

describe.each(['full', 'flows', 'nodes'] as const)(
	'a %s deploy while files are fetched',
	(type) => {
		it('leaves the message to the new instance, once, without fetching again', async () => {
			const flow = await fetching();
			await flow.redeploy(type, { name: 'new' });
			await flow.ended();
			await turns(50);
			expect(flow.caught).toEqual([]);
			expect(flow.sent).toMatchObject([{ status: 'succeeded', query: { user: '7' } }]);
			expect(Buffer.isBuffer(flow.sent[0]?.payload)).toBe(true);
			expect(fetches(flow)).toBe(1);
			expect(flow.completed).toHaveLength(1);
		});
	},
);

describe('a restart while files are fetched', () => {
	it('sends the message after the start, once, and says that it was resumed', async () => {
		const flow = await fetching();
		await flow.reborn();
		await flow.ended();
		await turns(50);
		expect(flow.sent).toMatchObject([
			{ status: 'succeeded', query: { user: '7' }, runcomfy: { resumed: true } },
		]);
		expect(flow.completed).toHaveLength(1);
		await flow.reborn();
		await turns(50);
		expect(flow.sent).toHaveLength(1);
	});

	it('has kept neither the secret nor the token', async () => {
		const flow = await fetching();
		expect(journal()).toContain('"user":"7"');
		for (const secret of [SECRET, encodeURIComponent(SECRET), flow.simulator.token]) {
			expect(journal()).not.toContain(secret);
		}
		await flow.ended();
		await turns(5);
		expect(journal().trim().split('\n').at(-1)).toContain('"is":"gone"');
	});
});

describe('that a request was told', () => {
	it('is kept before it is, so that a call without an answer makes no second message', async () => {
		const flow = await startWebhook(start, {}, { userDir });
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
		const ids = { deploymentId: 'd', requestId: 'left' };
		const entry = leftEntry({ state: 'attached', ...ids });
		writeFileSync(join(userDir, 'runcomfy-jobs.jsonl'), lineOf(entry));
		const flow = await startWebhook(start, {}, { userDir });
		await flow.ended();
		expect(told()).toContain('left');
		const body = JSON.stringify({ request_id: 'left', deployment_id: 'd' });
		expect(await post(flow.address, body)).toBe(200);
	});
});

it('a look at RunComfy that ends after a deploy is not taken: RunComfy calls again', async () => {
	const flow = await startWebhook(start, {}, { userDir });
	flow.simulator.inject({ name: 'rate_limited', on: 'result', retry_after: 1 });
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

it('a deleted node sends nothing, neither then nor when it comes back', async () => {
	const flow = await fetching();
	await flow.redeploy('nodes', { d: true });
	await flow.redeploy('nodes', {});
	await flow.reborn();
	await turns(50);
	expect(flow).toMatchObject({ sent: [], caught: [], completed: [] });
});

it('while nodes are being started, a callback waits: who awaits the request is not known yet', async () => {
	const flow = await startWebhook(start, {}, { userDir });
	flow.events().emit('flows:starting', {});
	let calledBack = false;
	const calling = flow.callBack().then(() => {
		calledBack = true;
	});
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	await turns(200);
	expect({ calledBack, looks: flow.simulator.count('result') }).toEqual({
		calledBack: false,
		looks: 0,
	});
	flow.events().emit('flows:started', {});
	await calling;
	await flow.ended();
	expect(flow.sent).toMatchObject([{ status: 'succeeded' }]);
});

beforeEach(() => {
	userDir = mkdtempSync(join(tmpdir(), 'runcomfy-correlation-'));
});

afterEach(() => rmSync(userDir, { recursive: true, force: true }));

const own = { topic: 'cats', customer: { id: 7 }, parts: { id: 'p', index: 0, count: 2 } };

async function submitting(
	before: (flow: WebhookFlow) => void = () => undefined,
	more: Record<string, unknown> = {},
) {
	const nodes = [
		{ id: 'hook', type: 'runcomfy-webhook', config: 'cfg', wires: [['sent']] },
		{ id: 'result', type: 'runcomfy-result', schemaVersion: 1, config: 'cfg', wires: [['sent']] },
	];
	const fields = { webhook: 'hook', webhookType: 'msg', wires: [[]], ...more };
	const flow = await serveWebhook(start, 'runcomfy-submit', fields, { nodes, userDir });
	before(flow);
	flow.receive({
		...own,
		payload: 'a large thing',
		apiKey: 'a secret',
		order: 'o-1',
		deploymentId: flow.simulator.deploymentIds.textToImage,
		hook: flow.address,
	});
	return flow;
}

async function submitted() {
	const flow = await submitting();
	await flow.ended();
	return { flow, requestId: [...flow.simulator.jobs.keys()][0] as string };
}

it('to a webhook node', async () => {
	const { flow } = await submitted();
	await flow.later(5_000);
	await turns(50);
	expect(flow.sent).toMatchObject([{ ...own, status: 'succeeded' }]);
	expect(flow.sent[0]).not.toHaveProperty('apiKey');
	expect(flow.sent[0]?.payload).not.toBe('a large thing');
	const file = journal();
	for (const secret of ['a secret', encodeURIComponent(SECRET), flow.simulator.token]) {
		expect(file).not.toContain(secret);
	}
});

it('to a webhook node that is called before the submit is answered', async () => {
	const flow = await submitting(({ simulator }) =>
		simulator.inject({ name: 'slow_submit', ms: 500 }),
	);
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	await flow.later(5_000);
	await eventually(() => flow.sent.length).toBe(1);
	expect(flow.sent).toMatchObject([{ ...own, status: 'succeeded' }]);
});

it('to a result node, where the message that asks has nothing of its own there', async () => {
	const { flow, requestId } = await submitted();
	flow.time.pass(5_000);
	const deploymentId = flow.simulator.deploymentIds.textToImage;
	flow.receive({ requestId, deploymentId, topic: 'mine' }, 'result');
	await turns(100);
	expect(flow.sent).toMatchObject([{ ...own, topic: 'mine', requestId, status: 'succeeded' }]);
});

it('or only what the node is told to keep, with topic and parts', async () => {
	const flow = await submitting(undefined, { keep: 'msg.customer; payload, missing' });
	await flow.ended();
	await flow.later(5_000);
	await turns(50);
	expect(flow.sent).toMatchObject([own]);
	expect(flow.sent[0]).not.toHaveProperty('order');
	expect(flow.sent[0]?.payload).not.toBe('a large thing');
	expect(linesOf('message')).not.toContain('o-1');
});
