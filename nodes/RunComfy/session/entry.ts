import type { INodeExecutionData } from 'n8n-workflow';
import {
	kindOf,
	lastStatus,
	type Receipt,
	reopenedReceipt,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Settled,
	targetId,
	toRunComfyError,
} from '../../../core';

/** How a request ended, or why nobody can know. */
export type ReceiptEnd = NonNullable<Receipt['end']>;

/** What one item has submitted. Plain data: n8n stores it with the execution. */
export interface Entry {
	/** Identifies what was submitted: a hash of the parameters and the input item. */
	fingerprint: string;
	/** Absent if nothing is known to have been submitted. */
	receipt?: Receipt;
	/** When the timeout began, in milliseconds since the epoch. The same in all tries of one execution. */
	waitsFrom?: number;
	/** The item's output or error, if it had one when the execution was parked. */
	outcome?: { items: INodeExecutionData[] } | { error: ReceiptEnd };
}

export type SettledItem = Settled<INodeExecutionData[]>;

export function requestOf(entry: Entry | undefined): RequestRef | undefined {
	return entry?.receipt && requestIn(entry.receipt.ids);
}

/** The item's request, if this node submitted it: the user pays for it. */
export function paidRequestOf(entry: Entry | undefined): RequestRef | undefined {
	return entry?.receipt?.state === 'accepted' ? requestOf(entry) : undefined;
}

/** The error of a submit that RunComfy may or may not have accepted. */
export function unclearSubmit({ receipt }: Entry): ReceiptEnd | undefined {
	return receipt?.state === 'submitting' ? receipt.end : undefined;
}

export function endErrorOf(entry: Entry | undefined): RunComfyError | undefined {
	const { end } = entry?.receipt ?? {};
	return end && toError(end);
}

export function outcomeOf(settled: SettledItem): NonNullable<Entry['outcome']> {
	if (settled.ok) return { items: settled.value };
	return { error: toRunComfyError(settled.error, 'invalid_input').toJSON() };
}

export function settledOf(outcome: NonNullable<Entry['outcome']>): SettledItem {
	return 'items' in outcome
		? { ok: true, value: outcome.items }
		: { ok: false, error: toError(outcome.error) };
}

function toError(end: ReceiptEnd): RunComfyError {
	return new RunComfyError(end.code, end.message, end);
}

/** The entry for another try, which waits for what has not ended, even if it was canceled. */
export function forNextTry(entry: Entry): Entry {
	const { receipt } = entry;
	return receipt && !receipt.end ? { ...entry, receipt: reopenedReceipt(receipt) } : entry;
}

/**
 * The entry for another execution, which waits as long as the first: see *Executions > Retry* in docs/long-runs.md.
 * Undefined if that execution submits the item again.
 */
export function forNextExecution(before: Entry, now: number): Entry | undefined {
	const { receipt } = before;
	const entry = requestOf(before) ? { ...before, waitsFrom: now } : before;
	if (!receipt?.end) return forNextTry(entry);
	// After a cancel without a clear answer, the request may still be running.
	const mayRun = paidRequestOf(entry) && requestOutcome(receipt.end).request === 'unknown';
	return mayRun ? { ...entry, receipt: reopenedReceipt(receipt) } : undefined;
}

/** See `lastStatus`. */
export function requestStatus({ receipt }: Entry): string {
	return receipt ? lastStatus(receipt) : 'unknown';
}

const UNDER_WAY = ['in_queue', 'in_progress', 'unknown', 'unconfirmed'];

/** Whether the item's paid request may still be running, such as after a cancel without a clear answer. */
export function isUnderWay(entry: Entry): boolean {
	return Boolean(paidRequestOf(entry)) && UNDER_WAY.includes(requestStatus(entry));
}

export function describeRequest(ref: RequestRef): string {
	const of = `${kindOf(ref)} ${targetId(ref) ?? 'unknown'}`;
	return `RunComfy request ${ref.requestId} of ${of}`;
}
