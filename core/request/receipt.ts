import type { ErrorCode, ErrorFacts } from '../errors';
import { assign, compact } from '../json/objects';
import type { Ids, RequestIds, RequestRef } from '../target';
import type { Observed } from './observed';
import type { CancelStatus } from './state';

/**
 * What is known about one request, from before its submit to its end. Plain data: a host stores the receipt beside
 * its own fields, and updates it with the functions below. They return a new receipt and leave the old one
 * unchanged.
 */
export interface Receipt {
	/** The ids of the request and its target, as far as known. */
	readonly ids: Ids;
	readonly state: ReceiptState;
	/** When the receipt entered its state, in milliseconds since the epoch. The timeout of the request counts from here. */
	readonly at: number;
	/** What the user should know about the inputs. */
	readonly notes?: Notes;
	/** RunComfy's answer when it accepted the request. */
	readonly answer?: SubmitAnswer;
	/** What calls have shown about the request since it was accepted. */
	readonly seen?: Observed;
	/** Who canceled the request, and RunComfy's answer. */
	readonly cancel?: ReceiptCancel;
	/** How the request ended, or an error that says that nobody can know. An error that ends only the wait is not stored. */
	readonly end?: ReceiptEnd;
}

/**
 * `planned`: nothing was submitted. `submitting`: the submit may have been sent. If the receipt stays in this state,
 * nobody knows whether RunComfy accepted the request. `accepted`: the request is paid for. `attached`: the request
 * was submitted elsewhere and is only watched here.
 */
type ReceiptState = 'planned' | 'submitting' | 'accepted' | 'attached';

/** A request that RunComfy has accepted. */
export interface SubmitAnswer extends RequestIds {
	status: 'in_queue';
	status_url?: string;
	result_url?: string;
	cancel_url?: string;
}

/** A submit answer that has a request id. */
export interface Acceptance extends SubmitAnswer {
	/** Warnings for the user, for example about outputs that ComfyUI left out. */
	warnings?: string[];
}

export interface ReceiptEnd extends ErrorFacts {
	code: ErrorCode;
	message: string;
}

/**
 * Why the request is no longer wanted. `flow`: a flow or a person canceled it. `left`: its host has left. `timeout`:
 * its time is over. `late`: the answer to its submit came after its host had given up.
 */
export type CanceledBy = 'flow' | 'left' | 'timeout' | 'late';

/** RunComfy's answer to a cancel, or that none came. */
export type CancelVerdict = CancelStatus | 'no answer';

export interface ReceiptCancel {
	readonly by: CanceledBy;
	/** When somebody first canceled the request, in milliseconds since the epoch. */
	readonly at: number;
	/** Absent while no cancel was sent, or RunComfy may still answer. */
	readonly verdict?: CancelVerdict;
	/** When the verdict came. A request seen queued or in progress after a refused cancel is still running. */
	readonly answeredAt?: number;
}

/** What a user should know about the inputs, and about RunComfy's answer to the submit. Plain data. */
export interface Notes {
	/** For example: a file is larger than RunComfy recommends, inputs were not checked, or ComfyUI left out outputs. */
	warnings: string[];
	/**
	 * Seeds by node id, or by the name of a model's input. A seed beyond 2^53 is a string. Further seeds of the same node
	 * have the key `id.input`.
	 */
	seeds?: Record<string, number | string>;
	/** The lowest price of a run of the model, such as "$0.012 / image", if known. */
	base_price?: string;
	/** The output nodes of the workflow, each of which should produce an output. Absent if the node classes are unknown. */
	outputNodes?: OutputNode[];
}

export interface OutputNode {
	id: string;
	/** The node's title in ComfyUI. */
	title: string;
}

/** The receipt of a request before its submit, possibly before its inputs are read. */
export function plannedReceipt(ids: Ids, at: number, notes?: Notes): Receipt {
	return notes ? { ids, state: 'planned', at, notes } : { ids, state: 'planned', at };
}

/** The receipt to store before the submit is sent. */
export function submittingReceipt(receipt: Receipt, at: number): Receipt {
	return assign(receipt, { state: 'submitting' as const, at });
}

/** The receipt after an attempt of the submit that RunComfy certainly did not accept. */
export function plannedAgain(receipt: Receipt, at: number): Receipt {
	return assign(receipt, { state: 'planned' as const, at });
}

/** The receipt to store as soon as RunComfy has named the request. */
export function acceptedReceipt(
	receipt: Receipt,
	{ warnings = [], ...answer }: Acceptance,
	at: number,
): Receipt {
	const { ids, notes = { warnings: [] } } = receipt;
	return assign(receipt, {
		ids: assign(ids, { requestId: answer.request_id }),
		state: 'accepted' as const,
		at,
		answer,
		...(warnings.length > 0 ? { notes: addWarnings(notes, warnings) } : {}),
	});
}

function addWarnings(notes: Notes, warnings: string[]): Notes {
	return { ...notes, warnings: [...notes.warnings, ...warnings] };
}

/** Whether a cancel may have had no effect, so that the next one must be sent, too. */
export function isUnclear(verdict: CancelVerdict | undefined): boolean {
	return verdict === 'no answer' || verdict === 'unknown';
}

/**
 * The receipt of a request that somebody canceled. Once a flow has canceled it, the flow stays the reason. If the
 * last cancel got no clear answer, another one is sent, unless `verdict` already has RunComfy's answer.
 */
export function canceledReceipt(
	receipt: Receipt,
	by: CanceledBy,
	at: number,
	verdict?: CancelVerdict,
): Receipt {
	const { cancel: before } = receipt;
	const explains = before?.by === 'flow' ? before.by : by;
	const settled = isUnclear(before?.verdict) ? { verdict: undefined, answeredAt: undefined } : {};
	const cancel = compact({ ...before, ...settled, by: explains, at: before?.at ?? at });
	const canceled = assign(receipt, { cancel });
	return verdict ? answeredReceipt(canceled, verdict, at) : canceled;
}

/**
 * The receipt once the verdict on a cancel is known. An accepted cancel stays accepted: RunComfy may refuse the next
 * one.
 */
export function answeredReceipt(receipt: Receipt, verdict: CancelVerdict, at: number): Receipt {
	const { cancel } = receipt;
	if (!cancel || cancel.verdict === 'cancellation_requested') return receipt;
	return assign(receipt, { cancel: { ...cancel, verdict, answeredAt: at } });
}

/** The receipt of a request that was submitted elsewhere. */
export function attachedReceipt(ids: RequestRef, at: number): Receipt {
	return { ids, state: 'attached', at };
}

/** The receipt after the request was polled, or its result was read. */
export function observedReceipt(receipt: Receipt, seen: Observed): Receipt {
	return assign(receipt, { seen });
}

/** The receipt of a request that needs no more waiting. */
export function endedReceipt(receipt: Receipt, end: ReceiptEnd): Receipt {
	return assign(receipt, { end });
}

/** The receipt for waiting again for a request that may not have ended, even if somebody canceled it before. */
export function reopenedReceipt({ end: _end, cancel: _cancel, ...receipt }: Receipt): Receipt {
	return receipt;
}
