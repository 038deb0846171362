// A call that comes when the execution has long gone on, and waits at another node.
import { expect, it } from '@jest/globals';
import { waitUntil } from '../../support/expect.mts';
import { useSmallN8n } from '../support/parked.mts';
import { runAndWait } from '../support/paying.mts';
import { byId, copyOf, useRig, workflowOf } from '../support/rig.mts';

let aheadMs = 0;
const LONG_MS = 3_600_000;

/** As n8n's own Wait node does for calls: whoever calls has it go on. */
const wait = {
	description: {
		displayName: 'Wait',
		name: 'wait',
		group: ['transform'],
		version: 1,
		description: 'Wait',
		defaults: { name: 'Wait' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				path: '',
				responseMode: 'onReceived',
				restartWebhook: true,
			},
		],
	},
	async execute(this: { putExecutionToWait(until: Date): Promise<void> }) {
		await this.putExecutionToWait(new Date(Date.now() + LONG_MS));
		return [[]];
	},
	webhook: async () => ({ workflowData: [[{ json: {} }]] }),
};

const rig = useRig({
	now: () => Date.now() + aheadMs,
	nodeTypes: { 'test.wait': wait as never },
});
const n8n = useSmallN8n(rig);

it('leaves a Wait node further on as it is', async () => {
	rig.simulator.update({ latencyMs: LONG_MS });
	const json = workflowOf({
		parameters: runAndWait(rig, { deploymentId: byId(await copyOf(rig)) }),
	});
	json.nodes.push({ ...json.nodes[0]!, id: 'wait', name: 'Wait', type: 'test.wait' });
	Object.assign(json.connections, {
		'Step 1': { main: [[{ node: 'Wait', type: 'main', index: 0 }]] },
	});
	const started = n8n.start(json);
	await started.until('waiting');
	await n8n.restart();
	aheadMs += LONG_MS;
	await n8n.wake(started.id);
	await waitUntil(() => n8n.read(started.id).stored.resultData.lastNodeExecuted === 'Wait');
	expect(n8n.read(started.id)).toMatchObject({ status: 'waiting', entries: 2 });
	expect((await n8n.post(started.id, {})).status).toBe(404);
	expect(n8n.read(started.id)).toMatchObject({ status: 'waiting', entries: 2 });
});
