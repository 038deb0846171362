import {
	mapSettled,
	plannedReceipt,
	Pursuit,
	type Receipt,
	reopenedReceipt,
	RunComfyError,
	submitDelay,
	takingTurns,
	type TimedResult,
} from '../../../core';
import { isUnderWay } from '../session/entry';
import type { WayOut } from '../wait/park';
import type { OpenRequest } from '../wait/watcher';
import { type Batch, CALLS_AT_ONCE, check, planAll, type Work } from './plan';

/**
 * Carries out all items. Never throws.
 * @param wayOut undefined if the execution has to stay in n8n's memory
 * @returns whether the execution was parked to wait for the requests that are still open
 */
export async function carryOut(batch: Batch, wayOut: WayOut | undefined): Promise<boolean> {
	const { queue, pickedUp } = await planAll(batch);
	const loop = new Loop(batch, wayOut, queue);
	for (const work of pickedUp) loop.pickUp(work);
	const isParked = await loop.run();
	wayOut?.close();
	// Also after a stop before this try: an earlier try may have left requests running.
	if (batch.session.signal?.aborted) await cancelOpen(batch);
	return isParked;
}

/** Milliseconds after which no more cancels are sent, because n8n waits for them. */
const CANCELS_MS = 5_000;

/** Cancels all requests that may still be running. */
async function cancelOpen({ session: { client, ledger } }: Batch): Promise<void> {
	const until = client.host.monotonic() + CANCELS_MS;
	await mapSettled(ledger.entries(), CALLS_AT_ONCE, async ([index, entry]) => {
		if (!isUnderWay(entry) || client.host.monotonic() >= until) return;
		const pursuit = new Pursuit(client, reopenedReceipt(entry.receipt!), {
			keep: (receipt) => ledger.keep(index, receipt),
			cancels: () => true,
			leave: AbortSignal.abort(),
		});
		await pursuit.ended().catch((error: unknown) => ledger.fail(index, error));
	});
}

/** The item was not submitted, because the execution was stopped or another item has failed. */
class NotSent extends Error {}

/**
 * Takes the items of one try from the queue to the tally: first RunComfy is `answering` their submits, then their
 * requests are `open`, and once these have `ended`, the node is `collecting` their files.
 */
class Loop {
	private readonly answering = new Set<Work>();
	private readonly open = new Set<Work>();
	private readonly ended: Array<{ work: Work; result: TimedResult }> = [];
	private readonly collecting = new Set<Work>();
	/** What became of the last submit of items in the queue that RunComfy has refused for now. */
	private readonly refused = new Map<Work, { error: unknown; retryAfterMs: number | undefined }>();
	/** How many requests may be open: *Concurrency*, or fewer if RunComfy has refused more. */
	private places: number;
	/** Pauses since RunComfy has last accepted a submit, and when the first of them began. */
	private pauses = { count: 0, since: Infinity };
	/** Aborts when the node stops waiting in memory, to park. */
	private leaving = new AbortController();
	/** Items whose requests were open then. */
	private left: Work[] = [];
	private readonly tasks = new Set<Promise<void>>();
	private ring = () => undefined as void;
	private readonly turn: () => Promise<void>;

	constructor(
		private readonly batch: Batch,
		private wayOut: WayOut | undefined,
		private readonly queue: Work[],
	) {
		const { options, session } = batch;
		const { ledger } = session;
		// After a park, the limit that RunComfy has set is as good as known: what was open then.
		const open = ledger.entries().filter(([index]) => !ledger.settled.has(index));
		this.places = ledger.resumed ? Math.min(options.limit, open.length) : options.limit;
		this.turn = takingTurns(session.host);
		if (wayOut) wayOut.onReachable = () => this.ring();
	}

	/** Goes on with a request that was submitted earlier. */
	pickUp(work: Work): void {
		const { operation, tally } = this.batch;
		if (operation.accepted) tally.succeed(work.index, operation.accepted(this.receiptOf(work)));
		else this.watch(work);
	}

	/** @returns whether the execution was parked */
	async run(): Promise<boolean> {
		while (!this.isStopped) {
			// Before anything is awaited, so that no change is missed.
			const changed = new Promise<void>((resolve) => (this.ring = resolve));
			this.submit();
			this.collect();
			if (this.answering.size + this.open.size + this.collecting.size > 0) {
				if (this.mayPark() && (await this.park())) return true;
				await changed;
			} else if (this.refused.size > 0 && !this.batch.tally.hasFailed) {
				await this.pauseAfterRefusal();
			} else break;
		}
		await Promise.all(this.tasks);
		return false;
	}

	private get isStopped(): boolean {
		return this.batch.session.signal?.aborted === true;
	}

	/** A signal for one listener: Node.js warns of a leak at eleven listeners on one signal. */
	private stopSignal(...more: AbortSignal[]): AbortSignal {
		const { signal } = this.batch.session;
		return AbortSignal.any(signal ? [signal, ...more] : more);
	}

	private receiptOf({ index }: Work): Receipt {
		return this.batch.session.ledger.entry(index)!.receipt!;
	}

	/** Begins a part of an item's work. If it throws, the item has failed. */
	private begin(work: Work, among: Set<Work>, part: () => Promise<void>): void {
		among.add(work);
		const task = part()
			.catch((error: unknown) => {
				if (!(error instanceof NotSent)) this.batch.tally.fail(work.index, error);
			})
			.then(() => {
				among.delete(work);
				this.tasks.delete(task);
				this.ring();
			});
		this.tasks.add(task);
	}

	/** Fills the free places. After a failure that ends the node, nothing is submitted. */
	private submit(): void {
		const { tally } = this.batch;
		while (!tally.hasFailed && this.answering.size + this.open.size < this.places) {
			const work = this.queue.shift();
			if (!work) return;
			this.refused.delete(work);
			this.begin(work, this.answering, () => this.send(work));
		}
	}

	private async send(work: Work): Promise<void> {
		const { operation, session, tally } = this.batch;
		await this.turn();
		this.expectWanted();
		await check(this.batch, work);
		const { index, item, parameters } = work;
		const ref = operation.attaches?.(parameters);
		if (ref) {
			session.ledger.attach(index, ref);
			this.watch(work);
		} else if (operation.submits) {
			await this.sendOnce(work);
		} else tally.succeed(index, await operation.run!(parameters, item!, session));
	}

	/** @throws NotSent */
	private expectWanted(): void {
		if (this.isStopped || this.batch.tally.hasFailed) throw new NotSent();
	}

	private async sendOnce(work: Work): Promise<void> {
		const { operation, session, tally } = this.batch;
		const { client, host, ledger } = session;
		// n8n's address is asked for while the submit is on its way.
		this.wayOut?.search();
		const { target, withFiles } = operation.submits!(work.parameters);
		const { input, workflow, notes } = await withFiles();
		session.hint(notes.warnings);
		const pursuit = new Pursuit(client, plannedReceipt(target, host.now(), notes), {
			keep: (receipt) => {
				if (receipt.state === 'submitting' && !receipt.end) this.expectWanted();
				ledger.keep(work.index, receipt);
			},
			input: () => input,
			sendsOnce: true,
			leave: this.stopSignal(),
			// What RunComfy accepts in time is canceled by `cancelOpen`.
			cancels: (why) => why === 'late',
		});
		try {
			await pursuit.accepted();
		} catch (error) {
			const { refusal } = pursuit;
			if (!refusal || this.isStopped) return Promise.reject<never>(error);
			return this.putBack(work, { error, retryAfterMs: refusal.retryAfterMs });
		}
		this.pauses = { count: 0, since: Infinity };
		delete work.parameters;
		Object.assign(work, { workflow, isUnderWay: true });
		if (!operation.accepted) return this.watch(work);
		const receipt = this.receiptOf(work);
		session.hint(receipt.notes?.warnings ?? []);
		this.freePlace();
		tally.succeed(work.index, operation.accepted(receipt));
	}

	/** Nobody waits for a request any more: its place is free, and one more, if RunComfy has refused some. */
	private freePlace(): void {
		this.places = Math.min(this.batch.options.limit, this.places + 1);
	}

	/** RunComfy has refused an item for now. It is submitted again once one of the open requests has ended. */
	private putBack(work: Work, refusal: { error: unknown; retryAfterMs: number | undefined }): void {
		this.queue.push(work);
		this.queue.sort((a, b) => a.index - b.index);
		this.refused.set(work, refusal);
		// All others that RunComfy has, or may still accept.
		this.places = this.open.size + this.answering.size - 1;
	}

	/** No request is open: pauses before one item is submitted again, or gives up all that were refused. */
	private async pauseAfterRefusal(): Promise<void> {
		const { host } = this.batch.session;
		const { pauses, refused, queue } = this;
		pauses.count += 1;
		pauses.since = Math.min(pauses.since, host.monotonic());
		const asked = [...refused.values()].flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
		const retryAfterMs = asked.length > 0 ? Math.max(...asked) : undefined;
		const delayMs = submitDelay(pauses.count, host.monotonic() - pauses.since, retryAfterMs);
		if (delayMs !== undefined) {
			await host.sleep(delayMs, this.stopSignal()).catch(() => undefined);
		} else {
			for (const [work, { error }] of refused) {
				queue.splice(queue.indexOf(work), 1);
				this.batch.tally.fail(work.index, error);
			}
			refused.clear();
		}
		this.places = 1;
	}

	/** Waits for the end of an item's request. */
	private watch(work: Work): void {
		const { client, ledger } = this.batch.session;
		const { receipt, waitsFrom } = ledger.entry(work.index)!;
		const { timeoutMs, cancelOnTimeout } = work.item!.options.wait;
		const { signal } = this.leaving;
		const pursuit = new Pursuit(client, receipt!, {
			keep: (seen) => this.observe(work, seen),
			workflow: work.workflow,
			result: work.result,
			timeoutMs,
			waitsFrom,
			leave: this.stopSignal(signal),
			cancels: (why) => why === 'timeout' && cancelOnTimeout,
		});
		delete work.result;
		this.begin(work, this.open, async () => {
			try {
				this.ended.push({ work, result: await pursuit.ended() });
			} catch (error) {
				if (!signal.aborted || !hasLeft(error)) return Promise.reject<never>(error);
				this.left.push(work);
			} finally {
				if (!signal.aborted) this.freePlace();
			}
		});
	}

	private observe(work: Work, receipt: Receipt): void {
		const before = this.receiptOf(work).seen?.underWayAt;
		this.batch.session.ledger.keep(work.index, receipt);
		if (receipt.seen?.underWayAt === before) return;
		work.isUnderWay = true;
		this.ring();
	}

	/** Reads the outputs of requests that have ended. After a failure that ends the node, these are left to a retry. */
	private collect(): void {
		const { operation, options, session, tally } = this.batch;
		if (tally.hasFailed) this.ended.length = 0;
		while (this.collecting.size < options.limit) {
			const next = this.ended.shift();
			if (!next) return;
			const { work, result } = next;
			this.begin(work, this.collecting, async () => {
				await this.turn();
				const items = await operation.ended!(result, this.receiptOf(work), work.item!, session);
				tally.succeed(work.index, items);
			});
		}
	}

	/** Whether the node only waits, with time left, for requests that RunComfy has just accepted or shown under way. */
	private mayPark(): boolean {
		const { wayOut, answering, collecting } = this;
		if (!wayOut || answering.size + collecting.size > 0) return false;
		const open = [...this.open];
		if (!open.every((work) => work.isUnderWay && !this.isLate(work))) return false;
		return wayOut.isReachable(open.some((work) => this.receiptOf(work).seen?.underWayAt));
	}

	private isLate(work: Work): boolean {
		const { timeoutMs, waitsFrom = 0 } = this.openRequest(work);
		return timeoutMs > 0 && waitsFrom + timeoutMs - this.batch.session.host.now() < SOON_MS;
	}

	private openRequest(work: Work): OpenRequest {
		const { receipt, waitsFrom } = this.batch.session.ledger.entry(work.index)!;
		const { timeoutMs } = work.item!.options.wait;
		return { receipt: receipt!, waitsFrom, timeoutMs, isAwaited: true };
	}

	/** Stops waiting in memory. @returns whether the execution is parked; if not, this try goes on waiting */
	private async park(): Promise<boolean> {
		const { session, tally } = this.batch;
		this.left = [];
		this.leaving.abort();
		await Promise.all(this.tasks);
		// A request may have ended, or the execution may have been stopped, at this moment.
		const isWaiting = this.ended.length === 0 && this.left.length > 0 && !this.isStopped;
		if (isWaiting) {
			const indexes = new Set(this.left.map(({ index }) => index));
			const unawaited = session.ledger
				.entries()
				.filter(([index, entry]) => !indexes.has(index) && isUnderWay(entry))
				.map(([, { receipt }]) => ({ receipt: receipt!, timeoutMs: 0, isAwaited: false }));
			const open = [...this.left.map((work) => this.openRequest(work)), ...unawaited];
			const othersWait = this.queue.length > 0 && !tally.hasFailed;
			if (await this.wayOut!.leave({ settled: tally.settled, open, othersWait })) return true;
			this.wayOut = undefined;
		}
		this.leaving = new AbortController();
		for (const work of this.left) this.watch(work);
		return false;
	}
}

/** If an item's timeout is closer than this many milliseconds, the node stays in memory: parking takes about as long. */
const SOON_MS = 5_000;

function hasLeft(error: unknown): boolean {
	return error instanceof RunComfyError && error.code === 'aborted';
}
