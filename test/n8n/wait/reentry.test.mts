// The data of the execution that n8n's interfaces do not offer is used only where it is as expected.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { IExecuteFunctions, INode, IWebhookFunctions } from 'n8n-workflow';
import type * as Reentry from '../../../nodes/RunComfy/wait/reentry.ts';

type Json = Record<string, unknown>;

// Without n8n-workflow, which takes seconds to load, and of which one function is needed.
let reentry: typeof Reentry;
beforeAll(async () => {
	const getContext = (...args: unknown[]) => ({ given: args });
	jest.doMock('n8n-workflow', () => ({ NodeHelpers: { getContext } }));
	reentry = await import('../../../nodes/RunComfy/wait/reentry.ts');
});

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
		reentry.reentryOf(context)!();
		const passedOver = {
			node: { name: 'Run', alwaysOutputData: false },
			data: { main: [] },
			source: null,
		};
		expect(stack).toEqual([
			passedOver,
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
		expect(own).toEqual(passedOver);
		const nodes = [own, ...(stack as Json[])].map((entry) => entry['node']);
		expect(new Set(nodes).size).toBe(nodes.length);
	});

	it('comes from where the present one comes from', () => {
		const source = { main: [{ previousNode: 'Start' }] };
		const known = contextOf(({ own }) => void (own['source'] = source));
		reentry.reentryOf(known.context)!();
		const unknown = contextOf(({ own }) => void delete own['source']);
		reentry.reentryOf(unknown.context)!();
		expect([known, unknown].map(({ stack }) => (stack[1] as Json)['source'])).toEqual([
			source,
			null,
		]);
	});

	it.each<[string, Parameters<typeof contextOf>[0]]>([
		[
			'without a stack',
			(parts) => void (parts['context'] = { runExecutionData: { executionData: {} } }),
		],
		['without its data', (parts) => void (parts['context'] = { runExecutionData: null })],
		['without any stack', (parts) => void (parts['context'] = { runExecutionData: {} })],
		['with a stack of another kind', (parts) => void (parts.stack = {} as never)],
		['without its own entry', (parts) => void (parts['context'] = { getExecuteData: undefined })],
		['with the entry of another node', ({ own }) => void (own['node'] = { name: 'Other' })],
		['with items of another kind', ({ own }) => void (own['data'] = { ai_tool: [] })],
		['without items', ({ own }) => void (own['data'] = { main: [] })],
		['with an entry without a node', ({ own }) => void (own['node'] = undefined)],
		['with an entry without data', ({ own }) => void (own['data'] = undefined)],
		['with an entry that is sealed', ({ own }) => void Object.freeze(own)],
		['that still holds the entry', ({ own, stack }) => void stack.push(own)],
	])('is not made in an engine %s', (_what, change) => {
		expect(reentry.reentryOf(contextOf(change).context)).toBeUndefined();
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
		expect(reentry.isAwaited(context as unknown as IExecuteFunctions)).toBe(expected);
	});

	it('is not known to be one without its data', () => {
		const context = { runExecutionData: null } as unknown as IExecuteFunctions;
		expect(reentry.isAwaited(context)).toBe(false);
	});
});

describe('the mark that keeps a waiting execution from being retried otherwise', () => {
	it('is removed with nothing else, once', () => {
		const { context, stack } = contextOf(() => undefined);
		reentry.reentryOf(context)!();
		stack.push({}, { node: { name: 'last' } });
		const names = () =>
			stack.map((entry) => ((entry as Json)['node'] as Json | undefined)?.['name']);
		const before = names();
		reentry.removeMark(context);
		const left = before.filter((name) => !String(name).startsWith('RunComfy:'));
		expect(left).toHaveLength(before.length - 1);
		expect(names()).toEqual(left);
		reentry.removeMark(context);
		expect(names()).toEqual(left);
	});

	it('is removed if it is all that is left', () => {
		const { context, stack } = contextOf((parts) => void (parts.stack = []));
		reentry.reentryOf(context)!();
		stack.splice(0, 2);
		expect(stack).toHaveLength(1);
		reentry.removeMark(context);
		expect(stack).toEqual([]);
	});

	it.each<[string, Json]>([
		['no data', { runExecutionData: null }],
		['no stack', { runExecutionData: {} }],
		[
			'a stack of another kind',
			{ runExecutionData: { executionData: { nodeExecutionStack: {} } } },
		],
	])('is not missed if n8n has %s', (_what, context) => {
		expect(() => reentry.removeMark(context as unknown as IExecuteFunctions)).not.toThrow();
	});
});

describe('what the node has kept', () => {
	const kept = (runExecutionData: unknown) =>
		reentry.storedContext(
			{ runExecutionData } as unknown as IWebhookFunctions,
			{ name: 'Run' } as INode,
		);

	it('is with the execution', () => {
		const data = { executionData: {} };
		expect(kept(data)).toEqual({ given: [data, 'node', { name: 'Run' }] });
	});

	it.each([null, undefined, {}])('is nothing without one: %j', (data) => {
		expect(kept(data)).toEqual({});
	});
});
