// Which earlier run of the node a try continues, and which of its entries count. Covers cases that n8n's engine does
// not produce, such as agents that call their tools in any order. Tests of retries and waits on the engine cover the
// rest.
import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { attachedReceipt, observedReceipt, plannedReceipt } from '../../../core/index.ts';
import { acceptedReceipt, endedReceipt } from '../../../core/request/receipt.ts';
import type { Entry } from '../../../nodes/RunComfy/session/entry.ts';
import { Ledger, type NodeContext, type NodeRun } from '../../../nodes/RunComfy/session/ledger.ts';

const NOW = 10_000;
const PARKED = { id: 'p', executionId: '1', at: 4_000, until: 94_000, secret: 's' };
const NOTES = { warnings: [] };
const accepted = (id: string) =>
	acceptedReceipt(
		plannedReceipt({ deploymentId: 'd' }, 4_000, NOTES),
		{ request_id: id, status: 'in_queue' },
		4_000,
	);
const RECEIPT = accepted('r');

const entryOf = (more: Partial<Entry> = {}): Entry => ({
	receipt: RECEIPT,
	fingerprint: 'f0',
	...more,
});

const runOf = (more: Partial<NodeRun> = {}): NodeRun => ({
	executionId: '1',
	tries: 1,
	entries: { 0: entryOf() },
	...more,
});

interface Options {
	mode?: string;
	executionId?: string;
	index?: number;
	tool?: boolean;
	fingerprint?: (itemIndex: number) => string;
}

/** A try of the node that continues earlier ones, as stored by n8n. */
function begin(stored: NodeContext, options: Options = {}) {
	const { mode = 'trigger', executionId = '1', index = 5, tool } = options;
	const context = {
		getContext: () => stored,
		getExecutionId: () => executionId,
		getMode: () => mode,
		getWorkflowDataProxy: () => ({ $runIndex: index }),
		getNode: () => ({}),
		...(tool === undefined ? {} : { isToolExecution: () => tool }),
	} as unknown as IExecuteFunctions;
	const ledger = new Ledger(context, {
		fingerprint: options.fingerprint ?? ((itemIndex) => `f${itemIndex}`),
		unclear: () => undefined,
		submitted: () => undefined,
		canceledLate: () => undefined,
		now: () => NOW,
	});
	return { ledger };
}

describe('a call of a tool', () => {
	it('goes on with the failed call of the same input, which may be of another call', () => {
		const other = runOf({ entries: { 0: entryOf({ fingerprint: 'x' }) } });
		const stored = { requests: { 0: runOf(), 1: other } };
		const { ledger } = begin(stored, { tool: true });
		expect(ledger.item(0).entry).toEqual(entryOf());
		expect(Object.keys(stored.requests)).toEqual(['1', '5']);
	});

	it('goes on with one of which an item is the same, and submits the others', () => {
		const entries = { 0: entryOf(), 1: entryOf({ fingerprint: 'x' }) };
		const { ledger } = begin({ requests: { 0: runOf({ entries }) } }, { tool: true });
		expect(ledger.entries()).toEqual([[0, entryOf()]]);
	});
});

describe('two calls of a tool at the same time', () => {
	const call = (stored: NodeContext, input: string, index = 0) =>
		begin(stored, { tool: true, index, fingerprint: () => input }).ledger;

	it('have a run each, also with the same index: the end of one leaves the other’s alone', () => {
		const stored: NodeContext = {};
		const [one, other] = [call(stored, 'f0'), call(stored, 'x')];
		one.item(0).keep(accepted('r1'));
		other.item(0).keep(accepted('r2'));
		one.close('done');
		one.release();
		other.close('failed');
		other.release();
		expect(call(stored, 'x', 1).item(0).receipt).toEqual(accepted('r2'));
	});

	it('with the same input do not go on with each other’s run', () => {
		const stored: NodeContext = {};
		const first = call(stored, 'f0');
		first.item(0).keep(RECEIPT);
		expect(call(stored, 'f0').entries()).toEqual([]);
		first.close('failed');
		first.release();
		expect(call(stored, 'f0', 1).item(0).receipt).toEqual(RECEIPT);
	});

	it('leave the failed run of the same index to its own retry', () => {
		const stored: NodeContext = { requests: { 0: runOf() } };
		expect(call(stored, 'x').entries()).toEqual([]);
		expect(call(stored, 'f0', 1).item(0).entry).toEqual(entryOf());
	});

	it('go on with what a process that was killed had submitted', () => {
		const stored: NodeContext = { requests: { 3: runOf() } };
		expect(call(stored, 'f0').item(0).entry).toEqual(entryOf());
	});
});

describe('a try', () => {
	it.each<[string, NodeRun, Options]>([
		['of another input', runOf(), { tool: true, fingerprint: () => 'x' }],
		['if no agent calls', runOf(), { tool: false }],
		['if n8n knows of no agents', runOf(), {}],
		['that failed, in a retry by hand', runOf(), { mode: 'retry', executionId: '2' }],
		['that this execution has parked', runOf({ parked: PARKED }), { mode: 'retry' }],
		['of another execution, in none', runOf({ parked: PARKED }), { executionId: '2' }],
	])('does not go on with a run %s', (_what, run, options) => {
		const stored = { requests: { 0: run } };
		expect(begin(stored, options).ledger.entries()).toEqual([]);
		expect(Object.keys(stored.requests)).toEqual(['0', '5']);
	});

	it('in a retry of a killed execution goes on with what that had parked, and fetches it again', () => {
		const receipt = attachedReceipt({ deploymentId: 'd', requestId: 'a' }, 1);
		const attached = entryOf({ receipt, fingerprint: 'f1' });
		const entries = {
			0: entryOf({ waitsFrom: 1, outcome: { items: [] } }),
			1: attached,
		};
		const stored = { requests: { 0: runOf({ parked: PARKED, entries }) } };
		const { ledger } = begin(stored, { mode: 'retry', executionId: '2' });
		expect(ledger.entries()).toEqual([
			[0, entryOf()],
			[1, attached],
		]);
		expect(Object.keys(stored.requests)).toEqual(['5']);
	});

	it('waits for what has not ended, and leaves to another execution what that may pick up', () => {
		const end = { code: 'run_failed', message: 'm' } as const;
		const attached = attachedReceipt({ deploymentId: 'd', requestId: 'a' }, 1);
		const ended = observedReceipt(RECEIPT, { polls: 1, result: 'succeeded' });
		const entries = {
			0: entryOf({ waitsFrom: 9 }),
			1: entryOf({ receipt: endedReceipt(RECEIPT, end) }),
			2: entryOf({ receipt: ended, outcome: { items: [] } }),
			3: entryOf({ receipt: attached }),
		};
		const stored = { requests: { 0: runOf({ parked: PARKED, entries }) } };
		const { ledger } = begin(stored, { index: 0, fingerprint: () => 'f0' });
		expect(ledger.open().map(({ ref }) => ref.requestId)).toEqual(['r', 'a']);
		ledger.close('failed');
		expect(stored.requests[0].entries).toEqual({
			0: entryOf(),
			2: entryOf({ receipt: ended }),
			3: entryOf({ receipt: attached }),
		});
	});
});
