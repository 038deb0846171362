import type { Node, NodeMessage, NodeMessageInFlow } from 'node-red';
import {
	assign,
	type CanceledBy,
	canceledReceipt,
	type CancelVerdict,
	endStatus,
	type Host,
	notSubmitted,
	plannedReceipt,
	type Pursuit,
	type Receipt,
	Recent,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Secrets,
} from '../../../core/index.js';
import type { ConfigNode } from '../account/config.cjs';
import type { Place } from '../account/limiter.cjs';
import { toNodeError } from '../errors.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import { type JournalEntry, presentJournal } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import { act, type Action, type Answer } from '../node/action.cjs';
import { type LastingActor, presentActor, type StopMode, Work } from '../node/lasting.cjs';
import type { MessageFacts } from '../node/message.cjs';
import { type ChangeFeed, createProgressFeed, type Outcome, type Shown } from '../node/status.cjs';
import { perRuntime } from '../runtime.cjs';
import { FETCH_BY_ID } from '../unheard.cjs';
import { recordLeft, unreadEntry } from './entry.cjs';
import {
	changed,
	endChanges,
	isCanceled,
	messageChanges,
	newRecord,
	NOT_CANCELED,
	type RecordChanges,
	type RunRecord,
	runsChanged,
	shownOf,
} from './record.cjs';

/**
 * What a run is for: a request of its own and its result; only the acceptance of its request, in which case the sidebar
 * shows it only if its flow will not hear of it; or the result of a request that was submitted elsewhere.
 */
export type RunKind = 'run' | 'submit' | 'result';

/** One message's run. */
export class Run extends Work {
	/** The message's topic, as it was when the run began. */
	readonly topic: unknown;
	record: RunRecord;
	/** Aborts when the node closes, as `signal` does, and also when a flow cancels the run. */
	interruption = new AbortController();
	/** What an earlier process left of it, or what the ended run that it repeats has submitted. */
	readonly from: JournalEntry | undefined;
	/** Where it is among those that wait for their turn, if it will. */
	place?: Place;
	/** Once the account is known: the host whose clock its records use, and the secrets that they must not hold. */
	#account?: { host: Pick<Host, 'now'>; secrets: Secrets };
	/** What was known of its request before its pursuit began. */
	#receipt: Receipt;
	/** Who moves its receipt, once its turn has come. */
	pursuit?: Pursuit;
	/** Sends progress messages, if the node has an output for them. */
	#feed?: ChangeFeed<NodeMessage>;

	constructor(
		readonly kind: RunKind,
		actor: LastingActor,
		msg: NodeMessageInFlow,
		{ from, resumed = false }: { from?: JournalEntry; resumed?: boolean } = {},
	) {
		super(actor, msg, from ? { id: from.job, resumed } : {});
		this.from = from;
		this.topic = msg.topic;
		const { id: job, nodeId, topic } = this;
		const first = newRecord({ job, nodeId, topic, resumed }, timeOfArrival());
		this.record = from && resumed ? { ...first, ...recordLeft(from) } : first;
		this.#receipt = from?.receipt ?? plannedReceipt({}, this.record.arrivedAt);
	}

	/** What is known of its request. */
	get receipt(): Receipt {
		return this.pursuit?.receipt ?? this.#receipt;
	}

	/** Whether it makes a request, whatever request the message names. */
	get submits(): boolean {
		return this.kind !== 'result' && (!this.from || this.from.waiting !== undefined);
	}

	/** The request that an earlier process knew of. */
	get ref(): RequestRef | undefined {
		return this.from?.waiting ? undefined : requestIn(this.from?.receipt.ids ?? {});
	}

	override get requestId(): string | undefined {
		return this.record.requestId;
	}

	override get isDropped(): boolean {
		const { state } = this.record;
		if (this.requestId !== undefined) return false;
		if (!this.end) return state === 'reading' || state === 'waiting';
		return this.end.error !== undefined && !mayHaveRequest(this.end.error);
	}

	/** Begins it: it lives as `live` says, whichever instance of its node is there. */
	start(live: (run: Run, action: Action) => Promise<Answer>): this {
		if (this.kind !== 'submit') goingRuns().set(this.id, this);
		if (!this.resumed) this.setAtRisk();
		this.begin(() => this.#toTheEnd(live));
		runsChanged().call();
		return this;
	}

	/** Notes changes. */
	note(changes: RecordChanges): void {
		const before = this.record;
		this.record = changed(before, changes);
		if (this.record === before) return;
		if (before.endedAt === undefined) runsChanged().call();
		if (changes.cancel?.verdict === 'no answer' && before.cancel?.verdict !== 'no answer') {
			this.actor.node.warn(unansweredText(this.record.requestId));
		}
	}

	/** Notes changes, and shows where it stands then. */
	enter(changes: RecordChanges): void {
		this.note(changes);
		super.show(shownOf(this.record, Date.now() - this.#now()));
		// Thousands of runs may wait, and few nodes want messages.
		if (!this.#recipient()) return;
		this.#feed ??= createProgressFeed(this.actor.RED, this, () => this.#recipient());
		this.#feed.update();
	}

	override show({ state }: Shown): void {
		this.enter({ state });
	}

	override showHeld(waitsForDisk: true | undefined): void {
		this.place?.leave();
		this.enter({ state: 'waiting', waitsForDisk });
	}

	/** A person who cancels it wants it to end now. */
	override get endsAtOnce(): boolean {
		return isCanceled(this.record);
	}

	/** Writes down what is to be done for it while it waits. `lasting` is for the journal. */
	keep(entry: JournalEntry, lasting: boolean): void {
		this.actor.journal.waiting(entry, lasting);
		this.setSafe();
	}

	/** Sets what is known of its request, once its message was read. A cancel that came meanwhile stays. */
	know(receipt: Receipt): Receipt {
		const { cancel } = this.#receipt;
		this.#receipt = cancel ? assign(receipt, { cancel }) : receipt;
		return this.#receipt;
	}

	/** @param verdict what RunComfy has answered to somebody else who asked */
	cancel(by: CanceledBy, verdict?: CancelVerdict): void {
		if (this.pursuit) this.pursuit.cancel(by, verdict);
		else {
			this.#receipt = canceledReceipt(this.#receipt, by, this.#now(), verdict);
			this.noteCancel(this.#receipt);
		}
		this.interruption.abort(notSubmitted(this.receipt.ids));
	}

	/** Stores who wants it canceled, and what RunComfy has answered. */
	noteCancel(receipt: Receipt): void {
		this.enter({ cancel: receipt.cancel });
		this.actor.journal.moved(this.id, receipt);
	}

	/** Its host has to end before RunComfy has answered its cancel. */
	giveUpCancel(): void {
		const { cancel } = canceledReceipt(this.receipt, 'left', this.#now(), 'no answer');
		this.note({ cancel });
	}

	override stop(how: StopMode, named?: Promise<void>): void {
		if (this.stopped === undefined) this.note({ stopped: how });
		super.stop(how, named);
		this.interruption.abort(notSubmitted(this.receipt.ids));
	}

	override drop(): void {
		super.drop();
		this.#leave();
		runsChanged().call();
	}

	/** Takes its place, and writes its message down, so that a later process reads it if this one cannot. */
	onBegin({ limiter, secrets }: Pick<ConfigNode, 'limiter' | 'secrets'>): void {
		if (this.kind === 'run' && this.submits) {
			this.place = limiter.take(this.resumed ? this.record.arrivedAt : undefined);
		}
		if (this.from) return;
		const entry = unreadEntry(this, secrets, this.kind === 'result');
		this.actor.journal.waiting(entry, false);
		// What could not be kept is at risk until its input is kept, or its request accepted.
		if (entry.waiting?.unread) this.setSafe();
	}

	onFacts(facts: MessageFacts): void {
		this.note(messageChanges(facts));
	}

	/** Submits its request or waits for it. `wake` aborts when a callback tells that it has ended. */
	async whileAwaiting<T>(work: (wake: AbortSignal) => Promise<T>): Promise<T> {
		const waking = new AbortController();
		awaiting().set(this, waking);
		let seenEnd = false;
		try {
			const result = await work(waking.signal);
			seenEnd = true;
			return result;
		} catch (error) {
			// After any other error the request may go on, and its end is still news.
			seenEnd = error instanceof RunComfyError && endStatus(error.code) !== undefined;
			throw error;
		} finally {
			awaiting().delete(this);
			const { requestId } = this.record;
			if (seenEnd && this.seesEnd() && requestId) seenEnds().set(requestId, true);
			runsChanged().call();
		}
	}

	/** Ends it for the sidebar. */
	settle(outcome: string, reason?: string): void {
		this.#leave();
		this.record = changed(this.record, endChanges(outcome, reason, this.#now()));
		const { job, about, topic, text } = this.record;
		const texts = { about, topic, text, reason: this.record.reason };
		const kept = keptMessage(texts, this.#account?.secrets);
		this.actor.journal.keepEnd(job, { ...this.record, ...kept });
		runsChanged().call();
	}

	/** Ends it for the sidebar as RunComfy answered its cancel. */
	settleCanceled(verdict: CancelVerdict): void {
		const { requestId } = this.record;
		if (verdict === 'cancellation_requested') this.settle('run_canceled');
		else if (verdict !== 'not_cancellable') this.settle('aborted', unansweredText(requestId));
		else this.settle('output_unavailable', `The request ${NOT_CANCELED}. ${FETCH_BY_ID}`);
	}

	async #toTheEnd(live: (run: Run, action: Action) => Promise<Answer>): Promise<Outcome> {
		try {
			const outcome = await act(this, (action) => {
				const { host, allowPrivate } = action.connection.client;
				this.#account = { host, secrets: action.secrets };
				this.note({ allowPrivate });
				this.place?.read(host);
				return live(this, action);
			});
			await this.untilItMayEnd(this.interruption.signal);
			if (this.kind !== 'submit') this.settle('succeeded');
			return outcome;
		} catch (error) {
			await this.untilItMayEnd(this.interruption.signal);
			if (this.kind !== 'submit') this.#fail(error);
			throw error;
		} finally {
			this.place?.leave();
			this.#feed?.close();
		}
	}

	#fail(error: unknown): void {
		const { code, message } = toNodeError(error);
		const { stopped, cancel, requestId } = this.record;
		const verdict = cancel?.verdict;
		const aborted = stopped === 'cancel' && code === 'aborted';
		if (aborted && verdict !== undefined) this.settleCanceled(verdict);
		else if (aborted && requestId !== undefined) this.settle('output_unavailable', HAD_ENDED);
		else if (stopped !== 'leave') this.settle(code, message);
		// Its message will not come out any more.
		const unheard = stopped !== undefined && verdict !== 'no answer';
		if (unheard && code === 'submit_unconfirmed') this.actor.node.warn(unansweredText(undefined));
	}

	#leave(): void {
		if (goingRuns().get(this.id) === this) goingRuns().delete(this.id);
	}

	/** Whether the end of its request is for it, and not news for others. */
	seesEnd(): boolean {
		return this.kind !== 'submit';
	}

	/** The time by its host's clock, once that is known. */
	#now(): number {
		return this.#account ? this.#account.host.now() : Date.now();
	}

	/** The instance that is to send progress messages; undefined if there is none, or it sends none. */
	#recipient(): Node | undefined {
		const actor = this.stopped === undefined ? presentActor(this.nodeId) : undefined;
		const { progress } = (actor?.def ?? {}) as { progress?: unknown };
		return isTrue(progress) ? actor?.node : undefined;
	}
}

const lastArrival = perRuntime(() => ({ at: 0 }));

/** The time, with a fraction for each of several messages in one millisecond: a later process keeps them in order. */
function timeOfArrival(): number {
	const last = lastArrival();
	const now = Date.now();
	last.at = now === Math.floor(last.at) ? last.at + 0.001 : now;
	return last.at;
}

/** Whether a submit that ended in this error may have made a request. */
function mayHaveRequest(error: unknown): boolean {
	const { code, cause } = toNodeError(error);
	const facts = cause as Pick<RunComfyError, 'requestId' | 'details'>;
	const known = { ...facts, code: code as RunComfyError['code'] };
	return requestOutcome(known).request === 'unknown';
}

/** The runs that have not ended, by job, in order of arrival. */
export const goingRuns = perRuntime(() => new Map<string, Run>());

/** The runs that submit a request or wait for one, whichever node and tab, with what wakes each. */
const awaiting = perRuntime(() => new Map<Run, AbortController>());

/** Requests whose end a run has seen. Their callbacks arrive later than that, and are no news. */
const MOST_SEEN = 10_000;
const seenEnds = perRuntime(() => new Recent<string, true>(MOST_SEEN));

/**
 * Wakes the runs that wait for a request that has ended.
 * @returns whether there are any, or one has seen the end
 */
export function wakeRuns(requestId: string): boolean {
	const found = [...awaiting()].filter(
		([run]) => run.seesEnd() && run.record.requestId === requestId,
	);
	for (const [, waking] of found) waking.abort();
	return found.length > 0 || seenEnds().has(requestId);
}

/** Resolves when every submit to a deployment that is under way now knows its request's id, or has failed. */
export function submitsSettled(deploymentId: string): Promise<void> {
	const runs = [...awaiting().keys()].filter(({ record }) => record.deploymentId === deploymentId);
	const isSettled = (run: Run) => run.record.requestId !== undefined || !awaiting().has(run);
	return new Promise((resolve) => {
		const look = () => {
			if (!runs.every(isSettled)) return;
			stopLooking();
			resolve();
		};
		const stopLooking = runsChanged().add(look);
		look();
	});
}

/** The record of a run that goes on, or is among those that ended last. */
export function recordOf(job: string): RunRecord | undefined {
	return goingRuns().get(job)?.record ?? endedRuns().find((record) => record.job === job);
}

/** The end of a run whose node was deleted just as it ended. */
const HAD_ENDED = `It had ended when its cancel came, and its result was not fetched. ${FETCH_BY_ID}`;

/** The warning about a cancel, or about a submit that was stopped, that got no clear answer. */
export function unansweredText(requestId: string | undefined): string {
	return requestId === undefined
		? 'A submit was stopped before RunComfy had answered it: the request may be running. Look at the deployment’s requests on RunComfy.'
		: `RunComfy did not confirm the cancel of request ${requestId}: it may still be running. Cancel it by its request id.`;
}

/** The runs that have ended last, also in an earlier process, the latest first. */
export function endedRuns(): readonly RunRecord[] {
	const ended: object[] = presentJournal()?.endedRuns() ?? [];
	return ended.filter(isRecord).reverse();
}

function isRecord(value: Partial<RunRecord>): value is RunRecord {
	const { job, nodeId, state, arrivedAt, endedAt } = value;
	const texts = typeof job === 'string' && typeof nodeId === 'string';
	return texts && state === 'ended' && Number.isFinite(arrivedAt) && Number.isFinite(endedAt);
}
