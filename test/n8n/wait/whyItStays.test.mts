// Why an execution stays in n8n's memory, without n8n's engine.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import type * as Park from '../../../nodes/RunComfy/wait/park.ts';

let whyItStays: typeof Park.whyItStays;
beforeAll(async () => {
	jest.doMock('n8n-workflow', () => ({}));
	({ whyItStays } = await import('../../../nodes/RunComfy/wait/park.ts'));
});

interface Parent {
	name: string;
	type?: string;
	disabled?: boolean;
	parameters?: object;
	/** Whether it has run in this execution; undefined where n8n does not know it. */
	ran?: boolean;
}

interface Situation {
	mode?: string;
	parents?: Parent[];
	tool?: boolean;
	type?: string;
	parent?: object;
}

function contextIn({ mode = 'trigger', parents = [], tool, type = 'runComfy', parent }: Situation) {
	const asked: unknown[] = [];
	const context = {
		getMode: () => mode,
		getNode: () => ({ name: 'Run', type }),
		...(tool === undefined ? {} : { isToolExecution: () => tool }),
		getParentNodes(...args: unknown[]) {
			asked.push(args);
			return parents.map(({ ran: _ran, ...node }) => ({ type: 'test.webhook', ...node }));
		},
		getWorkflowDataProxy: () => ({
			$: (name: string) => {
				const found = parents.find((node) => node.name === name);
				if (found?.ran === undefined) throw new Error('no such node');
				return { isExecuted: found.ran };
			},
		}),
		getExecuteData: () => ({ node: { name: 'Run' }, data: { main: [[]] } }),
		runExecutionData: { parentExecution: parent, executionData: { nodeExecutionStack: [] } },
	} as unknown as IExecuteFunctions;
	return { context, asked };
}

const why = (situation: Situation, mode: 'auto' | 'suspend' = 'suspend') =>
	whyItStays(contextIn(situation).context, mode);

describe('an execution', () => {
	it.each(['error', 'integrated', 'manual', 'retry', 'trigger', 'webhook'])(
		'that n8n has started in the mode %s leaves',
		(mode) => {
			expect(why({ mode })).toBeUndefined();
		},
	);

	it.each(['cli', 'evaluation', 'internal', 'chat'])('in the mode %s stays', (mode) => {
		expect(why({ mode })).toBe(`n8n has started it in the mode "${mode}"`);
	});

	it('of a tool stays, whichever way n8n says so', () => {
		expect(why({ tool: true })).toMatch(/AI agent/);
		expect(why({ type: 'runComfyTool' })).toMatch(/AI agent/);
		expect(why({ tool: false })).toBeUndefined();
	});

	it('that another one waits for stays where it is left to the node', () => {
		const parent = { shouldResume: true };
		expect(why({ parent }, 'auto')).toMatch(/another workflow waits/);
		expect(why({ parent }, 'suspend')).toBeUndefined();
		expect(why({}, 'auto')).toBeUndefined();
	});
});

describe('a node before it', () => {
	const late = { responseMode: 'lastNode' };
	it.each<[string, Partial<Parent>, boolean]>([
		['answers at its end', { parameters: late }, true],
		['answers its chat later', { parameters: { options: { responseMode: 'responseNode' } } }, true],
		['answers at once', { parameters: { responseMode: 'onReceived' } }, false],
		['has options that say nothing', { parameters: { options: {} } }, false],
		['says nothing of that', { parameters: {} }, false],
		['has no parameters', {}, false],
		['is a chat', { type: '@n8n/n8n-nodes-langchain.chatTrigger' }, true],
		['is a server of tools', { type: '@n8n/n8n-nodes-langchain.mcpTrigger' }, true],
		['is named after one', { type: 'test.chatTriggerLog' }, false],
		['is disabled', { parameters: late, disabled: true }, false],
		['has not run', { parameters: late, ran: false }, false],
		['has run', { parameters: late, ran: true }, true],
	])('that %s: whether that keeps it', (_what, parent, stays) => {
		expect(why({ parents: [{ name: 'Hook', ...parent }] })).toBe(
			stays ? 'the node "Hook" answers only when the workflow has got further' : undefined,
		);
	});

	it('is found among others, with its parameters', () => {
		const { context, asked } = contextIn({
			parents: [{ name: 'Start' }, { name: 'Hook', parameters: late }],
		});
		expect(whyItStays(context, 'auto')).toMatch(/"Hook"/);
		expect(asked).toEqual([['Run', { includeNodeParameters: true }]]);
	});
});
