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
import { type Entry, isAccepted, isPlanned, requestOf } from './entry';
import { type Book, LedgerItem, type LedgerOptions, type Timing, type Try } from './item';

/** One run of the node with all of its tries. */
export interface NodeRun extends Book {
	/** The execution whose tries these are. A retry by hand is another one. */
	executionId: string;
	tries: number;
	/** Set while n8n keeps the execution outside of its memory. */
	parked?: Park;
	/** What the watcher said when it woke the execution; absent if n8n's timer has come. */
	said?: Said;
}

export interface Said {
	/** Ids of the requests that have ended: the node need not ask about the others. */
	ended?: readonly string[] | undefined;
	/** What was seen of all of them, by id: the node may go on in another process. */
	seen?: Record<string, Observed> | undefined;
}

/** One time that the execution is parked. */
export interface Park {
	/** The id of this park: the key of the run, and when. */
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

/** A request that matters while the execution is parked. */
export interface OpenRequest {
	ref: RequestRef;
	receipt: Receipt;
	/** Whether the node still waits for it; if not, an error has named it, and it may not have been accepted. */
	isAwaited: boolean;
	/** See `Entry`. */
	baseUrl?: string;
	timing: Timing;
	/** Whether a stop of the execution cancels it. */
	cancelsOnStop: boolean;
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
	/** Whether its watcher woke it. */
	readonly woken: boolean;
	/** Whether this is the first try of a retry by hand. */
	readonly retried: boolean;
	/** The park that this try resumes, or retries. */
	readonly parkedBefore: Park | undefined;

	private readonly context: NodeContext;
	/** The run in the context that goes on here. */
	private readonly run: NodeRun;
	private readonly shared: Try;
	private readonly items = new Map<number, LedgerItem>();

	constructor(context: IExecuteFunctions, options: LedgerOptions) {
		const { fingerprint, now } = options;
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
		const maxTries = maxTriesOf(context);
		const { parked, said } = run;
		this.parkedBefore = parked;
		this.woken = said !== undefined;
		const known = numbered(run.entries).filter(([, entry]) => !isPlanned(entry));
		const resumed = beginTry(run, executionId, now());
		this.shared = {
			book: run,
			maxTries,
			resumed,
			endedIds: resumed && said?.ended ? new Set(said.ended) : undefined,
			stored: new Set(known.map(([item]) => item)),
			options,
			closed: false,
			listener: undefined,
		};
		this.triesLeft = run.tries < maxTries;
		this.retried = context.getMode() === 'retry' && run.tries === 1 && !resumed;
		// Only a retry may come with other parameters. Here, even if n8n has changed the items, what was
		// paid for is theirs.
		if (resumed) {
			for (const [item, entry] of numbered(run.entries)) entry.fingerprint = fingerprint(item);
		} else sortOut(run, fingerprint);
	}

	/** Whether this try resumes one that was parked, or goes on after n8n has refused to park it. */
	get resumed(): boolean {
		return this.shared.resumed;
	}

	/** Whether earlier tries in this process have submitted anything: n8n has stored nothing of it yet. */
	get hasUnstored(): boolean {
		return this.run.tries > 1 && this.entries().some(([, entry]) => isAccepted(entry));
	}

	/** Notes that an execution has ended before all of its requests were stored. */
	noteLost(): void {
		this.run.lost = true;
	}

	item(index: number): LedgerItem {
		const item = this.items.get(index) ?? new LedgerItem(index, this.shared);
		this.items.set(index, item);
		return item;
	}

	/** The way out of n8n's memory hears of each step of an item. */
	listen(listener: Try['listener']): void {
		this.shared.listener = listener;
	}

	entries(): Array<[itemIndex: number, entry: Entry]> {
		return numbered(this.run.entries);
	}

	/** The requests that the node waits for, or that a stop cancels anyway. */
	open(cancelsOnStop: (itemIndex: number) => boolean): OpenRequest[] {
		return this.entries().flatMap(([index, entry]) => {
			const ref = requestOf(entry);
			const { receipt, baseUrl } = entry;
			const item = this.item(index);
			const isAwaited = isOpen(entry);
			if (!ref || !receipt || !(isAwaited || item.isUnderWay(true))) return [];
			const { timing } = item;
			const known = { ref, receipt, isAwaited, timing, ...compact({ baseUrl }) };
			return [{ ...known, cancelsOnStop: cancelsOnStop(index) }];
		});
	}

	/** Requests of items that were submitted again since, with other inputs. */
	leftBehind(): Array<[itemIndex: number, entry: Entry]> {
		const { leftBehind = {}, entries } = this.run;
		return numbered(leftBehind).filter(([item]) => isAccepted(entries[item]));
	}

	/** Takes over what a watcher has seen since the park, and before that, by request id. */
	addSeen(seen: ReadonlyMap<string, Observed>): void {
		addSeen(this.run, seen);
	}

	/** Ends this try, but not the run: n8n goes on with it later, maybe in another process. */
	park(park: Park): void {
		this.run.parked = park;
	}

	/** n8n has not taken the park: this try goes on with what was stored for it, and stays. */
	unpark(): void {
		delete this.run.parked;
		this.shared.resumed = true;
		this.listen(undefined);
	}

	/** Ends this try. If it has failed, what may still be picked up stays. */
	close(end: 'done' | 'failed'): void {
		this.shared.closed = true;
		if (end === 'failed' && this.triesLeft) return;
		const { requests: runs = {} } = this.context;
		delete runs[this.runKey];
		if (end === 'failed') {
			const { executionId, leftBehind } = this.run;
			const entries = unfinished(this.run);
			const left = { executionId, tries: 0, entries, ...compact({ leftBehind }) };
			if (leftBehind || Object.keys(entries).length > 0) runs[this.runKey] = left;
		}
		if (Object.keys(runs).length === 0) delete this.context.requests;
	}

	/** Lets another try continue what is left of the run. To be called at the end of this try, however it ends. */
	release(): void {
		runtime.runsInUse.delete(this.run);
	}
}

// The bounds are n8n's own.
function maxTriesOf(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries } = context.getNode();
	return retryOnFail === true ? Math.min(5, Math.max(2, maxTries || 3)) : 1;
}

/** An agent's calls of a tool at the same time may have the same index. */
function freeKey(runs: Record<string, NodeRun>, index: string): string {
	let key = index;
	for (let more = 1; key in runs; more += 1) key = `${index}.${more}`;
	return key;
}

/**
 * Takes out the run to continue here. It skips a run that another try is working on, since each would delete what the
 * other has paid for. If an agent calls its tools itself, each try counts as another run of the node: we continue the one
 * with the same input, even if another call began it. Neither is then paid for twice, and n8n itself counts the tries of a tool.
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
	if (isTool) delete run.paid;
	return run;
}

/** If n8n was killed after it had resumed an execution, the wait may still count as a run of its own in a retry. */
function isOfKilled(context: IExecuteFunctions, { parked, executionId }: NodeRun): boolean {
	const isRetry = context.getMode() === 'retry';
	return isRetry && parked !== undefined && executionId !== context.getExecutionId();
}

/** @returns whether this execution has parked the run. n8n then counts its tries from the start. */
function beginTry(run: NodeRun, executionId: string, now: number): boolean {
	const { parked, said } = run;
	const isOwn = run.executionId === executionId;
	const resumed = isOwn && parked !== undefined;
	if (!isOwn) {
		// A retry by hand, maybe of an execution that was stopped or killed, and did not close its run.
		Object.assign(run, { executionId, tries: 0, entries: unfinished(run) });
		delete run.paid;
		delete run.lost;
	}
	for (const [item, entry] of numbered(run.entries)) {
		if (!resumed) run.entries[item] = withoutWait(entry);
		else if (isOpen(entry)) addPark(entry, now - parked.at);
	}
	addSeen(run, new Map(Object.entries(said?.seen ?? {})));
	delete run.parked;
	delete run.said;
	run.tries = resumed ? 1 : run.tries + 1;
	return resumed;
}

/** Whether the node still waits for the item. */
function isOpen({ receipt, outcome }: Entry): boolean {
	return !receipt?.end && !outcome;
}

function addPark(entry: Entry, ms: number): void {
	entry.parkedMs = (entry.parkedMs ?? 0) + Math.max(0, ms);
	entry.resumes = (entry.resumes ?? 0) + 1;
}

function addSeen({ entries }: NodeRun, byId: ReadonlyMap<string, Observed>): void {
	for (const entry of Object.values(entries)) {
		const { receipt } = entry;
		const seen = byId.get(receipt?.ids.requestId ?? '');
		const isNewer = (seen?.polledAt ?? 0) >= (receipt?.seen?.polledAt ?? 0);
		if (receipt && seen && isNewer) entry.receipt = observedReceipt(receipt, seen);
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
		if (!isAccepted(entry) || requestOutcome(receipt.end).request !== 'unknown') return [];
		return [[item, withoutWait({ ...entry, receipt: reopenedReceipt(receipt) })]];
	});
	return Object.fromEntries(open) as Record<number, Entry>;
}

/** The entry as another try picks it up: its request is wanted again, waited for from now on, and its result is fetched again. */
function withoutWait(entry: Entry): Entry {
	const { receipt } = entry;
	const again = { ...entry };
	delete again.waitsFrom;
	delete again.outcome;
	if (receipt && !receipt.end) again.receipt = reopenedReceipt(receipt);
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
