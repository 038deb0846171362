// If somebody waits for the output, or the engine is not as expected, the execution stays in n8n's memory.
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import type * as Core from 'n8n-core';
import type { WorkflowExecuteMode } from 'n8n-workflow';
import { useSmallN8n } from '../support/parked.mts';
import {
	byId,
	copyOf,
	countOf,
	type Json,
	nodeTypeOf,
	runAndWait,
	useRig,
	workflowOf,
} from '../support/rig.mts';

const trigger = (name: string) =>
	nodeTypeOf(name, {
		description: {
			group: ['trigger'],
			inputs: [],
			properties: [
				{ displayName: 'Respond', name: 'responseMode', type: 'string', default: 'onReceived' },
			],
		},
		async execute() {
			return [this.getInputData()];
		},
	});

const TYPES = {
	'test.webhookTrigger': trigger('webhook'),
	'@n8n/n8n-nodes-langchain.chatTrigger': trigger('chatTrigger'),
};

const rig = useRig({ fast: true, nodeTypes: TYPES });
const n8n = useSmallN8n(rig);

/** A trigger, and another one that has not started this execution. */
async function run(
	type: string,
	parameters: Json,
	{ mode = 'webhook', other = {}, waitMode = 'auto', tamper = {} as Json } = {},
) {
	rig.simulator.update({ latencyMs: 2_500 });
	const deploymentId = byId(await copyOf(rig));
	const json = workflowOf({ parameters: runAndWait(rig, { deploymentId, options: { waitMode } }) });
	Object.assign(json.nodes[0]!, { type, parameters });
	json.nodes.push({ ...json.nodes[0]!, id: 'o', name: 'Other', parameters: other });
	const main = [[{ node: 'Step 1', type: 'main', index: 0 }]];
	json.connections = { Start: { main }, Other: { main } };
	n8n.tamper = (data) => void Object.assign(data, tamper);
	const done = await n8n.start(json, { mode: mode as WorkflowExecuteMode }).until();
	expect(done.error?.message).toBeUndefined();
	return { parked: done.entries > 1, said: JSON.stringify(done.runData['Step 1']) };
}

const WEBHOOK = 'test.webhookTrigger';
const CHAT = '@n8n/n8n-nodes-langchain.chatTrigger';

describe('an execution that was started by a call', () => {
	it.each<[string, Json, string, boolean]>([
		[WEBHOOK, {}, 'webhook', true],
		[WEBHOOK, { responseMode: 'onReceived' }, 'webhook', true],
		[WEBHOOK, { responseMode: 'lastNode' }, 'webhook', false],
		[WEBHOOK, { responseMode: 'responseNode' }, 'webhook', false],
		[WEBHOOK, { responseMode: 'lastNode' }, 'manual', false],
		[CHAT, {}, 'webhook', false],
	])('%s %j in the mode %s parks: %s', async (type, parameters, mode, parks) => {
		expect((await run(type, parameters, { mode })).parked).toBe(parks);
	});

	it('does not mind what another trigger would do', async () => {
		const other = { responseMode: 'lastNode' };
		expect((await run(WEBHOOK, {}, { other })).parked).toBe(true);
	});

	it('says why it stays if the user wants it parked', async () => {
		const waitMode = 'suspend';
		const { parked, said } = await run(WEBHOOK, { responseMode: 'lastNode' }, { waitMode });
		expect(parked).toBe(false);
		expect(said).toMatch(/because the node \\"Start\\" answers only when/);
	});
});

describe('an execution that another workflow has called', () => {
	it.each([
		['auto', true, false],
		['auto', false, true],
		['suspend', true, true],
	])('in the mode %s, and waited for: %s, parks: %s', async (waitMode, shouldResume, parks) => {
		const parentExecution = { executionId: '1', workflowId: 'w', shouldResume };
		const options = { mode: 'integrated', waitMode, tamper: { parentExecution } };
		expect((await run(WEBHOOK, {}, options)).parked).toBe(parks);
	});
});

const require = createRequire(import.meta.url);

describe('an engine that is not as expected', () => {
	it.each(['auto', 'suspend'])('has the node wait in memory (%s)', async (waitMode) => {
		const { ExecuteContext } = require('n8n-core') as typeof Core;
		jest.spyOn(ExecuteContext.prototype, 'getExecuteData').mockReturnValue({} as never);
		rig.simulator.update({ latencyMs: 1_500 });
		const deploymentId = byId(await copyOf(rig));
		const parameters = runAndWait(rig, { deploymentId, options: { waitMode } });
		const done = await n8n.start(workflowOf({ parameters })).until();
		expect([done.status, done.entries, countOf(rig, 'submit')]).toEqual(['success', 1, 1]);
		const said = JSON.stringify(done.runData['Step 1']);
		expect(said.includes('does not run a node again')).toBe(waitMode === 'suspend');
	});
});
