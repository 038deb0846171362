import type { ErrorCode, ErrorFacts, RunComfyError } from '../errors';
import { assign, compact } from '../json/objects';
import { type RequestIds, requestIn } from '../service/ref';
import { idsIn, type RequestRef } from '../targets';
import type { Observed } from './observed';
import type { CancelOutcome, ResultState } from './state';

/**
 * What is known of one request that is paid for, or is about to be. Plain data: a host stores it beside what only that
 * host needs, and carries it on by the functions below. None of them changes the receipt that it is given.
 */
export interface Receipt {
	/** What names it and its target, as far as that is known. */
	readonly ids: Partial<RequestRef>;
	readonly state: ReceiptState;
	/** Milliseconds since the epoch: when it got into that state. The timeout of a request counts from there. */
	readonly at: number;
	/** What the user should know of its inputs. */
	readonly notes?: Notes;
	/** Whether, and since when, RunComfy does not take its submit for now. */
	readonly refused?: Refusal;
	/** What RunComfy said when it accepted it. */
	readonly answer?: SubmitAnswer;
	/** RunComfy has named it beside an error, and nobody has seen it since: it may not have been accepted. */
	readonly unconfirmed?: true;
	/** What was seen of it since it was accepted. */
	readonly seen?: Observed;
	/** Who wants it canceled, and what came of that. */
	readonly cancel?: ReceiptCancel;
	/** How it ended, or that nobody can know. Any other error ends the wait, not the request. */
	readonly end?: ReceiptEnd;
}

/**
 * `planned`: nothing was submitted. `submitting`: the submit may have left, and if it stays so, it is not known whether
 * RunComfy accepted it. `accepted`: it is paid for. `attached`: it was submitted elsewhere, and only waited for here.
 */
type ReceiptState = 'planned' | 'submitting' | 'accepted' | 'attached';

/** That attempts of a submit did not arrive or were refused for now. Moments in milliseconds since the epoch. */
export interface Refusal {
	/** How many attempts. */
	readonly times: number;
	/** When the first one was made. */
	readonly since: number;
	/** When the next one may be made. */
	readonly until: number;
	/** Why the last one was not taken. */
	readonly error: ReceiptEnd;
}

/** A request that RunComfy has accepted. */
export interface SubmitAnswer extends RequestIds {
	status: 'in_queue';
	status_url?: string;
	result_url?: string;
	cancel_url?: string;
}

/** An acceptance as it comes. */
export interface Acceptance extends SubmitAnswer {
	/** What a user should know, such as outputs that ComfyUI left out. */
	warnings?: string[];
	/** Whether an answer has named the request beside its error. */
	unconfirmed?: true;
}

export interface ReceiptEnd extends ErrorFacts {
	code: ErrorCode;
	message: string;
}

/**
 * Who no longer wants the request: a flow or a person; or nobody waits for it any more, since its host has left or its
 * time is over.
 */
export type CanceledBy = 'flow' | 'left' | 'timeout' | 'late';

/** What RunComfy answered to a cancel, if it did. */
export type CancelVerdict = CancelOutcome | 'no answer';

export interface ReceiptCancel {
	readonly by: CanceledBy;
	/** Milliseconds since the epoch: when it was first asked for. */
	readonly at: number;
	/** Absent as long as RunComfy was not asked, or may still answer. */
	readonly verdict?: CancelVerdict;
	/** When that verdict came: a request that is seen queued or in progress later than a refusal, runs on. */
	readonly answeredAt?: number;
	/** How the request had ended, if RunComfy refused for that, and it was seen. */
	readonly ended?: ResultState;
}

/** What a user should know of what is sent, and of what RunComfy said when it accepted that. Plain data. */
export interface Notes {
	/** Such as a file larger than RunComfy recommends, that the inputs were not checked, or what ComfyUI leaves out. */
	warnings: string[];
	/**
	 * Node id, or the name of a model's input, → seed, if any are set; a seed beyond 2^53 is text. Further seeds of a node
	 * go by `id.input`.
	 */
	seeds?: Record<string, number | string>;
	/** What a run of the model costs at least, such as "$0.012 / image", if that is known. */
	base_price?: string;
	/** The output nodes of the workflow, if its classes are known: each should give something. */
	outputNodes?: OutputNode[];
}

export interface OutputNode {
	id: string;
	/** The title in ComfyUI. */
	title: string;
}

/** The receipt of something to submit, possibly before any of it is read. */
export function plannedReceipt(ids: Partial<RequestRef>, at: number, notes?: Notes): Receipt {
	return notes ? { ids, state: 'planned', at, notes } : { ids, state: 'planned', at };
}

/** The receipt of a submit that is not taken for now: nothing was accepted, and another attempt follows. */
export function refusedReceipt(receipt: Receipt, refused: Refusal, at: number): Receipt {
	return assign(receipt, { state: 'planned' as const, at, refused });
}

/** The receipt to store before the submit leaves. */
export function submittingReceipt(receipt: Receipt, at: number): Receipt {
	return assign(receipt, { state: 'submitting' as const, at });
}

/** The receipt of a submit that RunComfy certainly did not take, and that is not repeated. */
export function notTakenReceipt({ refused: _refused, ...receipt }: Receipt, at: number): Receipt {
	return plannedAgain(receipt, at);
}

/** The receipt of a submit that was not sent. */
export function plannedAgain(receipt: Receipt, at: number): Receipt {
	return assign(receipt, { state: 'planned' as const, at });
}

/** The receipt to store as soon as RunComfy has named the request. */
export function acceptedReceipt(
	{ refused: _refused, ...receipt }: Receipt,
	{ warnings = [], unconfirmed, ...answer }: Acceptance,
	at: number,
): Receipt {
	const { ids, notes = { warnings: [] } } = receipt;
	return assign(receipt, {
		ids: assign(ids, { requestId: answer.request_id }),
		state: 'accepted' as const,
		at,
		answer,
		...(warnings.length > 0 ? { notes: addWarnings(notes, warnings) } : {}),
		...(unconfirmed ? { unconfirmed } : {}),
	});
}

function addWarnings(notes: Notes, warnings: string[]): Notes {
	return { ...notes, warnings: [...notes.warnings, ...warnings] };
}

/** Whether a cancel may have had no effect, so that the next one is sent, too. */
export function isUnclear(verdict: CancelVerdict | undefined): boolean {
	return verdict === 'no answer' || verdict === 'unknown';
}

/**
 * The receipt of a request that somebody wants canceled. A flow explains the end best, whoever came first. A cancel
 * without a clear answer is asked for again, unless `verdict` is RunComfy's answer to somebody.
 */
export function canceledReceipt(
	receipt: Receipt,
	by: CanceledBy,
	at: number,
	verdict?: CancelVerdict,
	ended?: ResultState,
): Receipt {
	const { cancel: before } = receipt;
	const explains = before?.by === 'flow' ? before.by : by;
	const settled = isUnclear(before?.verdict) ? { verdict: undefined, answeredAt: undefined } : {};
	const cancel = compact({
		...before,
		...settled,
		by: explains,
		at: before?.at ?? at,
		ended: ended ?? before?.ended,
	});
	const canceled = assign(receipt, { cancel });
	return verdict ? answeredReceipt(canceled, verdict, at) : canceled;
}

/** The receipt once RunComfy has answered the cancel, or has not. What it has accepted once, it may refuse to cancel twice. */
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
export function observedReceipt(
	{ unconfirmed: _unconfirmed, ...receipt }: Receipt,
	seen: Observed,
): Receipt {
	return assign(receipt, { seen });
}

/** The receipt of a request that needs no more waiting. */
export function endedReceipt(receipt: Receipt, end: ReceiptEnd): Receipt {
	return assign(receipt, { end });
}

/**
 * The receipt after an error that says how the request ended. If there was none, the submit got no clear answer, or was
 * made elsewhere.
 */
export function failedReceipt(
	receipt: Receipt | undefined,
	error: RunComfyError,
	at: number,
): Receipt {
	const ref = requestIn(error);
	const unknown = () =>
		ref ? attachedReceipt(ref, at) : submittingReceipt(plannedReceipt(idsIn(error), at), at);
	return endedReceipt(receipt ?? unknown(), error.toJSON());
}

/** The receipt of a request that may not have ended, and that somebody wants again, whoever has canceled it before. */
export function reopenedReceipt({ end: _end, cancel: _cancel, ...receipt }: Receipt): Receipt {
	return receipt;
}
