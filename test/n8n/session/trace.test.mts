// What is left of paid requests in n8n's log and custom data, where the node's output is lost.
import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { createTrace } from '../../../nodes/RunComfy/session/trace.ts';
import { accepted, entryOf } from './beginning.mts';

function traced(before?: string) {
	const logged: unknown[][] = [];
	const data = new Map(before === undefined ? [] : [['runcomfy_requests', before]]);
	const context = (customData: unknown) =>
		({
			logger: {
				info: (...args: unknown[]) => logged.push(['info', ...args]),
				warn: (...args: unknown[]) => logged.push(['warn', ...args]),
			},
			getNode: () => ({ name: 'Run' }),
			getExecutionId: () => '7',
			getWorkflow: () => ({ id: 'w' }),
			getWorkflowDataProxy: () => (customData ? { $execution: { customData } } : {}),
		}) as unknown as IExecuteFunctions;
	return { logged, data, trace: createTrace(context(data)), bare: createTrace(context(undefined)) };
}

const FACTS = {
	...{ executionId: '7', workflowId: 'w', nodeName: 'Run', itemIndex: 2 },
	...{ requestId: 'r', deploymentId: 'd' },
};
const WHERE = '(node "Run", execution 7, item 2)';

describe('a request that was accepted', () => {
	it('is in the log', () => {
		const { trace, logged } = traced();
		trace.submitted(2, accepted());
		expect(logged).toEqual([
			['info', `RunComfy request r of deployment d submitted ${WHERE}`, FACTS],
		]);
	});

	it('is in the custom data of the execution, the last one first', () => {
		const { trace, data } = traced('before');
		trace.submitted(0, accepted('a'));
		trace.submitted(1, accepted('b'));
		expect(data.get('runcomfy_requests')).toBe('b, a, before');
		const first = traced();
		first.trace.submitted(0, accepted('a'));
		expect(first.data.get('runcomfy_requests')).toBe('a');
	});

	it('pushes out the oldest ones, of which n8n would complain', () => {
		const { trace, data } = traced();
		const ids = Array.from({ length: 12 }, (_one, n) => String(n).padStart(20, 'x'));
		for (const id of ids) trace.submitted(0, accepted(id));
		expect(data.get('runcomfy_requests')).toBe(ids.reverse().slice(0, 11).join(', '));
		const exact = traced('y'.repeat(252));
		exact.trace.submitted(0, accepted('r'));
		expect(exact.data.get('runcomfy_requests')).toHaveLength(255);
		exact.trace.submitted(0, accepted('rr'));
		expect(exact.data.get('runcomfy_requests')).toBe('rr, r');
	});

	it('is in the log alone, where an agent has no custom data', () => {
		const { bare, logged } = traced();
		bare.submitted(2, accepted());
		expect(logged).toHaveLength(1);
	});
});

describe('a request at the end of the node', () => {
	const entry = entryOf({ status: 'in_progress' });
	const notAccepted = entryOf();
	delete notAccepted.accepted;

	it('is in the log when the execution is stopped: n8n discards what the node gives', () => {
		const { trace, logged } = traced();
		trace.stopped([
			[2, entry],
			[3, notAccepted],
		]);
		expect(logged).toEqual([
			[
				'warn',
				`RunComfy request r of deployment d at the stop of the execution: in_progress ${WHERE}`,
				{ ...FACTS, status: 'in_progress' },
			],
		]);
	});

	it('is in the log when its cancel is answered later', () => {
		const { trace, logged } = traced();
		trace.canceledLate(2, entry);
		trace.canceledLate(2, notAccepted);
		expect(logged).toEqual([
			[
				'warn',
				`RunComfy request r of deployment d after a cancel that the node did not wait for: in_progress ${WHERE}`,
				{ ...FACTS, status: 'in_progress' },
			],
		]);
	});
});
