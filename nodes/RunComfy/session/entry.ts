import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import {
	type Receipt,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Settled,
	targetId,
	traitsOf,
} from '../../../core';

/** Why a request needs no more waiting. */
export type ReceiptEnd = NonNullable<Receipt['end']>;

/** What one item has submitted, created or deleted. Plain data, since n8n stores it with the execution. */
export interface Entry {
	/** Absent if nothing was submitted, or it is not known. */
	receipt?: Receipt;
	/** The address of the API that knows the request. */
	baseUrl?: string;
	/** The deployment that the item has created, as it comes out: it may cost money as long as it is there. */
	created?: IDataObject;
	/** What comes out for the deployment that the item has deleted: deleting it once more would fail. */
	deleted?: IDataObject;
	/** Milliseconds for which the execution was parked while it waited for the request, and how often it came back. */
	parkedMs?: number;
	resumes?: number;
	/** Milliseconds since the epoch: what the timeout of this try counts from. */
	waitsFrom?: number;
	/** What came of the item before the execution was parked. */
	outcome?: { items: INodeExecutionData[] } | { error: ReceiptEnd };
	/** Tells the submit from another one: the parameters and the input item that it was made of. */
	fingerprint: string;
}

/** Whether nothing of the item was submitted yet, or RunComfy has not taken it so far. */
export function isNew(entry: Entry | undefined): boolean {
	return entry === undefined || isPlanned(entry);
}

export function isPlanned(entry: Entry | undefined): boolean {
	return entry?.receipt?.state === 'planned';
}

/** Whether RunComfy has accepted the request of the item: it is paid for. */
export function isAccepted(entry: Entry | undefined): boolean {
	return entry?.receipt?.state === 'accepted';
}

export function requestOf(entry: Entry | undefined): RequestRef | undefined {
	return entry?.receipt && requestIn(entry.receipt.ids);
}

/** The request of the item if it is paid for here. */
export function paidRequestOf(entry: Entry | undefined): RequestRef | undefined {
	return isAccepted(entry) ? requestOf(entry) : undefined;
}

/** What is known of a submit, or of the creation of a deployment, that RunComfy may have accepted. */
export function unclearSubmit({ receipt }: Entry): ReceiptEnd | undefined {
	return receipt?.state === 'submitting' ? receipt.end : undefined;
}

export function endErrorOf(entry: Entry | undefined): RunComfyError | undefined {
	const { end } = entry?.receipt ?? {};
	return end && toError(end);
}

export function outcomeOf({ outcome }: Entry): Settled<INodeExecutionData[]> | undefined {
	if (!outcome) return undefined;
	return 'items' in outcome
		? { ok: true, value: outcome.items }
		: { ok: false, error: toError(outcome.error) };
}

function toError(end: ReceiptEnd): RunComfyError {
	return new RunComfyError(end.code, end.message, end);
}

/** The state of its request as far as it is known here: in the API's words, or `unconfirmed`. */
export function statusOf({ receipt }: Entry): string {
	const { end, cancel, unconfirmed, state, seen = { polls: 0 } } = receipt ?? {};
	if (end) return requestOutcome(end).status ?? 'unknown';
	if (cancel?.verdict === 'not_cancellable') {
		// It is refused because the request has ended, or is no longer in the queue.
		return cancel.ended ?? (seen.state === 'in_progress' ? seen.state : 'unknown');
	}
	if (cancel?.verdict) {
		return cancel.verdict === 'cancellation_requested' ? cancel.verdict : 'unknown';
	}
	if (unconfirmed) return 'unconfirmed';
	return seen.result ?? seen.state ?? (state === 'accepted' ? 'in_queue' : 'unknown');
}

export function describeRequest(ref: RequestRef): string {
	const of = `${traitsOf(ref).service} ${targetId(ref) ?? 'unknown'}`;
	return `RunComfy request ${ref.requestId} of ${of}`;
}

/**
 * Whether the request of an item that failed with this error goes on. If it does, that is no reason to cancel
 * anything.
 */
export function leavesRunning(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).request === 'goes_on';
}

/** Whether RunComfy may have accepted the request, or may not have carried out its cancel: it may run, and be billed. */
export function mayRun(error: RunComfyError): boolean {
	return requestOutcome(error).request === 'unknown';
}

/** Whether waiting for the request again could only give the same, or must not be tried. */
export function endsRequest(error: RunComfyError): boolean {
	return requestOutcome(error).request === 'ended' || mayRun(error);
}
