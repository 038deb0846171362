import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	type CancelOutcome,
	compact,
	endStatus,
	type ErrorCode,
	type ErrorFacts,
	type Notes,
	type Observed,
	refOf,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Settled,
	type SubmitAnswer,
	targetId,
} from '../../../core';

/** What one item has submitted. Plain data, since n8n stores it with the execution. */
export interface Entry {
	/** Absent if it is unknown whether RunComfy has accepted the request. */
	accepted?: Accepted;
	/** Instead of `accepted`: a request that was submitted elsewhere and is waited for here. */
	attached?: RequestRef;
	/** The deployment that the item has created, as it comes out. */
	created?: IDataObject;
	/** State of the request as last seen from here, in the API's words. */
	status: string;
	seen?: Observed;
	/** Milliseconds for which the execution was parked while it waited for the request, and how often it came back. */
	parkedMs?: number;
	resumes?: number;
	/** Whether the item failed and its request was left running, such as after a timeout. */
	leftRunning?: boolean;
	/** Why nothing more comes of the request. */
	ended?: Ended;
	/** Milliseconds since the epoch: what the timeout of this try counts from. */
	waitsFrom?: number;
	/** Milliseconds since the epoch: the end of that timeout. Absent if there is none. */
	deadline?: number;
	/** What came of the item before the execution was parked. */
	outcome?: { items: INodeExecutionData[] } | { error: Ended };
	/** Tells the submit from another one: the parameters and the input item that it was made of. */
	fingerprint: string;
}

/** A request that RunComfy has accepted: it is paid for. */
export interface Accepted {
	answer: SubmitAnswer;
	/** Milliseconds since the epoch. */
	at: number;
	/** What the items that come out say of its inputs. */
	notes: Notes;
}

export interface Ended extends ErrorFacts {
	code: ErrorCode;
	message: string;
}

/** One run of the node with all of its tries. */
export interface NodeRun {
	tries: number;
	/** Whether it failed, so that another try or execution may take its requests up. */
	failed: boolean;
	/** Set while n8n keeps the execution outside of its memory. */
	parked?: Parked;
	/** Requests that have ended, as the watcher said when it woke the execution; absent if n8n's timer has come. */
	ended?: readonly string[];
	/** What the watcher had seen of the requests by then, by id. Absent as well. */
	seen?: Record<string, Observed>;
	entries: Record<number, Entry>;
	/** Paid requests of items whose inputs have changed: a hint and the log name them until the inputs change back. */
	strays?: Record<number, Entry>;
	/** Submits that RunComfy has accepted, by execution and item. They count on when an entry is dropped. */
	paid?: Record<string, number>;
}

export interface Parked {
	/** Tells this time from the others. */
	id: string;
	/** What the watcher shows when it wakes the execution. */
	secret: string;
	/** Milliseconds since the epoch: n8n itself goes on then. */
	until: number;
	/** A retry of the execution is another one. */
	executionId: string;
	/** Milliseconds since the epoch. */
	at: number;
}

/** In the context that n8n keeps for the node: its runs by their index. */
export interface NodeContext {
	requests?: Record<string, NodeRun>;
}

/** A request that is still waited for. Moments in milliseconds since the epoch. */
export interface OpenRequest {
	ref: RequestRef;
	/** Absent if it was submitted elsewhere. */
	submittedAt?: number;
	deadline?: number;
	seen?: Observed;
}

/** The run of a node that n8n keeps parked: there is one at most. */
export function parkedRun({ requests = {} }: NodeContext) {
	return Object.values(requests).find(
		(run): run is NodeRun & { parked: Parked } => run.parked !== undefined,
	);
}

export function numbered(entries: NodeRun['entries']): Array<[itemIndex: number, entry: Entry]> {
	return Object.entries(entries).map(([item, entry]) => [Number(item), entry]);
}

export function openRequests({ entries }: NodeRun): OpenRequest[] {
	return Object.values(entries).flatMap((entry) => {
		const ref = requestOf(entry);
		if (!ref || !isOpen(entry)) return [];
		const { accepted, deadline, seen } = entry;
		const known = { seen, submittedAt: accepted?.at, deadline: deadline || undefined };
		return [{ ref, ...compact(known) }];
	});
}

/** Whether the item is still waited for. */
export function isOpen({ ended, outcome }: Entry): boolean {
	return !ended && !outcome;
}

export function requestOf({ accepted, attached }: Entry): RequestRef | undefined {
	return accepted ? refOf(accepted.answer) : attached;
}

/** The error of a request that was canceled; its details have RunComfy's answer. */
export function canceledWith(answer: CancelOutcome | undefined, ref?: RequestRef): RunComfyError {
	const details = { cancel: answer ?? 'no answer' };
	return new RunComfyError('aborted', 'Canceled', { ...ref, details });
}

export function describeRequest(ref: RequestRef): string {
	const of = `${ref.service ?? 'deployment'} ${targetId(ref) ?? 'unknown'}`;
	return `RunComfy request ${ref.requestId} of ${of}`;
}

/** What is known of a submit that RunComfy may have accepted. */
export function unclearSubmit({ accepted, ended }: Entry): Ended | undefined {
	return !accepted && ended?.code === 'submit_unconfirmed' ? ended : undefined;
}

export function endErrorOf({ ended }: Entry): RunComfyError | undefined {
	return ended && toError(ended);
}

function toError(ended: Ended): RunComfyError {
	return new RunComfyError(ended.code, ended.message, ended);
}

export function outcomeOf({ outcome }: Entry): Settled<INodeExecutionData[]> | undefined {
	if (!outcome) return undefined;
	return 'items' in outcome
		? { ok: true, value: outcome.items }
		: { ok: false, error: toError(outcome.error) };
}

/** Whether the request of an item that failed with this error goes on: no reason to cancel anything. */
export function leavesRunning(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).request === 'goes_on';
}

/** Whether RunComfy may have accepted the request, or may not have carried out its cancel: it may run, and be billed. */
export function mayRun(error: RunComfyError): boolean {
	return requestOutcome(error).request === 'unknown';
}

/** Whether RunComfy may have accepted a submit that it did not confirm. */
export function isUnconfirmed(error: RunComfyError): boolean {
	return requestOutcome(error).status === 'unconfirmed';
}

/**
 * Whether its request can be asked how it has ended. The answer to its submit does not say, and neither does any
 * error while the request is `unasked` since then.
 */
export function isWaitable({ accepted }: Entry, error: RunComfyError, unasked: boolean): boolean {
	const doubtful = isUnconfirmed(error) || (unasked && endStatus(error.code) !== undefined);
	return accepted !== undefined && doubtful;
}

/** Whether waiting for the request again could only give the same, or must not be tried. */
export function endsRequest(error: RunComfyError): boolean {
	const { request } = requestOutcome(error);
	return request === 'ended' || request === 'unknown';
}

/** Sorts out what belongs to the items as they are now. */
export function sortOut(run: NodeRun, fingerprint: (itemIndex: number) => string): void {
	const all = [...numbered(run.strays ?? {}), ...numbered(run.entries)];
	const isOwn = ([item, entry]: (typeof all)[number]) => entry.fingerprint === fingerprint(item);
	const strays = all.filter((one) => !isOwn(one) && one[1].accepted && !one[1].ended);
	run.entries = Object.fromEntries(all.filter(isOwn));
	delete run.strays;
	if (strays.length > 0) run.strays = Object.fromEntries(strays);
}

/** What another execution may pick up from a failed run: every request that may still go on. */
export function unfinished({ entries }: NodeRun): Record<number, Entry> {
	const kept = Object.entries(entries).flatMap(([item, { ended, ...entry }]) => {
		// A cancel without a clear answer may not have been carried out: the request can be asked if its id is known.
		const goesOn = !ended || (entry.accepted && mayRun(toError(ended)));
		return goesOn && !entry.attached ? [[item, withoutWait(entry)]] : [];
	});
	return Object.fromEntries(kept) as Record<number, Entry>;
}

/** The entry as another try takes it up: it is waited for again, from now on, and its result is fetched again. */
export function withoutWait(entry: Entry): Entry {
	const again = { ...entry };
	delete again.waitsFrom;
	delete again.deadline;
	delete again.outcome;
	delete again.leftRunning;
	return again;
}

/**
 * A run that continues under another index. If an agent calls its tools itself, each try counts as another
 * run: the one to continue is the failed call with the same input. If n8n was killed after it had resumed an
 * execution, the wait may still count as a run of its own in a retry.
 */
export function takeOver(
	context: IExecuteFunctions,
	runs: Record<string, NodeRun>,
	fingerprint: (itemIndex: number) => string,
): NodeRun | undefined {
	const isTool = context.isToolExecution?.() === true;
	if (!isTool && context.getMode() !== 'retry') return undefined;
	const executionId = context.getExecutionId();
	for (const [index, run] of Object.entries(runs)) {
		const { failed, parked, entries } = run;
		const left = isTool ? failed : parked !== undefined && parked.executionId !== executionId;
		const known = Object.entries(entries).some(
			([item, entry]) => entry.fingerprint === fingerprint(Number(item)),
		);
		if (!left || !known) continue;
		delete runs[index];
		// n8n itself counts the tries of a tool, and another call of it is another matter.
		delete run.paid;
		return run;
	}
	return undefined;
}
