// An execution stays in n8n's memory if its output is awaited, or if the engine is not as expected.
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import type * as Core from 'n8n-core';
import type { WorkflowExecuteMode } from 'n8n-workflow';
import { useSmallN8n } from '../support/parked.mts';
import { byId, type Json, nodeTypeOf, useRig, workflowOf } from '../support/rig.mts';

const require = createRequire(import.meta.url);

const trigger = nodeTypeOf('trigger', {
	description: {
		group: ['trigger'],
		inputs: [],
		properties: [
			{ displayName: 'Respond', name: 'responseMode', type: 'string', default: 'onReceived' },
			{ displayName: 'Options', name: 'options', type: 'json', default: {} },
		],
	},
	async execute() {
		return [this.getInputData()];
	},
});

const WEBHOOK = 'test.webhookTrigger';
const CHAT = '@n8n/n8n-nodes-langchain.chatTrigger';
const TOOLS = '@n8n/n8n-nodes-langchain.mcpTrigger';
const CHAT_LOG = 'test.chatTriggerLog';
const nodeTypes = { [WEBHOOK]: trigger, [CHAT]: trigger, [TOOLS]: trigger, [CHAT_LOG]: trigger };

const rig = useRig({ fast: true, nodeTypes });
const n8n = useSmallN8n(rig);

interface Situation {
	/** Type of the trigger. */
	type?: string;
	parameters?: Json;
	mode?: WorkflowExecuteMode;
	/** Parameters of another trigger, which did not start this execution. */
	other?: Json;
	waitMode?: string;
	/** Changes the data that the engine runs with. */
	tamper?: Json;
	between?: Json;
}

/** @returns whether the execution parks */
async function run({
	type = WEBHOOK,
	parameters = {},
	mode = 'webhook',
	other = {},
	waitMode = 'auto',
	tamper = {},
	between = {},
}: Situation = {}) {
	rig.simulator.update({ latencyMs: 2_500 });
	const deploymentId = byId(rig.copyOf());
	const json = workflowOf({ parameters: rig.toRun({ deploymentId, options: { waitMode } }) });
	Object.assign(json.nodes[0]!, { type, parameters });
	json.nodes.push(
		{ ...json.nodes[0]!, id: 'o', name: 'Other', parameters: other },
		{ ...json.nodes[0]!, id: 'b', name: 'Between', ...between },
	);
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	json.connections = { Start: to('Step 1'), Other: to('Step 1') };
	if (Object.keys(between).length > 0) {
		json.connections = { Start: to('Between'), Between: to('Step 1') };
	}
	n8n.tamper = (data) => void Object.assign(data, tamper);
	const done = await n8n.start(json, { mode }).until();
	expect(done.error?.message).toBeUndefined();
	expect([done.status, rig.countOf('submit')]).toEqual(['success', 1]);
	rig.simulator.requests.length = 0;
	return done.entries > 1;
}

/** Another workflow has called this one. */
const calledBy = (parent: Json): Situation => ({
	mode: 'integrated',
	tamper: { parentExecution: { executionId: '1', workflowId: 'w', ...parent } },
});

const LATE = { responseMode: 'lastNode' };

describe('whether an execution parks', () => {
	it.each<[string, Situation, boolean]>([
		['whose webhook says nothing of its answer', {}, true],
		['whose webhook answers at once', { parameters: { responseMode: 'onReceived' } }, true],
		['whose webhook answers with the last node', { parameters: LATE }, false],
		['whose webhook answers by a node', { parameters: { responseMode: 'responseNode' } }, false],
		['whose webhook is tried out', { parameters: LATE, mode: 'manual' }, false],
		['of which another webhook would answer later', { other: LATE }, true],
		[
			'whose webhook would do so but is disabled',
			{ between: { disabled: true, parameters: LATE } },
			true,
		],
		['of a chat', { type: CHAT }, false],
		['of a chat of another kind', { parameters: { options: LATE } }, false],
		['of a server of tools', { type: TOOLS }, false],
		['of what is only named after a chat', { type: CHAT_LOG }, true],
		['whose Wait Mode is In Memory', { waitMode: 'poll' }, false],
		['whose caller waits', calledBy({ shouldResume: true }), false],
		['whose caller may wait', calledBy({}), false],
		['whose caller does not wait', calledBy({ shouldResume: false }), true],
	])('%s', async (_what, situation, parks) => {
		expect(await run(situation)).toBe(parks);
	});

	it.each(['error', 'manual', 'retry', 'trigger'] as const)('in the mode %s', async (mode) => {
		expect(await run({ mode })).toBe(true);
	});

	it.each(['chat', 'cli', 'evaluation', 'internal'] as const)('not in %s', async (mode) => {
		expect(await run({ mode })).toBe(false);
	});
});

describe('an engine in which the node’s own entry', () => {
	type Entry = ReturnType<Core.ExecuteContext['getExecuteData']>;
	it.each<[string, (own: Entry) => unknown]>([
		['is not given', () => undefined],
		['is of another node', (own) => ({ ...own, node: { name: 'Other' } })],
		['has items of another kind', (own) => ({ ...own, data: { ai_tool: [] } })],
		['has no items', (own) => ({ ...own, data: { main: [] } })],
		['is sealed', (own) => Object.freeze({ ...own })],
	])('%s has the node wait in memory', async (_what, change) => {
		const { ExecuteContext } = require('n8n-core') as typeof Core;
		const { getExecuteData } = ExecuteContext.prototype;
		jest.spyOn(ExecuteContext.prototype, 'getExecuteData').mockImplementation(function (
			this: Core.ExecuteContext,
		) {
			return change(getExecuteData.call(this)) as Entry;
		});
		expect(await run({ mode: 'trigger' })).toBe(false);
	});
});
