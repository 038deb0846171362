import type { IExecuteFunctions } from 'n8n-workflow';
import {
	acceptedReceipt,
	plannedReceipt,
	type Receipt,
	RunComfyError,
	type SubmitAnswer,
} from '../../../core/index.ts';
import { type ErrorCode, type ErrorFacts } from '../../../core/parsers.ts';
import {
	type Entry,
	Ledger,
	type NodeContext,
	type NodeRun,
} from '../../../nodes/RunComfy/session/ledger.ts';

/** When the try begins, milliseconds since the epoch. */
export const NOW = 10_000;

export const PARKED = { id: 'p', executionId: '1', at: 4_000, until: 94_000, secret: 's' };

export const NOTES = { warnings: [] };

export const answerOf = (requestId = 'r'): SubmitAnswer => ({
	request_id: requestId,
	deployment_id: 'd',
	status: 'in_queue',
});

/** Of a request that was accepted at 4,000. */
export const receiptOf = (more: Partial<Receipt> = {}): Receipt => ({
	...acceptedReceipt(plannedReceipt({ deploymentId: 'd' }, 4_000, NOTES), 'r', 4_000),
	...more,
});

export const entryOf = (more: Partial<Entry> = {}): Entry => ({
	receipt: receiptOf(),
	answer: answerOf(),
	status: 'in_queue',
	fingerprint: 'f0',
	...more,
});

export const runOf = (more: Partial<NodeRun> = {}): NodeRun => ({
	tries: 1,
	failed: true,
	entries: { 0: entryOf() },
	...more,
});

export interface Options {
	node?: object;
	mode?: string;
	executionId?: string;
	index?: number;
	tool?: boolean;
	fingerprint?: (itemIndex: number) => string;
}

/** A try of the node, over what n8n has kept of earlier ones. */
export function begin(stored: NodeContext = {}, options: Options = {}) {
	const { node = {}, mode = 'trigger', executionId = '1', index = 0, tool } = options;
	const told = { accepted: [] as unknown[], leftBehind: [] as unknown[], late: [] as unknown[] };
	let now = NOW;
	const context = {
		getContext: (kind: string) => (kind === 'node' ? stored : {}),
		getExecutionId: () => executionId,
		getMode: () => mode,
		getWorkflowDataProxy: () => ({ $runIndex: index }),
		getNode: () => node,
		...(tool === undefined ? {} : { isToolExecution: () => tool }),
	} as unknown as IExecuteFunctions;
	const ledger = new Ledger(context, {
		fingerprint: options.fingerprint ?? ((itemIndex) => `f${itemIndex}`),
		submitted: (...args) => told.accepted.push(args),
		leftBehind: (...args) => told.leftBehind.push(args),
		canceledLate: (...args) => told.late.push(args),
		now: () => now,
	});
	return { ledger, stored, told, pass: (ms: number) => void (now += ms) };
}

export const error = (code: ErrorCode, facts: ErrorFacts = {}) =>
	new RunComfyError(code, 'x', facts);
