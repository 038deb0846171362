import type { IExecuteFunctions } from 'n8n-workflow';
import {
	compact,
	type Observed,
	observedReceipt,
	type Receipt,
	reopenedReceipt,
	type RequestRef,
} from '../../../core';
import { runtime } from '../runtime';
import {
	type Entry,
	isAccepted,
	isOpen,
	isPlanned,
	mayRun,
	paidRequestOf,
	requestOf,
	statusOf,
	toError,
} from './entry';
import { type Book, LedgerItem, type LedgerOptions, type Try } from './item';

/** One run of the node with all of its tries. */
export interface NodeRun extends Book {
	tries: number;
	/** Whether it failed, so that another try or execution may pick up its requests. */
	failed: boolean;
	/** Set while n8n keeps the execution outside of its memory. */
	parked?: Park;
	/** Requests that have ended, as the watcher said when it woke the execution; absent if n8n's timer has come. */
	ended?: readonly string[];
	/** What the watcher had seen of the requests by then, by id; absent if n8n's timer has come. */
	seen?: Record<string, Observed>;
	/** Whether an execution has ended before all of its requests were stored, so that a retry must not submit them. */
	lost?: boolean;
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

/** A request that the node still waits for. */
export interface OpenRequest {
	ref: RequestRef;
	receipt: Receipt;
	/** See `Entry`. */
	baseUrl?: string;
	deadline?: number;
	/** Whether a stop of the execution cancels it. */
	cancelsOnStop: boolean;
}

/** A request that the node does not wait for, and that a stop cancels all the same. */
export type DoubtfulRequest = Pick<OpenRequest, 'ref' | 'baseUrl'>;

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
	/** Whether its watcher woke it, and passed on what it had seen. */
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
	/** Items of which this try has found something stored, other than that RunComfy had refused them for now. */
	private readonly stored: ReadonlySet<number>;

	constructor(context: IExecuteFunctions, options: LedgerOptions) {
		const { fingerprint, now } = options;
		this.context = context.getContext('node');
		const runs = (this.context.requests ??= {});
		const index = String(context.getWorkflowDataProxy(0).$runIndex);
		const run = continuedRun(context, runs, index, fingerprint) ?? newRun();
		this.runKey = freeKey(runs, index);
		runs[this.runKey] = run;
		runtime.runsInUse.add(run);
		this.run = run;
		const executionId = context.getExecutionId();
		const maxTries = maxTriesOf(context);
		const { ended } = run;
		this.parkedBefore = run.parked;
		this.woken = run.seen !== undefined;
		const known = numbered(run.entries).filter(([, entry]) => !isPlanned(entry));
		this.stored = new Set(known.map(([item]) => item));
		const resumed = beginTry(run, executionId, now());
		this.shared = {
			book: run,
			executionId,
			maxTries,
			resumed,
			endedIds: ended && new Set(ended),
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

	/** Whether an item may have been submitted by an execution that was killed before it was stored. */
	mayBeLost(itemIndex: number): boolean {
		return this.run.lost === true && !this.stored.has(itemIndex);
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

	open(cancelsOnStop: (itemIndex: number) => boolean): OpenRequest[] {
		return this.entries().flatMap(([item, entry]) => {
			const ref = requestOf(entry);
			const { receipt, deadline, baseUrl } = entry;
			if (!ref || !receipt || !isOpen(entry)) return [];
			const known = compact({ baseUrl, deadline });
			return [{ ref, receipt, ...known, cancelsOnStop: cancelsOnStop(item) }];
		});
	}

	/** Requests that RunComfy may have accepted, of items that have ended in the error that names them. */
	doubtful(cancelsOnStop: (itemIndex: number) => boolean): DoubtfulRequest[] {
		return this.entries().flatMap(([item, entry]) => {
			const ref = paidRequestOf(entry);
			const isNamed = statusOf(entry) === 'unconfirmed' && entry.outcome;
			if (!ref || !isNamed || !cancelsOnStop(item)) return [];
			return [{ ref, ...compact({ baseUrl: entry.baseUrl }) }];
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

	/** Ends this try. Only what may still be picked up stays. */
	close(end: 'done' | 'failed' | 'retry'): void {
		this.shared.closed = true;
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
	if (parked && !resumed) {
		run.entries = unfinished(run);
		delete run.lost;
	}
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
		if (!isAccepted(entry) || !mayRun(toError(receipt.end))) return [];
		return [[item, withoutWait({ ...entry, receipt: reopenedReceipt(receipt) })]];
	});
	return Object.fromEntries(open) as Record<number, Entry>;
}

/** The entry as another try picks it up: its request is wanted again, waited for from now on, and its result is fetched again. */
function withoutWait(entry: Entry): Entry {
	const { receipt } = entry;
	const again = { ...entry };
	delete again.waitsFrom;
	delete again.deadline;
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
