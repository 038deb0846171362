import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	acceptedReceipt,
	addPoll,
	assign,
	attachedReceipt,
	type CancelOutcome,
	compact,
	endedReceipt,
	endStatus,
	joinObserved,
	type Notes,
	type Observed,
	observedReceipt,
	plannedReceipt,
	type Progress,
	type Receipt,
	refOf,
	type Refusal,
	refusedReceipt,
	reopenedReceipt,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Settled,
	type SubmitAnswer,
	submittingReceipt,
	targetId,
	toRunComfyError,
} from '../../../core';
import { runtime } from '../runtime';

/** Why a request needs no more waiting. */
export type ReceiptEnd = NonNullable<Receipt['end']>;

/** What one item has submitted. Plain data, since n8n stores it with the execution. */
export interface Entry {
	/** Absent if nothing was submitted, or it is not known. */
	receipt?: Receipt;
	/** What RunComfy answered to the submit. */
	answer?: SubmitAnswer;
	/** The address of the API that knows the request. */
	baseUrl?: string;
	/** The deployment that the item has created, as it comes out. */
	created?: IDataObject;
	/** What comes out for the deployment that the item has deleted. */
	deleted?: IDataObject;
	/** State of the request as last seen from here, in the API's words. */
	status: string;
	/** Milliseconds for which the execution was parked while it waited for the request, and how often it came back. */
	parkedMs?: number;
	resumes?: number;
	/** Whether the item failed and its request was left running, such as after a timeout. */
	leftRunning?: boolean;
	/** Milliseconds since the epoch: what the timeout of this try counts from. */
	waitsFrom?: number;
	/** Milliseconds since the epoch: the end of that timeout. Absent if there is none. */
	deadline?: number;
	/** What came of the item before the execution was parked. */
	outcome?: { items: INodeExecutionData[] } | { error: ReceiptEnd };
	/** Tells the submit from another one: the parameters and the input item that it was made of. */
	fingerprint: string;
}

/** The entry of an item whose request RunComfy has accepted: it is paid for. */
export interface PaidEntry extends Entry {
	receipt: Receipt;
	answer: SubmitAnswer;
}

/** One run of the node with all of its tries. */
export interface NodeRun {
	tries: number;
	/** Whether it failed, so that another try or execution may pick up its requests. */
	failed: boolean;
	/** Set while n8n keeps the execution outside of its memory. */
	parked?: Park;
	/** Requests that have ended, as the watcher said when it woke the execution; absent if n8n's timer has come. */
	ended?: readonly string[];
	/** What the watcher had seen of the requests by then, by id; absent if n8n's timer has come. */
	seen?: Record<string, Observed>;
	entries: Record<number, Entry>;
	/** Paid requests of items whose inputs have changed: a hint and the log name them until the inputs change back. */
	leftBehind?: Record<number, Entry>;
	/** Submits that RunComfy has accepted, by execution and item. They keep counting when an entry is dropped. */
	paid?: Record<string, number>;
}

/** One time that the execution is parked. */
export interface Park {
	/** The id of this park. */
	id: string;
	/** What the watcher shows when it wakes the execution. */
	secret: string;
	/** Milliseconds since the epoch: n8n itself goes on then. */
	until: number;
	/** The execution that parked; a retry is another one. */
	executionId: string;
	/** Milliseconds since the epoch. */
	at: number;
}

/** What the context that n8n keeps for the node holds: its runs by their key. */
export interface NodeContext {
	requests?: Record<string, NodeRun>;
}

/** A request that the node still waits for. Moments in milliseconds since the epoch. */
export interface OpenRequest {
	ref: RequestRef;
	/** See `Entry`. */
	baseUrl?: string;
	/** Absent if it was submitted elsewhere. */
	submittedAt?: number;
	deadline?: number;
	seen?: Observed;
	/** Whether a stop of the execution cancels it. */
	cancelsOnStop: boolean;
}

/** A request that the node does not wait for, and that a stop cancels all the same. */
export type DoubtfulRequest = Pick<OpenRequest, 'ref' | 'baseUrl'>;

interface LedgerOptions {
	/** Identifies an item's submit, and is the same in every try. */
	fingerprint(itemIndex: number): string;
	/** Called for each request that RunComfy has accepted. */
	submitted(itemIndex: number, receipt: Receipt): void;
	/** Called if an item is submitted with other inputs than an earlier request, which may still run. */
	leftBehind(itemIndex: number, earlier: Entry): void;
	/** Called for each cancel that is answered when the node has ended already. */
	canceledLate(itemIndex: number, entry: Entry): void;
	/** Milliseconds since the epoch. */
	now(): number;
}

/**
 * What this run of the node has submitted, try after try. n8n keeps the context of a node while it
 * retries the node (Retry On Fail), and stores it with an execution that is parked, or that has
 * failed, which a user may retry.
 */
export class Ledger {
	/** Names the run of the node within its execution: n8n's index of it, unless another call has that. */
	readonly runKey: string;
	/** Whether n8n runs the node again if this try fails. */
	readonly triesLeft: boolean;
	/** Whether this try resumes one that was parked, or goes on after n8n has refused to park it. */
	resumed: boolean;
	/** Whether its watcher woke it, and passed on what it had seen. */
	readonly woken: boolean;
	/** Whether this is the first try of a retry by hand. */
	readonly retried: boolean;
	/** The park that this try resumes, or retries. */
	readonly parkedBefore: Park | undefined;

	private readonly context: NodeContext;
	/** The run in the context that goes on here. */
	private readonly run: NodeRun;
	private readonly executionId: string;
	private readonly maxTries: number;
	/** Requests that have ended, as the watcher said; absent if it did not wake the execution. */
	private readonly endedIds: ReadonlySet<string> | undefined;
	/** Items that this try has submitted, and whose status it has not read since. */
	private readonly unasked = new Set<number>();
	/** The address that each item's next call goes to. */
	private readonly baseUrls = new Map<number, string>();
	/** Whether the node has ended. */
	private closed = false;

	constructor(
		context: IExecuteFunctions,
		private readonly options: LedgerOptions,
	) {
		const { fingerprint, now } = options;
		this.context = context.getContext('node');
		const runs = (this.context.requests ??= {});
		const index = String(context.getWorkflowDataProxy(0).$runIndex);
		const run = continuedRun(context, runs, index, fingerprint) ?? newRun();
		this.runKey = freeKey(runs, index);
		runs[this.runKey] = run;
		runtime.runsInUse.add(run);
		this.run = run;
		this.executionId = context.getExecutionId();
		this.maxTries = maxTriesOf(context);
		this.parkedBefore = run.parked;
		this.endedIds = run.ended && new Set(run.ended);
		this.woken = run.seen !== undefined;
		this.resumed = beginTry(run, this.executionId, now());
		this.triesLeft = run.tries < this.maxTries;
		this.retried = context.getMode() === 'retry' && run.tries === 1 && !this.resumed;
		// Only a retry may come with other parameters. Here, even if n8n has changed the items, what was
		// paid for is theirs.
		if (this.resumed) {
			for (const [item, entry] of numbered(run.entries)) entry.fingerprint = fingerprint(item);
		} else sortOut(run, fingerprint);
	}

	find(itemIndex: number): Entry | undefined {
		return this.run.entries[itemIndex];
	}

	entries(): Array<[itemIndex: number, entry: Entry]> {
		return numbered(this.run.entries);
	}

	open(cancelsOnStop: (itemIndex: number) => boolean): OpenRequest[] {
		return this.entries().flatMap(([item, entry]) => {
			const ref = requestOf(entry);
			const { receipt, deadline, baseUrl } = entry;
			if (!ref || !receipt || !isOpen(entry)) return [];
			const submittedAt = isAccepted(entry) ? receipt.at : undefined;
			const times = { submittedAt, deadline: deadline || undefined };
			const known = compact({ seen: receipt.seen, baseUrl, ...times });
			return [{ ref, ...known, cancelsOnStop: cancelsOnStop(item) }];
		});
	}

	/** Requests that RunComfy may have accepted, of items that have ended in the error that names them. */
	doubtful(cancelsOnStop: (itemIndex: number) => boolean): DoubtfulRequest[] {
		return this.entries().flatMap(([item, entry]) => {
			const isNamed = entry.status === 'unconfirmed' && !entry.receipt?.end && entry.outcome;
			const ref = paidRequestOf(entry);
			if (!ref || !isNamed || !cancelsOnStop(item)) return [];
			return [{ ref, ...compact({ baseUrl: entry.baseUrl }) }];
		});
	}

	/** Requests of items that were submitted again since, with other inputs. */
	leftBehind(): Array<[itemIndex: number, entry: Entry]> {
		return numbered(this.run.leftBehind ?? {}).filter(([item]) => isAccepted(this.find(item)));
	}

	/**
	 * Whether a failed run of the item may be paid for again. n8n counts its tries from the start after each
	 * park, so what counts is how often RunComfy has accepted the item in this execution.
	 */
	mayPayAgain(itemIndex: number): boolean {
		return this.timesPaid(itemIndex) < this.maxTries;
	}

	/** Whether to ask about the request of the item: not if a wake-up said that only others have ended. */
	mayHaveEnded(itemIndex: number): boolean {
		return !this.resumed || !this.endedIds || this.endedIds.has(this.requestId(itemIndex) ?? '');
	}

	/** How long, and how often, the execution was parked while it waited for the item. */
	parkedTimes(itemIndex: number) {
		const { parkedMs = 0, resumes = 0 } = this.find(itemIndex) ?? {};
		return { parked_ms: parkedMs, resumes };
	}

	/**
	 * Milliseconds since the epoch when the item's timeout ends, 0 for none. It counts from the
	 * submit, or in a later try from this call; parking the execution does not change it.
	 */
	deadline(itemIndex: number, timeoutMs: number): number {
		const waitsFrom = this.find(itemIndex)?.waitsFrom ?? this.options.now();
		const deadline = timeoutMs > 0 ? waitsFrom + timeoutMs : 0;
		this.update(itemIndex, { waitsFrom, deadline });
		return deadline;
	}

	/** Milliseconds until the deadline; `Infinity` if there is none. */
	leftMs(itemIndex: number): number {
		return (this.find(itemIndex)?.deadline || Infinity) - this.options.now();
	}

	/** Notes the address of the API that the item's calls go to. */
	goesTo(itemIndex: number, baseUrl: string): void {
		this.baseUrls.set(itemIndex, baseUrl);
	}

	accept(itemIndex: number, answer: SubmitAnswer, notes: Notes): void {
		const { run, options } = this;
		const at = options.now();
		const receipt = acceptedReceipt(
			plannedReceipt(refOf(answer), at, notes),
			answer.request_id,
			at,
		);
		const { parkedMs, resumes } = this.find(itemIndex) ?? {};
		run.entries[itemIndex] = {
			...compact({ parkedMs, resumes }),
			receipt,
			answer,
			...compact({ baseUrl: this.baseUrls.get(itemIndex) }),
			status: answer.status,
			waitsFrom: at,
			fingerprint: options.fingerprint(itemIndex),
		};
		(run.paid ??= {})[this.paidKey(itemIndex)] = this.timesPaid(itemIndex) + 1;
		this.unasked.add(itemIndex);
		options.submitted(itemIndex, receipt);
		const earlier = run.leftBehind?.[itemIndex];
		if (earlier) options.leftBehind(itemIndex, earlier);
	}

	/** Notes that RunComfy does not take the item's submit for now: nothing is paid for. */
	refuse(itemIndex: number, refused: Refusal): void {
		const { fingerprint, now } = this.options;
		const receipt = refusedReceipt(plannedReceipt({}, refused.since), refused, now());
		this.update(itemIndex, { receipt, status: 'planned', fingerprint: fingerprint(itemIndex) });
	}

	/** What came of the submit of the item so far, if RunComfy does not take it for now. */
	refusalOf(itemIndex: number): Refusal | undefined {
		return this.find(itemIndex)?.receipt?.refused;
	}

	/** Notes a request that was submitted elsewhere: nothing is paid for it here. */
	attach(itemIndex: number, ref: RequestRef): void {
		const before = this.find(itemIndex)?.receipt;
		const receipt =
			before?.state === 'attached'
				? assign(before, { ids: ref })
				: attachedReceipt(ref, this.options.now());
		const baseUrl = this.baseUrls.get(itemIndex);
		const fingerprint = this.options.fingerprint(itemIndex);
		this.update(itemIndex, { receipt, fingerprint, ...compact({ baseUrl }) });
	}

	/** Notes a deployment: it may cost money as long as it is there. */
	create(itemIndex: number, created: IDataObject): void {
		const fingerprint = this.options.fingerprint(itemIndex);
		this.run.entries[itemIndex] = { created, status: 'created', fingerprint };
	}

	/** Notes that a deployment is gone: deleting it once more would fail. */
	delete(itemIndex: number, deleted: IDataObject): void {
		const fingerprint = this.options.fingerprint(itemIndex);
		this.run.entries[itemIndex] = { deleted, status: 'deleted', fingerprint };
	}

	/** Notes what a call of the status endpoint has shown. */
	notePoll(itemIndex: number, status: Progress['status']): void {
		this.unasked.delete(itemIndex);
		const before = this.find(itemIndex)?.receipt;
		const receipt =
			before && observedReceipt(before, addPoll(before.seen, status, this.options.now()));
		this.update(itemIndex, { ...compact({ receipt }), status, leftRunning: false });
	}

	/** Adds what was seen elsewhere, by request id. */
	addSeen(seen: ReadonlyMap<string, Observed>): void {
		addSeen(this.run, seen);
	}

	/** Notes the state that the result of the request has. */
	noteResult(itemIndex: number, status: string): void {
		this.update(itemIndex, { status, leftRunning: false });
	}

	/** Notes what an item's failure says about its request. */
	fail(itemIndex: number, error: unknown): void {
		if (isPlanned(this.find(itemIndex))) this.drop(itemIndex);
		const entry = this.find(itemIndex);
		if (!(error instanceof RunComfyError) || entry?.receipt?.end) return;
		const waitable = entry && isWaitable(entry, error, this.unasked.has(itemIndex));
		const ends = endsRequest(error) && !waitable;
		if (!entry && !ends) return;
		const { fingerprint, now } = this.options;
		const receipt = ends
			? endedReceipt(entry?.receipt ?? receiptOf(error, now()), error.toJSON())
			: undefined;
		const status = waitable ? 'unconfirmed' : requestOutcome(error).status;
		this.update(itemIndex, {
			fingerprint: entry?.fingerprint ?? fingerprint(itemIndex),
			...compact({ receipt, status }),
			leftRunning: leavesRunning(error),
		});
	}

	/**
	 * Notes the answer to a cancel that the node does not wait for; undefined if none came.
	 * @param ended how the request had ended, if RunComfy refused the cancel for that
	 */
	noteCancel(itemIndex: number, answer: CancelOutcome | undefined, ended?: string): void {
		const before = this.find(itemIndex);
		const error = canceledWith(answer, requestOf(before));
		// A cancel is refused because the request has ended, or is no longer in the queue.
		const seen = before?.status === 'in_progress' ? before.status : 'unknown';
		const { status = ended ?? seen } = requestOutcome(error);
		const entry = this.update(itemIndex, { status });
		if (this.closed) this.options.canceledLate(itemIndex, entry);
	}

	/** Stores what came of an item while the execution is parked, unless it is stored already. */
	storeOutcome(itemIndex: number, settled: Settled<INodeExecutionData[]>): void {
		if (this.find(itemIndex)?.outcome) return;
		const outcome = settled.ok
			? { items: settled.value }
			: { error: toRunComfyError(settled.error, 'invalid_input').toJSON() };
		this.update(itemIndex, { fingerprint: this.options.fingerprint(itemIndex), outcome });
	}

	/** What came of an item before the park that this try resumes. */
	storedOutcome(itemIndex: number): Settled<INodeExecutionData[]> | undefined {
		const entry = this.resumed ? this.find(itemIndex) : undefined;
		return entry && outcomeOf(entry);
	}

	/** Lets the item be submitted again. */
	drop(itemIndex: number): void {
		delete this.run.entries[itemIndex];
	}

	/** Ends this try, but not the run: n8n goes on with it later, maybe in another process. */
	park(park: Park): void {
		this.run.parked = park;
	}

	/** n8n has not taken the park: this try goes on with what was stored for it. */
	unpark(): void {
		delete this.run.parked;
		this.resumed = true;
	}

	/** Ends this try. Only what may still be picked up stays. */
	close(end: 'done' | 'failed' | 'retry'): void {
		this.closed = true;
		if (end === 'retry') {
			this.run.failed = true;
			return;
		}
		const { leftBehind } = this.run;
		const { requests: runs = {} } = this.context;
		const entries = end === 'failed' ? unfinished(this.run) : {};
		delete runs[this.runKey];
		if (end === 'failed' && (leftBehind || Object.keys(entries).length > 0)) {
			runs[this.runKey] = { tries: 0, failed: true, entries, ...compact({ leftBehind }) };
		}
		if (Object.keys(runs).length === 0) delete this.context.requests;
	}

	/** Lets another try continue what is left of the run. To be called at the end of this try, however it ends. */
	release(): void {
		runtime.runsInUse.delete(this.run);
	}

	private update(itemIndex: number, facts: Partial<Entry>): Entry {
		const before = this.find(itemIndex) ?? { status: 'unknown', fingerprint: '' };
		return (this.run.entries[itemIndex] = { ...before, ...facts });
	}

	private requestId(itemIndex: number): string | undefined {
		return requestOf(this.find(itemIndex))?.requestId;
	}

	private timesPaid(itemIndex: number): number {
		return this.run.paid?.[this.paidKey(itemIndex)] ?? 0;
	}

	private paidKey(itemIndex: number): string {
		return `${this.executionId} ${itemIndex}`;
	}
}

// The bounds are n8n's own.
function maxTriesOf(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries } = context.getNode();
	return retryOnFail === true ? Math.min(5, Math.max(2, maxTries || 3)) : 1;
}

function newRun(): NodeRun {
	return { tries: 0, failed: false, entries: {} };
}

/** An agent's calls of a tool at the same time may have the same index. */
function freeKey(runs: Record<string, NodeRun>, index: string): string {
	let key = index;
	for (let more = 1; key in runs; more += 1) key = `${index}.${more}`;
	return key;
}

/** Takes out the run that goes on here. If another try is under way in it, each would delete what the other has paid for. */
function continuedRun(
	context: IExecuteFunctions,
	runs: Record<string, NodeRun>,
	index: string,
	fingerprint: (itemIndex: number) => string,
): NodeRun | undefined {
	const hasItem = (run: NodeRun) =>
		numbered(run.entries).some(([item, entry]) => entry.fingerprint === fingerprint(item));
	const left = Object.entries(runs).filter(([, run]) => !runtime.runsInUse.has(run));
	const isTool = context.isToolExecution?.() === true;
	const found = isTool
		? left.find(([, run]) => hasItem(run))
		: (left.find(([key]) => key === index) ??
			left.find(([, run]) => isOfKilled(context, run) && hasItem(run)));
	if (!found) return undefined;
	const [key, run] = found;
	delete runs[key];
	return isTool ? ofAnotherCall(run) : run;
}

/**
 * If an agent calls its tools itself, each try counts as another run of the node. The one to continue is that of the
 * same input, which may be of another call: neither is then paid for twice. n8n itself counts the tries of a tool.
 */
function ofAnotherCall(run: NodeRun): NodeRun {
	delete run.paid;
	return run.failed ? run : { ...run, tries: 0 };
}

/** If n8n was killed after it had resumed an execution, the wait may still count as a run of its own in a retry. */
function isOfKilled(context: IExecuteFunctions, { parked }: NodeRun): boolean {
	return (
		context.getMode() === 'retry' &&
		parked !== undefined &&
		parked.executionId !== context.getExecutionId()
	);
}

/** @returns whether this execution has parked the run. n8n then counts its tries from the start, as in a retry by hand. */
function beginTry(run: NodeRun, executionId: string, now: number): boolean {
	const { parked } = run;
	const resumed = parked !== undefined && parked.executionId === executionId;
	for (const [item, entry] of numbered(run.entries)) {
		if (!resumed) run.entries[item] = withoutWait(entry);
		else if (isOpen(entry)) addPark(entry, now - parked.at);
	}
	// A retry by hand takes over from an execution that was stopped or killed, and did not close its run.
	if (parked && !resumed) run.entries = unfinished(run);
	delete run.parked;
	addSeen(run, new Map(Object.entries(run.seen ?? {})));
	delete run.ended;
	delete run.seen;
	run.tries = parked ? 1 : run.tries + 1;
	run.failed = false;
	return resumed;
}

function addPark(entry: Entry, ms: number): void {
	entry.parkedMs = (entry.parkedMs ?? 0) + Math.max(0, ms);
	entry.resumes = (entry.resumes ?? 0) + 1;
}

function addSeen({ entries }: NodeRun, byId: ReadonlyMap<string, Observed>): void {
	for (const entry of Object.values(entries)) {
		const { receipt } = entry;
		const seen = joinObserved(receipt?.seen, byId.get(receipt?.ids.requestId ?? ''));
		if (receipt && seen) entry.receipt = observedReceipt(receipt, seen);
	}
}

/** Separates the entries that match the current items from the others. */
function sortOut(run: NodeRun, fingerprint: (itemIndex: number) => string): void {
	const all = [...numbered(run.leftBehind ?? {}), ...numbered(run.entries)];
	const isOwn = ([item, entry]: (typeof all)[number]) => entry.fingerprint === fingerprint(item);
	const leftBehind = all.filter((one) => !isOwn(one) && isAccepted(one[1]) && !one[1].receipt?.end);
	run.entries = Object.fromEntries(all.filter(isOwn));
	delete run.leftBehind;
	if (leftBehind.length > 0) run.leftBehind = Object.fromEntries(leftBehind);
}

/** What another execution may pick up: every request that may still go on. */
function unfinished({ entries }: NodeRun): Record<number, Entry> {
	const open = numbered(entries).flatMap(([item, entry]) => {
		const { receipt } = entry;
		if (isPlanned(entry)) return [];
		if (!receipt?.end) return [[item, withoutWait(entry)]];
		// A cancel without a clear answer may not have been carried out. If the request's id is known, its status can be
		// read.
		if (!isAccepted(entry) || !mayRun(toError(receipt.end))) return [];
		return [[item, withoutWait({ ...entry, receipt: reopenedReceipt(receipt) })]];
	});
	return Object.fromEntries(open) as Record<number, Entry>;
}

/** The entry as another try picks it up: it is waited for again, from now on, and its result is fetched again. */
function withoutWait(entry: Entry): Entry {
	const again = { ...entry };
	delete again.waitsFrom;
	delete again.deadline;
	delete again.outcome;
	delete again.leftRunning;
	return again;
}

/** The run of a node that n8n keeps parked: there is one at most. */
export function parkedRun({ requests = {} }: NodeContext) {
	return Object.values(requests).find(
		(run): run is NodeRun & { parked: Park } => run.parked !== undefined,
	);
}

export function numbered(entries: NodeRun['entries']): Array<[itemIndex: number, entry: Entry]> {
	return Object.entries(entries).map(([item, entry]) => [Number(item), entry]);
}

/** Whether the node still waits for the item. */
function isOpen({ receipt, outcome }: Entry): boolean {
	return !receipt?.end && !outcome;
}

/** Whether nothing of the item was submitted yet, or RunComfy has not taken it so far. */
export function isNew(entry: Entry | undefined): boolean {
	return entry === undefined || isPlanned(entry);
}

function isPlanned(entry: Entry | undefined): boolean {
	return entry?.receipt?.state === 'planned';
}

export function isAccepted(entry: Entry | undefined): entry is PaidEntry {
	return entry?.receipt?.state === 'accepted';
}

export function requestOf(entry: Entry | undefined): RequestRef | undefined {
	return entry?.receipt && requestIn(entry.receipt.ids);
}

/** The request of the item if it is paid for here. */
export function paidRequestOf(entry: Entry): RequestRef | undefined {
	return isAccepted(entry) ? requestOf(entry) : undefined;
}

/** What is known of a submit that RunComfy may have accepted. */
export function unclearSubmit(entry: Entry): ReceiptEnd | undefined {
	const end = entry.receipt?.end;
	return !isAccepted(entry) && end?.code === 'submit_unconfirmed' ? end : undefined;
}

export function endErrorOf({ receipt }: Entry): RunComfyError | undefined {
	return receipt?.end && toError(receipt.end);
}

function toError(end: ReceiptEnd): RunComfyError {
	return new RunComfyError(end.code, end.message, end);
}

function outcomeOf({ outcome }: Entry): Settled<INodeExecutionData[]> | undefined {
	if (!outcome) return undefined;
	return 'items' in outcome
		? { ok: true, value: outcome.items }
		: { ok: false, error: toError(outcome.error) };
}

/** The receipt for an error of an item that has none: its submit got no clear answer, or it was submitted elsewhere. */
function receiptOf(
	{ service, deploymentId, modelId, requestId }: RunComfyError,
	at: number,
): Receipt {
	const ids = compact({
		service: service === 'model' ? ('model' as const) : undefined,
		deploymentId,
		modelId,
		requestId,
	});
	const ref = requestIn(ids);
	return ref ? attachedReceipt(ref, at) : submittingReceipt(plannedReceipt(ids, at), at);
}

/**
 * Whether to ask how the request has ended. The answer to its submit does not say, and neither does any
 * error while the request is still `unasked`.
 */
function isWaitable(entry: Entry, error: RunComfyError, unasked: boolean): boolean {
	const doubtful = isUnconfirmed(error) || (unasked && endStatus(error.code) !== undefined);
	return isAccepted(entry) && doubtful;
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

/** Whether RunComfy may have accepted a submit that it did not confirm. */
export function isUnconfirmed(error: RunComfyError): boolean {
	return requestOutcome(error).status === 'unconfirmed';
}

/** Whether waiting for the request again could only give the same, or must not be tried. */
export function endsRequest(error: RunComfyError): boolean {
	const { request } = requestOutcome(error);
	return request === 'ended' || request === 'unknown';
}
