import type { INodeExecutionData } from 'n8n-workflow';
import {
	kindOf,
	lastStatus,
	type Receipt,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Settled,
	targetId,
} from '../../../core';

/** How a request ended, or why nobody can know. */
export type ReceiptEnd = NonNullable<Receipt['end']>;

/** What one item has submitted. Plain data: n8n stores it with the execution. */
export interface Entry {
	/** Absent if nothing is known to have been submitted. */
	receipt?: Receipt;
	/** When this try's timeout began, in milliseconds since the epoch. */
	waitsFrom?: number;
	/** The item's output or error, if it had one before the execution was parked. */
	outcome?: { items: INodeExecutionData[] } | { error: ReceiptEnd };
	/** Identifies what was submitted: a hash of the parameters and the input item. */
	fingerprint: string;
}

/** Whether RunComfy has accepted the item's request, which the user then pays for. */
export function isAccepted(entry: Entry | undefined): boolean {
	return entry?.receipt?.state === 'accepted';
}

export function requestOf(entry: Entry | undefined): RequestRef | undefined {
	return entry?.receipt && requestIn(entry.receipt.ids);
}

/** The item's request, if this node submitted it. */
export function paidRequestOf(entry: Entry | undefined): RequestRef | undefined {
	return isAccepted(entry) ? requestOf(entry) : undefined;
}

/** The error of a submit that RunComfy may or may not have accepted. */
export function unclearSubmit({ receipt }: Entry): ReceiptEnd | undefined {
	return receipt?.state === 'submitting' ? receipt.end : undefined;
}

export function endErrorOf(entry: Entry | undefined): RunComfyError | undefined {
	const { end } = entry?.receipt ?? {};
	return end && toError(end);
}

export function settledOf({ outcome }: Entry): Settled<INodeExecutionData[]> | undefined {
	if (!outcome) return undefined;
	return 'items' in outcome
		? { ok: true, value: outcome.items }
		: { ok: false, error: toError(outcome.error) };
}

function toError(end: ReceiptEnd): RunComfyError {
	return new RunComfyError(end.code, end.message, end);
}

/** See `lastStatus`. */
export function requestStatus({ receipt }: Entry): string {
	return receipt ? lastStatus(receipt) : 'unknown';
}

export function describeRequest(ref: RequestRef): string {
	const of = `${kindOf(ref)} ${targetId(ref) ?? 'unknown'}`;
	return `RunComfy request ${ref.requestId} of ${of}`;
}

/** Whether another try must not wait for the request: it has ended, or nobody knows what became of it. */
export function endsRequest(error: RunComfyError): boolean {
	const { request } = requestOutcome(error);
	return request === 'ended' || request === 'unknown';
}
