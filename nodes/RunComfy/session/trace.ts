import type { IExecuteFunctions } from 'n8n-workflow';
import { idsIn, kindOf, targetId } from '../../../core';
import { describeRequest, type Entry, paidRequestOf, requestStatus, unclearSubmit } from './entry';
import type { LedgerEvents } from './ledger';

/** Records the ids of paid requests where you can find them if the node's output is lost. */
export type Trace = ReturnType<typeof createTrace>;

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
		const status = requestStatus(entry);
		const ref = paidRequestOf(entry);
		if (ref) {
			tell('warn', `${describeRequest(ref)} ${when}: ${status}`, itemIndex, { ...ref, status });
		}
	};
	return {
		submitted(index, entry) {
			const ref = paidRequestOf(entry)!;
			tell('info', `${describeRequest(ref)} submitted`, index, ref);
		},
		// Told at once: if n8n is stopped between two tries, it stores no error.
		unclear(index, entry) {
			const of = unclearSubmit(entry)!;
			const target = `${kindOf(of)} ${targetId(of)}`;
			tell('warn', `RunComfy may have accepted a submit to ${target}`, index, idsIn(of));
		},
		canceledLate: (index, entry) =>
			warn('after a cancel that the node did not wait for', index, entry),
		/** The execution was stopped, so n8n discards the node's output and its error. */
		stopped(entries: ReadonlyArray<[itemIndex: number, entry: Entry]>): void {
			for (const one of entries) warn('at the stop of the execution', ...one);
		},
	} satisfies LedgerEvents & Record<string, unknown>;
}
