// The data of the execution that n8n's interfaces do not offer is used only where it is as expected.
import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import type * as Core from 'n8n-core';
import type { IExecuteFunctions } from 'n8n-workflow';
import { isAwaited, reentryOf } from '../../../nodes/RunComfy/wait/reentry.ts';
import { useSmallN8n } from '../support/parked.mts';
import { runAndWait } from '../support/paying.mts';
import { byId, copyOf, countOf, type Json, useRig, workflowOf } from '../support/rig.mts';

const require = createRequire(import.meta.url);

function contextOf(change: (parts: Json & { own: Json; stack: unknown[] }) => void) {
	const node = { name: 'Run', alwaysOutputData: true };
	const own: Json = { node, data: { main: [[{ json: {} }]] }, source: null };
	const parts: Json & { own: Json; stack: unknown[] } = { own, stack: [{ node: 'next' }] };
	change(parts);
	const context = {
		getNode: () => ({ name: 'Run' }),
		getExecuteData: () => parts['executeData'] ?? parts.own,
		runExecutionData: { executionData: { nodeExecutionStack: parts.stack } },
		...(parts['context'] as Json | undefined),
	};
	return { context: context as unknown as IExecuteFunctions, ...parts };
}

describe('another entry for the node', () => {
	it('is the first one, with its items; in the present one none are left', () => {
		const { context, own, stack } = contextOf(() => undefined);
		reentryOf(context)!();
		expect(stack).toEqual([
			{
				node: { name: 'Run', alwaysOutputData: true },
				data: { main: [[{ json: {} }]] },
				source: null,
			},
			{ node: 'next' },
			{
				node: expect.objectContaining({ disabled: true, name: expect.stringMatching(/original/) }),
				data: { main: [] },
				source: null,
			},
		]);
		expect(own).toMatchObject({
			node: { name: 'Run', alwaysOutputData: false },
			data: { main: [] },
		});
		expect((stack[0] as Json)['node']).not.toBe(own['node']);
	});

	it.each<[string, Parameters<typeof contextOf>[0]]>([
		[
			'without a stack',
			(parts) => void (parts['context'] = { runExecutionData: { executionData: {} } }),
		],
		['without its data', (parts) => void (parts['context'] = { runExecutionData: null })],
		['with a stack of another kind', (parts) => void (parts.stack = {} as never)],
		['without its own entry', (parts) => void (parts['context'] = { getExecuteData: undefined })],
		['with the entry of another node', ({ own }) => void (own['node'] = { name: 'Other' })],
		['with items of another kind', ({ own }) => void (own['data'] = { ai_tool: [] })],
		['that still holds the entry', ({ own, stack }) => void stack.push(own)],
	])('is not made in an engine %s', (_what, change) => {
		expect(reentryOf(contextOf(change).context)).toBeUndefined();
	});
});

describe('a workflow that another one has called', () => {
	it.each([
		[undefined, false],
		[{ shouldResume: false }, false],
		[{ shouldResume: true }, true],
		[{}, true],
	])('is waited for with %j: %s', (parentExecution, expected) => {
		const context = { runExecutionData: { parentExecution } };
		expect(isAwaited(context as unknown as IExecuteFunctions)).toBe(expected);
	});
});

describe('an engine that is not as expected', () => {
	const rig = useRig();
	const n8n = useSmallN8n(rig);

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
