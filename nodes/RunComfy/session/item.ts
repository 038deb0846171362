import type { INodeExecutionData } from 'n8n-workflow';
import {
	attachedReceipt,
	type Client,
	endedReceipt,
	type Notes,
	plannedReceipt,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	requestIn,
	type RequestRef,
	RunComfyError,
	type Settled,
	type Target,
	toRunComfyError,
} from '../../../core';
import { NotStarted } from './aborts';
import {
	endsRequest,
	type Entry,
	isAccepted,
	requestOf,
	requestStatus,
	settledOf,
	unclearSubmit,
} from './entry';

/** The part of a stored node run that items change. */
export interface Book {
	entries: Record<number, Entry>;
	/** Set if an earlier execution was killed before n8n stored its requests. This execution must not submit them again. */
	lost?: boolean;
}

/** State that the items of one try share. */
export interface Try {
	readonly book: Book;
	/** Whether this try continues a parked execution. */
	resumed: boolean;
	/** Requests that may have ended, as the watcher reported. Absent unless the watcher woke the execution. */
	readonly toCheck: ReadonlySet<string> | undefined;
	/** Items with an entry from an earlier try. */
	readonly stored: ReadonlySet<number>;
	/** Whether a failure is to end the node, so that nothing more may be submitted. */
	isOver: boolean;
	/** Whether this try is over. */
	closed: boolean;
	/** Called at each step of an item. */
	listener: ((item: LedgerItem) => void) | undefined;
	readonly options: LedgerOptions;
}

export interface LedgerOptions {
	/** Identifies what an item submits. The value is the same in every try. */
	fingerprint(itemIndex: number): string;
	/** Called when nobody can know whether RunComfy has accepted a submit. */
	unclear(item: LedgerItem): void;
	/** Called when RunComfy has accepted a request. */
	submitted(item: LedgerItem): void;
	/** Called when a cancel is answered after the node has finished. */
	canceledLate(item: LedgerItem): void;
	/** Milliseconds since the epoch. */
	now(): number;
}

/**
 * What the node is doing for an item. `waits`: for the end of its request. `refused`: for the next attempt of a submit
 * that RunComfy refused for now.
 */
type Step = 'queued' | 'works' | 'submits' | 'waits' | 'refused' | 'done';

export type Timing = Pick<PursuitOptions, 'timeoutMs' | 'waitsFrom'>;

/** One item of this try. Its `keep` stores the receipts of its pursuit. */
export class LedgerItem {
	step: Step | undefined;
	/** Whether RunComfy refused the item’s last submit for now. */
	isRefused = false;
	/** Milliseconds to wait for the item's request. 0 means no limit; absent if the node does not wait. */
	private timeoutMs: number | undefined;

	constructor(
		readonly index: number,
		private readonly shared: Try,
	) {}

	get entry(): Entry | undefined {
		return this.shared.book.entries[this.index];
	}

	get receipt(): Receipt | undefined {
		return this.entry?.receipt;
	}

	get request(): RequestRef | undefined {
		return requestOf(this.entry);
	}

	/** Warnings and seeds of the item's submit. */
	get notes(): Notes {
		return this.receipt?.notes ?? { warnings: [] };
	}

	/** See `requestStatus`. Undefined if the item has no entry. */
	get status(): string | undefined {
		return this.entry && requestStatus(this.entry);
	}

	/**
	 * Sort key for starting items: first the items whose requests have ended, since they free a place; then those with
	 * running requests, since they occupy one.
	 */
	get turn(): number {
		if (!this.request) return 2;
		return this.shared.toCheck?.has(this.request.requestId) ? 0 : 1;
	}

	/** How long the node waits for the item's request, if it waits at all. */
	get timing(): Timing {
		return { timeoutMs: this.timeoutMs, waitsFrom: this.entry?.waitsFrom };
	}

	take(step: Step): void {
		this.step = step;
		this.shared.listener?.(this);
	}

	/** Whether the node is only waiting for the item, with at least this many milliseconds left. */
	onlyWaits(leastMs: number): boolean {
		if (this.step === 'refused') return true;
		if (this.step !== 'waits') return false;
		const now = this.shared.options.now();
		const { timeoutMs, waitsFrom = now } = this.timing;
		const isLate = timeoutMs && waitsFrom + timeoutMs - now < leastMs;
		return !isLate && (this.status === 'in_queue' || this.status === 'in_progress');
	}

	/** The receipt for submitting the item. */
	planned(target: Target, notes: Notes): Receipt {
		return plannedReceipt(target, this.shared.options.now(), notes);
	}

	/** The receipt of a request that another node or program submitted. */
	attached(ref: RequestRef): Receipt {
		return attachedReceipt(ref, this.shared.options.now());
	}

	/**
	 * Options for a pursuit to the end of the item's request. Each try has the full timeout, counted from the submit or
	 * from this call. Parking does not restart the timeout.
	 */
	waitsFor(timeoutMs: number): Timing & Pick<PursuitOptions, 'keep' | 'mayHaveEnded'> {
		const { keep, entry, shared } = this;
		this.timeoutMs = timeoutMs;
		const earlier = requestOf(entry);
		if (!earlier) return { keep, timeoutMs };
		this.update({ waitsFrom: entry?.waitsFrom ?? shared.options.now() });
		// After n8n's timer or a retry, the request may have ended long ago. A wake-up names the requests that have ended.
		const mayHaveEnded = shared.toCheck?.has(earlier.requestId) ?? true;
		if (!mayHaveEnded) this.take('waits');
		return { keep, ...this.timing, mayHaveEnded };
	}

	/** Stores the receipt of the item's request at each step. @throws NotStarted if nothing more may be submitted */
	readonly keep = (receipt: Receipt): void => {
		const { entry, receipt: before } = this;
		const { closed, isOver, options } = this.shared;
		// Nothing was accepted, so nothing is stored.
		this.isRefused = receipt.state === 'planned';
		if (this.isRefused) {
			this.drop();
			return this.take('refused');
		}
		const isAttempt = receipt.state === 'submitting' && before?.state !== 'submitting';
		if (isOver && isAttempt) throw new NotStarted();
		const isPaid = receipt.state === 'accepted' && before?.state !== 'accepted';
		const { waitsFrom = before?.at ?? receipt.at } = entry ?? {};
		this.update({ receipt, ...(requestIn(receipt.ids) ? { waitsFrom } : {}) });
		if (isPaid) options.submitted(this);
		if (closed && receipt.cancel !== before?.cancel) options.canceledLate(this);
		const step = stepOf(before, receipt);
		if (step && this.timeoutMs !== undefined) this.take(step);
	};

	/** Stores what the item's failure means for its request. */
	fail(error: unknown): void {
		const { receipt } = this;
		if (!(error instanceof RunComfyError) || !receipt || receipt.end || !endsRequest(error)) return;
		// The pursuit has already stored how the request ended, unless the request was canceled.
		if (requestOf(this.entry) && !receipt.cancel) return;
		this.update({ receipt: endedReceipt(receipt, error.toJSON()) });
	}

	/** Cancels the item's request once nobody waits for it. Never throws. */
	async cancel(client: Client): Promise<void> {
		const { keep, receipt } = this;
		const pursuit = new Pursuit(client, receipt!, {
			keep,
			cancels: () => true,
			leave: AbortSignal.abort(),
		});
		await pursuit.ended().catch((error: unknown) => this.fail(error));
	}

	/** Whether the item's paid request may still be running. */
	get isUnderWay(): boolean {
		const { entry, receipt, status } = this;
		const isOpen = isAccepted(entry) && !receipt?.end && !receipt?.cancel;
		return isOpen && UNDER_WAY.includes(status!);
	}

	/** Whether there is anything to do for the item. After `endSubmits`, only open requests are waited for. */
	get mayBegin(): boolean {
		return !this.shared.isOver || (this.entry !== undefined && this.status !== 'succeeded');
	}

	/** Stores the item's output or error while the execution is parked, unless one is stored already. */
	storeSettled(settled: Settled<INodeExecutionData[]>): void {
		if (this.entry?.outcome) return;
		const outcome = settled.ok
			? { items: settled.value }
			: { error: toRunComfyError(settled.error, 'invalid_input').toJSON() };
		this.update({ outcome });
	}

	/** The item's output or error from before the park. */
	get settledBefore(): Settled<INodeExecutionData[]> | undefined {
		const { entry } = this;
		return this.shared.resumed && entry ? settledOf(entry) : undefined;
	}

	/** Whether an execution that was killed may have submitted the item without n8n having stored the request. */
	get mayBeLost(): boolean {
		const { book, stored } = this.shared;
		return book.lost === true && !stored.has(this.index);
	}

	/** Deletes the item's entry, so that the item is submitted again. */
	drop(): void {
		delete this.shared.book.entries[this.index];
	}

	private update(facts: Partial<Entry>): void {
		const { book, options } = this.shared;
		const { entry: before } = this;
		const entry = { ...before, ...facts };
		const { fingerprint = options.fingerprint(this.index) } = entry;
		book.entries[this.index] = { ...entry, fingerprint };
		if (unclearSubmit(entry as Entry) && !before?.receipt?.end) options.unclear(this);
	}
}

const UNDER_WAY = ['in_queue', 'in_progress', 'unknown', 'unconfirmed'];

/** The item's next step after a change of its receipt; undefined if the step stays the same. */
function stepOf(before: Receipt | undefined, receipt: Receipt): Step | undefined {
	if (receipt.state === 'submitting') return 'submits';
	const isNews = receipt.state !== before?.state || receipt.seen !== before?.seen;
	return requestIn(receipt.ids) && isNews ? 'waits' : undefined;
}
