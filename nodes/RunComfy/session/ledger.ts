import type { IExecuteFunctions } from 'n8n-workflow';
import {
	attachedReceipt,
	endedReceipt,
	idsIn,
	type Observed,
	observedReceipt,
	type Receipt,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
} from '../../../core';
import { runtime } from '../runtime';
import { CLOCK } from '../transport/host';
import {
	type Entry,
	forNextExecution,
	forNextTry,
	outcomeOf,
	paidRequestOf,
	type SettledItem,
	settledOf,
	unclearSubmit,
} from './entry';

/** One run of the node, with all of its tries. Plain data: n8n stores it with the execution. */
export interface NodeRun {
	/** The execution that made these tries. A retry by hand is a new execution. */
	executionId: string;
	/** Base URL of the API that all of its requests are sent to. */
	baseUrl?: string;
	/** By item. */
	entries: Record<number, Entry>;
	/** Set while the execution is parked. */
	parked?: Park;
	/** What the watcher reported when it woke the execution; absent if n8n's timer resumed it. */
	said?: Said;
	/** The id of the last park: what n8n has stored of the execution since then, begins with it. */
	lastPark?: string;
}

export interface Said {
	/** Ids of the requests that the node has to check: those that have ended, or that the watcher gave up on. */
	ended?: readonly string[] | undefined;
	/** The progress of each request by id, because the node may continue in another process. */
	seen?: Record<string, Observed> | undefined;
}

/** One park of an execution. */
export interface Park {
	/** Identifies this park: the key of the run, and the time. */
	id: string;
	/** Proves that the watcher is the one waking the execution. */
	secret: string;
	/** When n8n's timer resumes the execution, in milliseconds since the epoch. */
	until: number;
	/** The execution that was parked. A retry of it has another id. */
	executionId: string;
	/** When the execution was parked, in milliseconds since the epoch. */
	at: number;
}

/** The data that n8n keeps for the node: the node's runs by key. */
export interface NodeContext {
	requests?: Record<string, NodeRun>;
}

/** Called for what people must be able to read in n8n's log. */
export interface LedgerEvents {
	/** RunComfy has accepted a request. */
	submitted(index: number, entry: Entry): void;
	/** Nobody can know whether RunComfy has accepted a submit. */
	unclear(index: number, entry: Entry): void;
	/** A cancel was answered after the node has finished. */
	canceledLate(index: number, entry: Entry): void;
}

/**
 * What this run of the node has submitted, in all of its tries. Stored in the node's context, which n8n keeps during
 * Retry On Fail, and saves with an execution that is parked or has failed.
 */
export class Ledger {
	/** The key of this run within the execution: n8n's run index, unless a concurrent call already uses that index. */
	readonly runKey: string;
	/** Whether this try continues a parked execution. */
	readonly resumed: boolean;
	/** Whether this is a retry by hand, which submits again what has failed. */
	readonly retried: boolean;
	/** The execution that this one retries, if it has stored anything of this run. */
	readonly retryOf: string | undefined;
	/** The park that this try continues, in the same execution or in a retry of it. */
	readonly parkedBefore: Park | undefined;
	/** Requests to look at, by id, if a watcher woke the execution. */
	readonly woken: ReadonlySet<string> | undefined;
	/** Identifies the data that a retry would begin with, if n8n were killed now. */
	readonly storedAs: string;
	/** Whether earlier tries in this process have paid for requests, which n8n has not stored yet. */
	readonly hasUnstored: boolean;
	/** Items of which n8n had stored something when this try began. */
	readonly known: ReadonlySet<number>;
	/** What the items had come to before the park. */
	readonly settled: ReadonlyMap<number, SettledItem>;

	private readonly context: NodeContext;
	private readonly run: NodeRun;
	private isClosed = false;

	/** @param fingerprint identifies what an item submits; the same in every try */
	constructor(
		context: IExecuteFunctions,
		private readonly fingerprint: (itemIndex: number) => string,
		private readonly events: LedgerEvents,
	) {
		this.context = context.getContext('node');
		const runs = (this.context.requests ??= {});
		const index = String(context.getWorkflowDataProxy(0).$runIndex);
		const executionId = context.getExecutionId();
		const continued = continuedRun(context, runs, index, fingerprint);
		const run = continued ?? { executionId, entries: {} };
		this.runKey = freeKey(runs, index);
		runs[this.runKey] = run;
		runtime.runsInUse.add(run);
		this.run = run;

		const { parked, said } = run;
		const isOwn = run.executionId === executionId && continued !== undefined;
		this.resumed = isOwn && parked !== undefined;
		this.retried = context.getMode() === 'retry' && !isOwn;
		this.retryOf = this.retried ? continued?.executionId : undefined;
		this.parkedBefore = parked;
		this.woken = this.resumed && said?.ended ? new Set(said.ended) : undefined;
		this.addSeen(new Map(Object.entries(said?.seen ?? {})));
		this.settled = this.resumed ? settledIn(run.entries) : new Map<number, SettledItem>();
		this.known = new Set(this.entries().map(([item]) => item));
		this.beginTry(isOwn);
		run.executionId = executionId;
		run.lastPark = parked?.id ?? run.lastPark ?? '';
		delete run.parked;
		delete run.said;
		this.storedAs = `${this.runKey} ${run.lastPark}`;
		this.hasUnstored =
			isOwn && !this.resumed && this.entries().some(([, one]) => paidRequestOf(one));
	}

	/** Keeps of earlier tries what this one continues. */
	private beginTry(isOwn: boolean): void {
		const { run, resumed, fingerprint } = this;
		for (const [index, entry] of this.entries()) {
			delete entry.outcome;
			const kept = resumed
				? entry
				: isOwn
					? forNextTry(entry)
					: forNextExecution(entry, CLOCK.now());
			// After a park, n8n may return the items slightly changed, but the paid requests still belong to them. Otherwise,
			// items with other inputs are submitted.
			const isSame = resumed || entry.fingerprint === fingerprint(index);
			if (kept && isSame) run.entries[index] = { ...kept, fingerprint: fingerprint(index) };
			else this.drop(index);
		}
	}

	/** Base URL that earlier tries have sent requests to, if any. */
	get baseUrl(): string | undefined {
		return this.entries().length > 0 ? this.run.baseUrl : undefined;
	}

	/** Sets the base URL of this run. */
	staysAt(baseUrl: string): void {
		this.run.baseUrl = baseUrl;
	}

	entry(index: number): Entry | undefined {
		return this.run.entries[index];
	}

	entries(): Array<[itemIndex: number, entry: Entry]> {
		return numbered(this.run.entries);
	}

	/** Stores a request that another node or program submitted. */
	attach(index: number, ref: RequestRef): void {
		const now = CLOCK.now();
		this.update(index, { receipt: attachedReceipt(ref, now), waitsFrom: now });
	}

	/** Stores the receipt of an item's request at each step. */
	keep(index: number, receipt: Receipt): void {
		// Nothing was accepted, so nothing is stored.
		if (receipt.state === 'planned') return this.drop(index);
		const { receipt: before, waitsFrom = before?.at ?? receipt.at } = this.entry(index) ?? {};
		const entry = this.update(index, {
			receipt,
			...(requestIn(receipt.ids) ? { waitsFrom } : {}),
		});
		const isNews = receipt.state === 'accepted' && before?.state !== 'accepted';
		if (isNews) this.events.submitted(index, entry);
		const isCancel = receipt.cancel !== before?.cancel;
		if (this.isClosed && isCancel) this.events.canceledLate(index, entry);
	}

	/** Stores what an item's failure means for its request. */
	fail(index: number, error: unknown): void {
		const { receipt } = this.entry(index) ?? {};
		if (!(error instanceof RunComfyError) || !receipt || receipt.end) return;
		const { request } = requestOutcome(error);
		if (request !== 'ended' && request !== 'unknown') return;
		// The pursuit has already stored how the request ended, unless the request was canceled.
		if (requestIn(receipt.ids) && !receipt.cancel) return;
		this.update(index, { receipt: endedReceipt(receipt, error.toJSON()) });
	}

	/** Stores that the item's submit may have been accepted, and with what error this is told. */
	noteLost(index: number, error: RunComfyError): void {
		const submitting = { ids: idsIn(error), state: 'submitting', at: CLOCK.now() } as const;
		this.update(index, { receipt: endedReceipt(submitting, error.toJSON()) });
	}

	/** Deletes the item's entry, so that the item is submitted again. */
	drop(index: number): void {
		delete this.run.entries[index];
	}

	/** Adds the progress that a watcher has seen, by request id. */
	addSeen(byId: ReadonlyMap<string, Observed>): void {
		for (const entry of Object.values(this.run.entries)) {
			const { receipt } = entry;
			const seen = byId.get(receipt?.ids.requestId ?? '');
			const isNewer = (seen?.polledAt ?? 0) >= (receipt?.seen?.polledAt ?? 0);
			if (receipt && seen && isNewer) entry.receipt = observedReceipt(receipt, seen);
		}
	}

	/** Ends this try but not the run, which n8n continues later, possibly in another process. */
	park(park: Park, settled: ReadonlyMap<number, SettledItem>): void {
		this.run.parked = park;
		for (const [index, one] of settled) this.update(index, { outcome: outcomeOf(one) });
	}

	/** Call this if n8n refuses the park. */
	unpark(): void {
		delete this.run.parked;
		for (const [, entry] of this.entries()) delete entry.outcome;
	}

	/** Ends this try. After a failure, another try or a retry by hand continues the run. */
	close(how: 'done' | 'failed'): void {
		this.isClosed = true;
		const { requests: runs = {} } = this.context;
		const isOver = how === 'done' || this.entries().length === 0;
		if (isOver) delete runs[this.runKey];
		if (Object.keys(runs).length === 0) delete this.context.requests;
	}

	/** Lets another try continue the run. Call this when the try is over, whether it succeeded or not. */
	release(): void {
		runtime.runsInUse.delete(this.run);
	}

	private update(index: number, facts: Partial<Entry>): Entry {
		const before = this.entry(index);
		const { fingerprint = this.fingerprint(index) } = before ?? {};
		const entry = { ...before, ...facts, fingerprint };
		this.run.entries[index] = entry;
		if (unclearSubmit(entry) && !before?.receipt?.end) this.events.unclear(index, entry);
		return entry;
	}
}

function settledIn(entries: NodeRun['entries']): Map<number, SettledItem> {
	const settled = numbered(entries).flatMap(([index, { outcome }]) =>
		outcome ? [[index, settledOf(outcome)] as const] : [],
	);
	return new Map(settled);
}

/** An agent's concurrent calls of a tool can have the same run index. */
function freeKey(runs: Record<string, NodeRun>, index: string): string {
	let key = index;
	for (let more = 1; key in runs; more += 1) key = `${index}.${more}`;
	return key;
}

/**
 * Takes the run to continue out of the context. Skips runs of other active tries: two tries on one run would delete
 * each other's paid requests. When an agent calls its tools itself, n8n counts each try as a new run. We then
 * continue the run with the same input, even if another call began it.
 */
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
	return run;
}

/** In a retry of an execution that was killed after a park, n8n may have counted the park as a run with its own index. */
function isOfKilled(context: IExecuteFunctions, { parked, executionId }: NodeRun): boolean {
	const isRetry = context.getMode() === 'retry';
	return isRetry && parked !== undefined && executionId !== context.getExecutionId();
}

/** The parked run of a node, which has at most one. */
export function parkedRun({ requests = {} }: NodeContext) {
	return Object.values(requests).find(
		(run): run is NodeRun & { parked: Park } => run.parked !== undefined,
	);
}

export function numbered(entries: NodeRun['entries']): Array<[itemIndex: number, entry: Entry]> {
	return Object.entries(entries).map(([item, entry]) => [Number(item), entry]);
}
