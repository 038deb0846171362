import type { IExecuteFunctions } from 'n8n-workflow';
import {
	compact,
	type Observed,
	observedReceipt,
	type Receipt,
	reopenedReceipt,
	requestOutcome,
	type RequestRef,
} from '../../../core';
import { runtime } from '../runtime';
import { type Entry, isAccepted, requestOf } from './entry';
import { type Book, LedgerItem, type LedgerOptions, type Timing, type Try } from './item';

/** One run of the node, with all of its tries. */
export interface NodeRun extends Book {
	/** The execution that made these tries. A retry by hand is a new execution. */
	executionId: string;
	tries: number;
	/** Base URL of the API that all of its requests are sent to. */
	baseUrl?: string;
	/** Set while the execution is parked. */
	parked?: Park;
	/** What the watcher reported when it woke the execution; absent if n8n's timer resumed it. */
	said?: Said;
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
	/** How many requests were open when RunComfy refused more for now. Absent if it did not. */
	places?: number;
}

/** The data that n8n keeps for the node: the node's runs by key. */
export interface NodeContext {
	requests?: Record<string, NodeRun>;
}

/** A request that matters while the execution is parked. */
export interface OpenRequest {
	ref: RequestRef;
	receipt: Receipt;
	/**
	 * Whether the node still waits for the request. If not, RunComfy's answer had both a request id and an error, and
	 * RunComfy may not have accepted the request.
	 */
	isAwaited: boolean;
	timing: Timing;
}

/**
 * What this run of the node has submitted, in all of its tries. Stored in the node's context, which n8n keeps during
 * Retry On Fail, and saves with an execution that is parked or has failed.
 */
export class Ledger {
	/** The key of this run within the execution: n8n's run index, unless a concurrent call already uses that index. */
	readonly runKey: string;
	/** Whether n8n runs the node again if this try fails. */
	readonly triesLeft: boolean;
	/** Whether a watcher woke the execution. */
	readonly woken: boolean;
	/** Whether this is the first try of a retry by hand. */
	readonly retried: boolean;
	/** The park that this try continues, in the same execution or in a retry of it. */
	readonly parkedBefore: Park | undefined;

	private readonly context: NodeContext;
	/** The run in the context that this try continues. */
	private readonly run: NodeRun;
	private readonly shared: Try;
	private readonly items = new Map<number, LedgerItem>();

	constructor(context: IExecuteFunctions, options: LedgerOptions) {
		const { fingerprint } = options;
		this.context = context.getContext('node');
		const runs = (this.context.requests ??= {});
		const index = String(context.getWorkflowDataProxy(0).$runIndex);
		const executionId = context.getExecutionId();
		const continued = continuedRun(context, runs, index, fingerprint);
		const run = continued ?? { executionId, tries: 0, entries: {} };
		this.runKey = freeKey(runs, index);
		runs[this.runKey] = run;
		runtime.runsInUse.add(run);
		this.run = run;
		const { parked, said } = run;
		this.parkedBefore = parked;
		this.woken = said !== undefined;
		const resumed = beginTry(run, executionId);
		this.shared = {
			book: run,
			resumed,
			toCheck: resumed && said?.ended ? new Set(said.ended) : undefined,
			stored: new Set(numbered(run.entries).map(([item]) => item)),
			options,
			isOver: false,
			closed: false,
			listener: undefined,
		};
		this.triesLeft = run.tries < maxTriesOf(context);
		this.retried = context.getMode() === 'retry' && run.tries === 1 && !resumed;
		// Only a retry can have other parameters. After a park, n8n may return the items slightly changed, but the paid
		// requests still belong to them.
		if (resumed) {
			for (const [item, entry] of numbered(run.entries)) entry.fingerprint = fingerprint(item);
		} else {
			// Items with other inputs are submitted.
			const same = numbered(run.entries).filter(
				([item, entry]) => entry.fingerprint === fingerprint(item),
			);
			run.entries = Object.fromEntries(same);
		}
	}

	/** Whether this try continues after a park, or after n8n refused to park the execution. */
	get resumed(): boolean {
		return this.shared.resumed;
	}

	/** Whether earlier tries in this process have paid for requests, which n8n has not stored yet. */
	get hasUnstored(): boolean {
		return this.run.tries > 1 && this.entries().some(([, entry]) => isAccepted(entry));
	}

	/** Base URL that earlier tries have sent requests to, if any. */
	get baseUrl(): string | undefined {
		return this.entries().length > 0 ? this.run.baseUrl : undefined;
	}

	/**
	 * How many requests may be open at the same time, if RunComfy refused more before the park. Each end of a request
	 * gives room for one more.
	 */
	get places(): number | undefined {
		const { places } = this.parkedBefore ?? {};
		return places === undefined || !this.woken ? places : places + 1;
	}

	/** Sets the base URL of this run. */
	staysAt(baseUrl: string): void {
		this.run.baseUrl = baseUrl;
	}

	/** From now on, nothing more is submitted. */
	endSubmits(): void {
		this.shared.isOver = true;
	}

	/** Records that an earlier execution was killed before n8n stored all of its requests. */
	noteLost(): void {
		this.run.lost = true;
	}

	item(index: number): LedgerItem {
		const item = this.items.get(index) ?? new LedgerItem(index, this.shared);
		this.items.set(index, item);
		return item;
	}

	/** Sets the listener for each step of an item. */
	listen(listener: Try['listener']): void {
		this.shared.listener = listener;
	}

	entries(): Array<[itemIndex: number, entry: Entry]> {
		return numbered(this.run.entries);
	}

	/** The requests that the node waits for, and other requests that a stop would cancel. */
	open(): OpenRequest[] {
		return this.entries().flatMap(([index, entry]) => {
			const ref = requestOf(entry);
			const { receipt } = entry;
			const item = this.item(index);
			const isAwaited = isUnsettled(entry);
			if (!ref || !receipt || !(isAwaited || item.isUnderWay)) return [];
			const { timing } = item;
			return [{ ref, receipt, isAwaited, timing }];
		});
	}

	/** Adds the progress that a watcher has seen, by request id. */
	addSeen(seen: ReadonlyMap<string, Observed>): void {
		addSeen(this.run, seen);
	}

	/** Ends this try but not the run, which n8n continues later, possibly in another process. */
	park(park: Park): void {
		this.run.parked = park;
	}

	/** Call this if n8n refuses the park. The try then goes on in memory, with the outputs and errors that were stored for the park. */
	unpark(): void {
		delete this.run.parked;
		this.shared.resumed = true;
		this.listen(undefined);
	}

	/** Ends this try. After a failure, keeps the requests that a later try or a retry by hand can pick up. */
	close(how: 'done' | 'failed'): void {
		this.shared.closed = true;
		if (how === 'failed' && this.triesLeft) return;
		const { requests: runs = {} } = this.context;
		delete runs[this.runKey];
		if (how === 'failed') {
			const { executionId, baseUrl } = this.run;
			const entries = unfinished(this.run);
			const left = { executionId, tries: 0, entries, ...compact({ baseUrl }) };
			if (Object.keys(entries).length > 0) runs[this.runKey] = left;
		}
		if (Object.keys(runs).length === 0) delete this.context.requests;
	}

	/** Lets another try continue the run. Call this when the try is over, whether it succeeded or not. */
	release(): void {
		runtime.runsInUse.delete(this.run);
	}
}

// Uses the same bounds as n8n.
function maxTriesOf(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries } = context.getNode();
	return retryOnFail === true ? Math.min(5, Math.max(2, maxTries || 3)) : 1;
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
 * continue the run with the same input, even if another call began it; n8n itself counts the tries of a tool.
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

/** @returns whether this execution parked the run, after which n8n counts its tries from one again */
function beginTry(run: NodeRun, executionId: string): boolean {
	const { parked, said } = run;
	const isOwn = run.executionId === executionId;
	const resumed = isOwn && parked !== undefined;
	if (!isOwn) {
		// A retry by hand. The earlier execution may have been stopped or killed before it could close its run.
		Object.assign(run, { executionId, tries: 0, entries: unfinished(run) });
		delete run.lost;
	}
	for (const [item, entry] of numbered(run.entries)) {
		if (!resumed) run.entries[item] = withoutWait(entry);
	}
	addSeen(run, new Map(Object.entries(said?.seen ?? {})));
	delete run.parked;
	delete run.said;
	run.tries = resumed ? 1 : run.tries + 1;
	return resumed;
}

/** Whether the item has no output or error yet. */
function isUnsettled({ receipt, outcome }: Entry): boolean {
	return !receipt?.end && !outcome;
}

function addSeen({ entries }: NodeRun, byId: ReadonlyMap<string, Observed>): void {
	for (const entry of Object.values(entries)) {
		const { receipt } = entry;
		const seen = byId.get(receipt?.ids.requestId ?? '');
		const isNewer = (seen?.polledAt ?? 0) >= (receipt?.seen?.polledAt ?? 0);
		if (receipt && seen && isNewer) entry.receipt = observedReceipt(receipt, seen);
	}
}

/** The entries that another execution can pick up: all requests that may still be running. */
function unfinished({ entries }: NodeRun): Record<number, Entry> {
	const open = numbered(entries).flatMap(([item, entry]) => {
		const { receipt } = entry;
		if (!receipt?.end) return [[item, withoutWait(entry)]];
		// After a cancel without a clear answer, the request may still be running. Its status can be read, since its id is
		// known.
		if (!isAccepted(entry) || requestOutcome(receipt.end).request !== 'unknown') return [];
		return [[item, withoutWait({ ...entry, receipt: reopenedReceipt(receipt) })]];
	});
	return Object.fromEntries(open) as Record<number, Entry>;
}

/** The entry for another try: with a new timeout, and without cancel, output and error. */
function withoutWait(entry: Entry): Entry {
	const { receipt } = entry;
	const again = { ...entry };
	delete again.waitsFrom;
	delete again.outcome;
	if (receipt && !receipt.end) again.receipt = reopenedReceipt(receipt);
	return again;
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
