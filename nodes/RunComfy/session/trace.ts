import type { IExecuteFunctions } from 'n8n-workflow';
import { compact, type Receipt, requestIn } from '../../../core';
import { describeRequest, type Entry, paidRequestOf, statusOf, unclearSubmit } from './entry';

/** Leaves the ids of paid requests where they can be found when the node's output is lost. */
export type Trace = ReturnType<typeof createTrace>;

/** The name of the execution's custom data: n8n stores them whatever becomes of the execution. */
const CUSTOM_DATA = 'runcomfy_requests';

/** n8n logs a complaint about a longer value. */
const MOST_CHARACTERS = 255;

export function createTrace(context: IExecuteFunctions) {
	const { logger } = context;
	const where = `node "${context.getNode().name}", execution ${context.getExecutionId()}`;
	const facts = {
		executionId: context.getExecutionId(),
		workflowId: context.getWorkflow().id,
		nodeName: context.getNode().name,
	};
	const tell = (how: 'info' | 'warn', what: string, itemIndex: number, more: object) =>
		logger[how](`${what} (${where}, item ${itemIndex})`, { ...facts, itemIndex, ...more });
	const warn = (when: string, itemIndex: number, entry: Entry) => {
		const status = statusOf(entry);
		const ref = paidRequestOf(entry);
		if (ref) {
			tell('warn', `${describeRequest(ref)} ${when}: ${status}`, itemIndex, { ...ref, status });
		}
		const unclear = unclearSubmit(entry);
		if (unclear) {
			const { modelId, deploymentId } = unclear;
			const to = modelId === undefined ? `deployment ${deploymentId}` : `model ${modelId}`;
			const what = `RunComfy may have accepted a submit to ${to} ${when}`;
			tell('warn', what, itemIndex, compact({ modelId, deploymentId }));
		}
	};
	return {
		submitted(itemIndex: number, { ids }: Receipt): void {
			const ref = requestIn(ids)!;
			tell('info', `${describeRequest(ref)} submitted`, itemIndex, ref);
			const data = customDataOf(context);
			const earlier = data?.get(CUSTOM_DATA)?.split(', ') ?? [];
			data?.set(CUSTOM_DATA, thatFit([ref.requestId, ...earlier]).join(', '));
		},
		/** The execution was stopped: n8n discards what the node gives, and its error. */
		stopped(entries: ReadonlyArray<[itemIndex: number, entry: Entry]>): void {
			for (const one of entries) warn('at the stop of the execution', ...one);
		},
		leftBehind(itemIndex: number, earlier: Entry): void {
			warn('was not picked up, since its item has changed, and may still run', itemIndex, earlier);
		},
		canceledLate(itemIndex: number, entry: Entry): void {
			warn('after a cancel that the node did not wait for', itemIndex, entry);
		},
	};
}

function thatFit(ids: readonly string[]): string[] {
	let characters = -2;
	return ids.filter(({ length }) => (characters += length + 2) <= MOST_CHARACTERS);
}

interface CustomData {
	get(key: string): string | undefined;
	set(key: string, value: string): void;
}

// An agent's tool may have none.
function customDataOf(context: IExecuteFunctions): CustomData | undefined {
	const { $execution } = context.getWorkflowDataProxy(0) as {
		$execution?: { customData?: CustomData };
	};
	return $execution?.customData;
}
