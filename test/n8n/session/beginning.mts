import type { IExecuteFunctions } from 'n8n-workflow';
import { type ErrorCode, type ErrorFacts, RunComfyError } from '../../../core/index.ts';
import type {
	Accepted,
	Entry,
	NodeContext,
	NodeRun,
} from '../../../nodes/RunComfy/session/entries.ts';
import { openLedger } from '../../../nodes/RunComfy/session/ledger.ts';

/** When the try begins, milliseconds since the epoch. */
export const NOW = 10_000;

export const PARKED = { id: 'p', executionId: '1', at: 4_000, until: 94_000, secret: 's' };

export const accepted = (requestId = 'r', more: Partial<Accepted> = {}): Accepted => ({
	answer: { request_id: requestId, deployment_id: 'd', status: 'in_queue' },
	at: 4_000,
	notes: { warnings: [] },
	...more,
});

export const entryOf = (more: Partial<Entry> = {}): Entry => ({
	accepted: accepted(),
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
	const ledger = openLedger(context, {
		fingerprint: options.fingerprint ?? ((itemIndex) => `f${itemIndex}`),
		onAccepted: (...args) => told.accepted.push(args),
		onLeftBehind: (...args) => told.leftBehind.push(args),
		onLateCancel: (...args) => told.late.push(args),
		now: () => now,
	});
	return { ledger, stored, told, pass: (ms: number) => void (now += ms) };
}

export const error = (code: ErrorCode, facts: ErrorFacts = {}) =>
	new RunComfyError(code, 'x', facts);
