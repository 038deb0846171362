import type { INodeExecutionData } from 'n8n-workflow';
import {
	assign,
	attachedReceipt,
	type Client,
	compact,
	failedReceipt,
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
import {
	endsRequest,
	type Entry,
	isPlanned,
	leavesRunning,
	outcomeOf,
	requestOf,
	statusOf,
} from './entry';

/** What is stored of one run of the node that its items write to. */
export interface Book {
	entries: Record<number, Entry>;
	/** Paid requests of items whose inputs have changed: a hint and the log name them until the inputs change back. */
	leftBehind?: Record<number, Entry>;
	/** How often RunComfy has accepted each item in this execution. It keeps counting when an entry is dropped. */
	paid?: Record<number, number>;
	/** Whether an execution has ended before all of its requests were stored, so that a retry must not submit them. */
	lost?: boolean;
}

/** What the items of one try share. */
export interface Try {
	readonly book: Book;
	/** How often n8n runs the node at most. */
	readonly maxTries: number;
	/** Whether it goes on with what was stored to park the execution. */
	resumed: boolean;
	/** Requests that have ended, as the watcher said; absent unless it woke the execution. */
	readonly endedIds: ReadonlySet<string> | undefined;
	/** Items of which it has found something stored, other than that RunComfy had refused them for now. */
	readonly stored: ReadonlySet<number>;
	/** Whether the node has ended. */
	closed: boolean;
	/** Hears of each step of an item. */
	listener: ((item: LedgerItem) => void) | undefined;
	readonly options: LedgerOptions;
}

export interface LedgerOptions {
	/** Identifies an item's submit, and is the same in every try. */
	fingerprint(itemIndex: number): string;
	/** Called for each request that RunComfy has accepted. */
	submitted(item: LedgerItem): void;
	/** Called if an item is submitted with other inputs than an earlier request, which may still run. */
	leftBehind(item: LedgerItem, earlier: Entry): void;
	/** Called for each cancel that is answered when the node has ended already. */
	canceledLate(item: LedgerItem): void;
	/** Milliseconds since the epoch. */
	now(): number;
}

/**
 * What the node does for an item: nothing while it is `queued`; it `works` on it, `submits` it, or `waits`: for the end
 * of its request, or for the moment when RunComfy takes its submit. Nothing more once it is `done`.
 */
type Step = 'queued' | 'works' | 'submits' | 'waits' | 'done';

export type Timing = Pick<PursuitOptions, 'timeoutMs' | 'waitsFrom'>;

/** One item of this try, and what it submits: `keep` is that of its request's pursuit. */
export class LedgerItem {
	step: Step | undefined;
	/** The address that its next call goes to. */
	private address: string | undefined;
	/** Milliseconds for which the node waits for its request, 0 for no end; absent if it does not wait. */
	private timeoutMs: number | undefined;
	/** Why it has failed in this try. */
	private failure: unknown;

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

	/** What the user should know of what it submits, and of what RunComfy said to it. */
	get notes(): Notes {
		return this.receipt?.notes ?? { warnings: [] };
	}

	/** See `statusOf`; undefined if nothing is known of it. */
	get status(): string | undefined {
		return this.entry && statusOf(this.entry);
	}

	/** Its turn among the items: what has ended makes room for another one, and what runs has its place already. */
	get turn(): number {
		if (!this.request) return 2;
		return this.shared.endedIds?.has(this.request.requestId) ? 0 : 1;
	}

	/** For how long the node waits for its request, if it does. */
	get timing(): Timing {
		return { timeoutMs: this.timeoutMs, waitsFrom: this.entry?.waitsFrom };
	}

	take(step: Step): void {
		this.step = step;
		this.shared.listener?.(this);
	}

	/** Whether nothing is done for it but to wait, for so many milliseconds at least. */
	onlyWaits(leastMs: number): boolean {
		if (this.step !== 'waits') return false;
		if (isPlanned(this.entry)) return true;
		const now = this.shared.options.now();
		const { timeoutMs, waitsFrom = now } = this.timing;
		const isLate = timeoutMs && waitsFrom + timeoutMs - now < leastMs;
		return !isLate && (this.status === 'in_queue' || this.status === 'in_progress');
	}

	/** Notes the address of the API that its calls go to. */
	goesTo(baseUrl: string): void {
		this.address = baseUrl;
	}

	/** The receipt to submit it. What earlier attempts came to counts. */
	planned(target: Target, notes: Notes): Receipt {
		const planned = plannedReceipt(target, this.shared.options.now(), notes);
		return assign(planned, compact({ refused: this.receipt?.refused }));
	}

	/** The receipt of a request that was submitted elsewhere: nothing is paid for it here. */
	attached(ref: RequestRef): Receipt {
		return attachedReceipt(ref, this.shared.options.now());
	}

	/**
	 * For a pursuit to the end of its request. Each try waits for as long as the user said: from the submit, or from this
	 * call. Parking the execution does not change that.
	 */
	waitsFor(timeoutMs: number): Timing & Pick<PursuitOptions, 'keep' | 'wake'> {
		const { keep, entry, shared } = this;
		this.timeoutMs = timeoutMs;
		const earlier = requestOf(entry);
		if (!earlier) return { keep, timeoutMs };
		this.update({ waitsFrom: entry?.waitsFrom ?? shared.options.now() });
		// n8n's timer, or a retry, may come long after the end. A wake-up says which ones have ended.
		const mayHaveEnded = shared.endedIds?.has(earlier.requestId) ?? true;
		if (!mayHaveEnded) this.take('waits');
		return { keep, ...this.timing, wake: mayHaveEnded ? AbortSignal.abort() : undefined };
	}

	/** Stores a step of its request. */
	readonly keep = (receipt: Receipt): void => {
		const { entry, receipt: before } = this;
		const { closed, options } = this.shared;
		const isPaid = receipt.state === 'accepted' && before?.state !== 'accepted';
		// From its first attempt, however long RunComfy took until it accepted it.
		const { waitsFrom = before?.refused?.since ?? before?.at ?? receipt.at } = entry ?? {};
		const baseUrl = this.address ?? entry?.baseUrl;
		this.update({
			receipt,
			...(requestIn(receipt.ids) ? compact({ baseUrl, waitsFrom }) : {}),
		});
		if (isPaid) this.notePaid();
		if (closed && receipt.cancel !== before?.cancel) options.canceledLate(this);
		const step = stepOf(before, receipt);
		if (step && this.timeoutMs !== undefined) this.take(step);
	};

	/** Notes a deployment that it has created or deleted: that is not done again. */
	change(changed: Pick<Entry, 'created' | 'deleted'>): void {
		this.replace(changed);
	}

	/** Notes what its failure says about its request. */
	fail(error: unknown): void {
		this.failure = error;
		if (isPlanned(this.entry)) this.drop();
		const { receipt } = this;
		if (!(error instanceof RunComfyError) || receipt?.end || !endsRequest(error)) return;
		// Of a request that was not canceled, its pursuit knows the end.
		if (requestOf(this.entry) && !receipt?.cancel) return;
		const { now } = this.shared.options;
		this.update({ receipt: failedReceipt(receipt, error, now()) });
	}

	/** Cancels its request, for which nobody waits. Never throws. */
	async cancel(client: Client): Promise<void> {
		const { keep, receipt } = this;
		const pursuit = new Pursuit(client, receipt!, {
			keep,
			cancels: () => true,
			leave: AbortSignal.abort(),
		});
		await pursuit.ended().catch((error: unknown) => this.fail(error));
	}

	/**
	 * Whether its request may go on, and was not left running on purpose.
	 * @param unconfirmed whether one counts that RunComfy may not have accepted
	 */
	isUnderWay(unconfirmed: boolean): boolean {
		const { entry, receipt, status } = this;
		const stored = entry && outcomeOf(entry);
		if (!requestOf(entry) || receipt?.end || stored?.ok) return false;
		if (status === 'unconfirmed') return unconfirmed;
		const failure = this.failure ?? (stored?.ok === false ? stored.error : undefined);
		return !leavesRunning(failure) && UNDER_WAY.includes(status!);
	}

	/** Stores what came of it while the execution is parked, unless it is stored already. */
	storeOutcome(settled: Settled<INodeExecutionData[]>): void {
		if (this.entry?.outcome) return;
		const outcome = settled.ok
			? { items: settled.value }
			: { error: toRunComfyError(settled.error, 'invalid_input').toJSON() };
		this.update({ outcome });
	}

	/** What came of it before the park that this try resumes, or in an earlier try if that is not to be done again. */
	get storedOutcome(): Settled<INodeExecutionData[]> | undefined {
		const { entry } = this;
		const json = entry?.created ?? entry?.deleted;
		if (json) return { ok: true, value: [{ json }] };
		return this.shared.resumed && entry ? outcomeOf(entry) : undefined;
	}

	/** How long, and how often, the execution was parked while it waited for it. */
	get parkedTimes() {
		const { parkedMs = 0, resumes = 0 } = this.entry ?? {};
		return { parked_ms: parkedMs, resumes };
	}

	/**
	 * Whether a failed run of it may be paid for again. n8n counts its tries from the start after each park, so what
	 * counts is how often RunComfy has accepted it in this execution.
	 */
	get mayPayAgain(): boolean {
		return this.timesPaid < this.shared.maxTries;
	}

	/** Whether it may have been submitted by an execution that was killed before it was stored. */
	get mayBeLost(): boolean {
		const { book, stored } = this.shared;
		return book.lost === true && !stored.has(this.index);
	}

	/** Lets it be submitted again. */
	drop(): void {
		delete this.shared.book.entries[this.index];
	}

	private notePaid(): void {
		const { book, options } = this.shared;
		(book.paid ??= {})[this.index] = this.timesPaid + 1;
		options.submitted(this);
		const earlier = book.leftBehind?.[this.index];
		if (earlier) options.leftBehind(this, earlier);
	}

	private get timesPaid(): number {
		return this.shared.book.paid?.[this.index] ?? 0;
	}

	private update(facts: Partial<Entry>): void {
		this.replace({ ...this.entry, ...facts });
	}

	private replace(facts: Partial<Entry>): void {
		const { book, options } = this.shared;
		const { fingerprint = options.fingerprint(this.index) } = facts;
		book.entries[this.index] = { ...facts, fingerprint };
	}
}

const UNDER_WAY = ['in_queue', 'in_progress', 'unknown'];

/** What a step of the receipt has the node do. */
function stepOf(before: Receipt | undefined, receipt: Receipt): Step | undefined {
	if (receipt.state === 'submitting') return 'submits';
	const isRefused = receipt.refused && receipt.refused !== before?.refused;
	const isNews = receipt.state !== before?.state || receipt.seen !== before?.seen;
	return isRefused || (requestIn(receipt.ids) && isNews) ? 'waits' : undefined;
}
