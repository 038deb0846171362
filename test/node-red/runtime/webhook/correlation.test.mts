// A request that one message has submitted: its end brings back what that message had.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { turns } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';
import { SECRET, serveWebhook, type WebhookFlow } from '../../support/webhook.mts';

const start = useFlows();
let userDir: string;
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
	const file = readFileSync(join(userDir, 'runcomfy-requests.jsonl'), 'utf8');
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
	expect(readFileSync(join(userDir, 'runcomfy-requests.jsonl'), 'utf8')).not.toContain('o-1');
});
