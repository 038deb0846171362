import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	addStatusCall,
	type CancelOutcome,
	compact,
	type JobState,
	joinObserved,
	type Observed,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Settled,
	toRunComfyError,
} from '../../../core';
import {
	type Accepted,
	canceledWith,
	endsRequest,
	type Entry,
	isOpen,
	isWaitable,
	leavesRunning,
	type NodeContext,
	type NodeRun,
	numbered,
	openRequests,
	outcomeOf,
	type Parked,
	requestOf,
	sortOut,
	takeOver,
	unfinished,
	withoutWait,
} from './entries';

/**
 * What this run of the node has submitted, try after try. n8n keeps the context of a node while it
 * retries the node (Retry On Fail), and stores it with an execution that is parked, or that has
 * failed, which a user may retry.
 */
export type Ledger = ReturnType<typeof openLedger>;

interface LedgerOptions {
	/** Of the submit of an item, the same in every try. */
	fingerprint(itemIndex: number): string;
	onAccepted(itemIndex: number, accepted: Accepted): void;
	/** Called if an item is submitted with other inputs than an earlier request, which may still run. */
	onLeftBehind(itemIndex: number, earlier: Entry): void;
	/** Called for each cancel that is answered when the node has ended already. */
	onLateCancel(itemIndex: number, entry: Entry): void;
	/** Milliseconds since the epoch. */
	now(): number;
}

export function openLedger(
	context: IExecuteFunctions,
	{ fingerprint, onAccepted, onLeftBehind, onLateCancel, now }: LedgerOptions,
) {
	const stored: NodeContext = context.getContext('node');
	const runs = (stored.requests ??= {});
	const index = String(context.getWorkflowDataProxy(0).$runIndex);
	const run = (runs[index] ??= takeOver(context, runs, fingerprint) ?? {
		tries: 0,
		failed: false,
		entries: {},
	});
	const parkedBefore = run.parked;
	const ended = run.ended && new Set(run.ended);
	const woken = run.seen !== undefined;
	const resumed = beginTry(run, context.getExecutionId(), now());
	const retried = context.getMode() === 'retry' && run.tries === 1 && !resumed;
	const place = (itemIndex: number) => `${context.getExecutionId()} ${itemIndex}`;
	const paidFor = (itemIndex: number) => run.paid?.[place(itemIndex)] ?? 0;
	const seenUnderWay = new Set<number>();
	const unasked = new Set<number>();
	// Only a retry may come with other parameters. Here, whatever n8n has made of the items, what was
	// paid for is theirs.
	if (resumed) {
		for (const [item, entry] of numbered(run.entries)) entry.fingerprint = fingerprint(item);
	} else sortOut(run, fingerprint);
	let closed = false;
	const update = (itemIndex: number, facts: Partial<Entry>): Entry => {
		const before = run.entries[itemIndex] ?? NONE;
		return (run.entries[itemIndex] = { ...before, ...facts });
	};
	const find = (itemIndex: number): Entry | undefined => run.entries[itemIndex];

	return {
		/** The run of the node, counted from 0, within its execution. */
		runIndex: index,
		/** Whether n8n runs the node again if this try fails. */
		triesLeft: run.tries < triesOf(context),
		/**
		 * Whether a failed run of the item may be paid for again. n8n counts its tries from the start after each
		 * park, so what counts is how often RunComfy has accepted the item in this execution.
		 */
		mayPayAgain: (itemIndex: number): boolean => paidFor(itemIndex) < triesOf(context),
		/** Whether this try resumes one that was parked. */
		resumed,
		/** Whether its watcher woke it, and passed on what it had seen. */
		woken,
		/** The park that this try resumes, or retries. */
		parkedBefore,
		/** Whether to ask about the request of the item: not if a wake-up said that only others have ended. */
		mayHaveEnded: (itemIndex: number): boolean =>
			!resumed || !ended || ended.has(requestOf(run.entries[itemIndex] ?? NONE)?.requestId ?? ''),
		find,
		entries: () => numbered(run.entries),
		open: () => openRequests(run),
		/** Requests of items that were submitted again since, with other inputs. */
		leftBehind: () =>
			numbered(run.strays ?? {}).filter(([item]) => run.entries[item]?.accepted !== undefined),
		accept(itemIndex: number, accepted: Accepted): void {
			run.entries[itemIndex] = {
				accepted,
				status: accepted.answer.status,
				waitsFrom: accepted.at,
				fingerprint: fingerprint(itemIndex),
			};
			(run.paid ??= {})[place(itemIndex)] = paidFor(itemIndex) + 1;
			unasked.add(itemIndex);
			onAccepted(itemIndex, accepted);
			const stray = run.strays?.[itemIndex];
			if (stray) onLeftBehind(itemIndex, stray);
		},
		/** Notes a request that was submitted elsewhere: nothing is paid for it here. */
		attach(itemIndex: number, attached: RequestRef): void {
			update(itemIndex, { attached, fingerprint: fingerprint(itemIndex) });
		},
		/** Notes a deployment: it may cost money as long as it is there. */
		create(itemIndex: number, created: IDataObject): void {
			const known = { status: 'created', fingerprint: fingerprint(itemIndex) };
			run.entries[itemIndex] = { created, ...known };
		},
		setStatus(itemIndex: number, status: string): void {
			update(itemIndex, { status, leftRunning: false });
		},
		/** Notes what a call of the status endpoint has shown. */
		look(itemIndex: number, status: JobState): void {
			unasked.delete(itemIndex);
			if (status === 'in_queue' || status === 'in_progress') seenUnderWay.add(itemIndex);
			const seen = addStatusCall(run.entries[itemIndex]?.seen, status, now());
			update(itemIndex, { status, leftRunning: false, seen });
		},
		/** Adds what was seen elsewhere, by request id. */
		addSights: (sights: ReadonlyMap<string, Observed>) => addSights(run, sights),
		/** How long, and how often, the execution was parked while it waited for the item. */
		parkedTimes(itemIndex: number) {
			const { parkedMs = 0, resumes = 0 } = run.entries[itemIndex] ?? {};
			return { parked_ms: parkedMs, resumes };
		},
		/**
		 * Milliseconds since the epoch when the item's timeout ends, 0 for none. It counts from the
		 * submit, or in a later try from this call; parking the execution does not change it.
		 */
		deadline(itemIndex: number, timeoutMs: number): number {
			const waitsFrom = run.entries[itemIndex]?.waitsFrom ?? now();
			const deadline = timeoutMs > 0 ? waitsFrom + timeoutMs : 0;
			update(itemIndex, { waitsFrom, deadline });
			return deadline;
		},
		/** Whether the item failed because its request was canceled before a retry by hand took it up. */
		cameCanceled: (itemIndex: number, error: unknown): boolean =>
			error instanceof RunComfyError &&
			error.code === 'run_canceled' &&
			retried &&
			!seenUnderWay.has(itemIndex),
		/** Milliseconds until the deadline; `Infinity` if there is none. */
		leftMs: (itemIndex: number): number => (run.entries[itemIndex]?.deadline || Infinity) - now(),
		/** Notes what an item's failure says about its request. */
		fail(itemIndex: number, error: unknown): void {
			const entry = run.entries[itemIndex];
			if (!(error instanceof RunComfyError) || entry?.ended) return;
			const waitable = entry && isWaitable(entry, error, unasked.has(itemIndex));
			const ended = endsRequest(error) && !waitable ? error.toJSON() : undefined;
			if (!entry && !ended) return;
			const status = waitable ? 'unconfirmed' : requestOutcome(error).status;
			update(itemIndex, {
				fingerprint: entry?.fingerprint ?? fingerprint(itemIndex),
				...compact({ ended, status }),
				leftRunning: leavesRunning(error),
			});
		},
		/** Notes the answer to a cancel that nobody waits for; undefined if none came. */
		noteCancel(itemIndex: number, answer: CancelOutcome | undefined): void {
			const ref = requestOf(run.entries[itemIndex] ?? NONE);
			const error = canceledWith(answer, ref);
			const { status = leavesRunning(error) ? 'in_progress' : 'unknown' } = requestOutcome(error);
			const entry = update(itemIndex, { status });
			if (closed) onLateCancel(itemIndex, entry);
		},
		/** Keeps what came of an item while the execution is parked. */
		keep(itemIndex: number, settled: Settled<INodeExecutionData[]>): void {
			const known = { fingerprint: fingerprint(itemIndex) };
			const outcome = settled.ok
				? { items: settled.value }
				: { error: toRunComfyError(settled.error, 'invalid_input').toJSON() };
			update(itemIndex, { ...known, outcome });
		},
		kept(itemIndex: number): Settled<INodeExecutionData[]> | undefined {
			const entry = resumed ? find(itemIndex) : undefined;
			return entry && outcomeOf(entry);
		},
		/** Lets the item be submitted again. */
		drop: (itemIndex: number) => void delete run.entries[itemIndex],
		/** Ends this try, but not the run: n8n goes on with it later, maybe in another process. */
		park(parked: Parked): void {
			run.parked = parked;
		},
		/** Ends this try. Only what may still be taken up is kept. */
		close(end: 'done' | 'failed' | 'retry'): void {
			closed = true;
			if (end === 'retry') {
				run.failed = true;
				return;
			}
			const { strays } = run;
			const entries = end === 'failed' ? unfinished(run) : {};
			delete runs[index];
			if (end === 'failed' && (strays || Object.keys(entries).length > 0)) {
				runs[index] = { tries: 0, failed: true, entries, ...compact({ strays }) };
			}
			if (Object.keys(runs).length === 0) delete stored.requests;
		},
	};
}

/** @returns whether this execution has parked the run. n8n then counts its tries from the start, as it does in a retry of one. */
function beginTry(run: NodeRun, executionId: string, now: number): boolean {
	const { parked } = run;
	const resumed = parked !== undefined && parked.executionId === executionId;
	for (const [item, entry] of Object.entries(run.entries)) {
		if (!resumed) run.entries[Number(item)] = withoutWait(entry);
		else if (isOpen(entry)) addPark(entry, now - parked.at);
	}
	delete run.parked;
	addSights(run, new Map(Object.entries(run.seen ?? {})));
	delete run.ended;
	delete run.seen;
	run.tries = parked ? 1 : run.tries + 1;
	run.failed = false;
	return resumed;
}

function addSights({ entries }: NodeRun, sights: ReadonlyMap<string, Observed>): void {
	for (const entry of Object.values(entries)) {
		const seen = joinObserved(entry.seen, sights.get(requestOf(entry)?.requestId ?? ''));
		if (seen) entry.seen = seen;
	}
}

function addPark(entry: Entry, ms: number): void {
	entry.parkedMs = (entry.parkedMs ?? 0) + Math.max(0, ms);
	entry.resumes = (entry.resumes ?? 0) + 1;
}

const NONE: Entry = { status: 'unknown', fingerprint: '' };

// The bounds are n8n's own.
function triesOf(context: IExecuteFunctions): number {
	const { retryOnFail, maxTries } = context.getNode();
	return retryOnFail === true ? Math.min(5, Math.max(2, maxTries || 3)) : 1;
}
