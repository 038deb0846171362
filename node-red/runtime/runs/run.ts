import type { Node, NodeMessage, NodeMessageInFlow } from 'node-red';
import {
	assign,
	canceledReceipt,
	type CancelVerdict,
	conceal,
	type Fate,
	FATES,
	isUnclear,
	notSubmitted,
	plannedReceipt,
	type Pursuit,
	type Receipt,
	requestIn,
	requestOutcome,
	type RequestRef,
	type RunComfyError,
	type SubmitInput,
	tried,
	type WorkflowApiJson,
} from '../../../core';
import type { CancelState, State } from '../../contract/states';
import type { ConfigNode } from '../account/config';
import type { Place } from '../account/limiter';
import { toNodeError } from '../errors';
import { isTrue } from '../inputs/inputs';
import { type JournalEntry, presentJournal } from '../journal/journal';
import type { CancelMark } from '../journal/lines';
import { act, type Action, type Answer, type WorkEnd } from '../node/action';
import {
	type LastingActor,
	type Performer,
	presentActor,
	type StopMode,
	Work,
} from '../node/lasting';
import type { MessageFacts } from '../node/message';
import { type ChangeFeed, createProgressFeed, type Shown } from '../node/status';
import { inTurn } from '../pace';
import { perRuntime } from '../runtime';
import { unansweredText } from '../unheard';
import { type Kept, recordLeft, seenOf, unreadEntry } from './entry';
import {
	ended,
	initialFacts,
	type Noted,
	outputChanges,
	RANK,
	type RecordChanges,
	type RunRecord,
	runsChanged,
	runsOn,
	withChanges,
} from './record';

/**
 * The purpose of a run. `run`: submit a request and get its result. `submit`: submit a request and end once RunComfy
 * has accepted it; the sidebar shows such a run only if its flow will not hear of the request. `result`: get the
 * result of a request that was submitted elsewhere.
 */
export type RunKind = 'run' | 'submit' | 'result';

/** The run of one message: it has the message, an action, a receipt, facts for the user, and a line in the journal. */
export class Run implements Performer {
	readonly work: Work;
	/** The message's topic when the run began. */
	readonly topic: unknown;
	/** Facts about the run in addition to its receipt. */
	noted: Noted;
	/** The node's action for the run, once the account is known. */
	action!: Action;
	/** What the journal stores about the run in addition to its receipt. */
	entry!: Kept;
	/** The input to submit, until RunComfy has accepted it. */
	input?: SubmitInput | undefined;
	/** The submitted workflow, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
	/** Aborts when the node closes, like the signal of the run's work, and when a flow cancels the run. */
	readonly interruption = new AbortController();
	/** The run's place in the queue, if it has to wait for its turn. */
	place?: Place;
	/** Pursues the run's request and moves its receipt, once the run's turn has come. */
	pursuit?: Pursuit;
	/** The receipt before the pursuit began. */
	#receipt: Receipt;
	/** Resolves once the journal has the run's cancel. Until then, nobody is told that the run has ended. */
	#canceled?: Promise<void>;
	/** Sends progress messages, if the node has an output for them. */
	#feed?: ChangeFeed<NodeMessage>;

	constructor(
		readonly kind: RunKind,
		actor: LastingActor,
		msg: NodeMessageInFlow,
		/** The journal entry of an earlier process for this run. */
		readonly from?: JournalEntry,
	) {
		this.work = new Work(actor, msg, from ? { id: from.job, resumed: true } : {});
		this.topic = msg.topic;
		this.noted = initialFacts(this.work, from ? recordLeft(from) : {});
		this.#receipt = from?.receipt ?? plannedReceipt({}, this.noted.arrivedAt);
		if (from) this.entry = from;
	}

	/** The stored facts of the run's request. */
	get receipt(): Receipt {
		return this.pursuit?.receipt ?? this.#receipt;
	}

	get stopped(): StopMode | undefined {
		return this.work.stopped;
	}

	get requestId(): string | undefined {
		return this.receipt.ids.requestId;
	}

	/** What users see of the run, whose prompt may hold a token. */
	get record(): RunRecord {
		const { noted, receipt, startedAt } = this;
		const json = JSON.stringify({ ...noted, ...receipt.ids, startedAt });
		return JSON.parse(conceal(json, this.action?.secrets)) as RunRecord;
	}

	/** When the run started on the machine, by its host's clock. */
	get startedAt(): number | undefined {
		const { seen } = this.receipt;
		// A run that was submitted elsewhere, and never seen in the queue, may have started long before.
		return this.submits || seen?.queuedAt !== undefined ? seen?.runningAt : undefined;
	}

	get shown(): Shown {
		const { requestId, startedAt, cancelState: cancel } = this;
		const { state: noted, queuePosition, waitsForDisk } = this.noted;
		const state = noted === 'ended' ? 'fetching' : noted;
		const behindMs = Date.now() - this.now();
		const runningSince = startedAt === undefined ? undefined : startedAt + behindMs;
		return { state, requestId, queuePosition, runningSince, waitsForDisk, cancel };
	}

	/** Whether the run can be canceled. */
	get isCancelable(): boolean {
		return this.stopped === undefined && this.#isBefore('fetching');
	}

	/** The state of the run's cancel, until RunComfy has reported the end. */
	get cancelState(): CancelState | undefined {
		const { by, verdict } = this.receipt.cancel ?? {};
		if (!this.#isBefore('fetching')) return undefined;
		if (verdict === 'cancellation_requested') return 'accepted';
		if (runsOn(this.receipt)) return 'refused';
		return by === 'flow' && !isUnclear(verdict) ? 'asked' : undefined;
	}

	/** Whether the run was stopped while RunComfy's answer to its submit or cancel is still missing. */
	get isUnanswered(): boolean {
		const mayBeThere = !this.#isBefore('submitting') && this.#isBefore('fetching');
		return mayBeThere && this.receipt.cancel?.verdict === undefined;
	}

	/** What happened to the request of a stopped run; undefined if there is no request, or its fate is not known yet. */
	get fate(): Fate | undefined {
		const { verdict } = this.receipt.cancel ?? {};
		if (this.requestId === undefined) return undefined;
		if (verdict !== undefined) return verdict;
		if (this.stopped === 'leave') return 'goes_on';
		return this.isUnanswered ? undefined : 'had_ended';
	}

	get isDropped(): boolean {
		const { state } = this.noted;
		const { end } = this.work;
		if (this.requestId !== undefined) return false;
		if (!end) return state === 'reading' || state === 'waiting';
		return end.error !== undefined && !mayHaveRequest(end.error);
	}

	/** A user who cancels the run wants it to end now. */
	get endsAtOnce(): boolean {
		return this.receipt.cancel?.by === 'flow';
	}

	/** Starts the run. It does what `live` says, whichever instance of its node is there. */
	start(live: (run: Run) => Promise<Answer>): Work {
		const { id, resumed } = this.work;
		if (this.kind !== 'submit') goingRuns().set(id, this);
		if (!resumed) this.work.setAtRisk();
		this.work.begin(this, () => this.#perform(live));
		runsChanged().call();
		return this.work;
	}

	/** Updates the facts about the run. */
	note(changes: RecordChanges): void {
		const before = this.noted;
		this.noted = withChanges(before, changes);
		if (this.noted !== before && before.endedAt === undefined) runsChanged().call();
	}

	/** Updates the facts about the run, and shows its new state. */
	enter(changes: RecordChanges): void {
		this.note(changes);
		this.work.show(this.shown);
		// Checked first, because thousands of runs may wait, and few nodes send progress messages.
		if (!this.#recipient()) return;
		this.#feed ??= createProgressFeed(this.work.actor.RED, this, () => this.#recipient());
		this.#feed.update();
	}

	show(): void {
		this.enter({});
	}

	/** Sets the receipt once the message was read. Keeps a cancel that came in the meantime. */
	setReceipt(receipt: Receipt): void {
		const { cancel } = this.#receipt;
		this.#receipt = cancel ? assign(receipt, { cancel }) : receipt;
	}

	/** The run's journal line for a receipt. */
	line(receipt = this.receipt): JournalEntry {
		const { id: job, nodeId } = this.work;
		const { msg, plan, waiting } = this.entry;
		const seen = seenOf(this.noted, waiting, this.action?.secrets);
		return { job, nodeId, receipt, msg, plan: assign(plan, { seen }), waiting };
	}

	/** Stores the run in the journal while it waits. See `Journal.waiting` for `lasting`. */
	keep(lasting: boolean): void {
		this.work.actor.journal.waiting(this.line(), lasting);
		this.work.setSafe();
	}

	/**
	 * Cancels the run, for `cancelRuns`. From now on, the run does not submit anything.
	 * @param stored resolves once the journal has the cancel
	 * @returns whether the run waits to be interrupted
	 */
	cancel({ by, verdict }: CancelOptions, stored: Promise<void>): boolean {
		const { pursuit } = this;
		this.#canceled = stored;
		if (pursuit) {
			pursuit.cancel(by, verdict);
			this.onStop();
			return false;
		}
		const before = this.#receipt;
		this.#receipt = canceledReceipt(before, by, this.now(), verdict);
		this.place?.leave();
		// Otherwise, the journal has everything already.
		if (verdict !== undefined) this.noteCancel(before, this.#receipt);
		return true;
	}

	/** Stores and shows who canceled the run, and RunComfy's answer. */
	noteCancel({ cancel: before }: Receipt, receipt: Receipt): void {
		const { actor, id } = this.work;
		actor.journal.moved(id, this.receipt);
		this.showCancel();
		if (receipt.cancel?.verdict !== 'no answer' || before?.verdict === 'no answer') return;
		actor.node.warn(unansweredText(this.receipt.ids));
	}

	showCancel(): void {
		this.show();
		runsChanged().call();
	}

	onStop(): void {
		this.interruption.abort(notSubmitted(this.receipt.ids));
	}

	onHeld(waitsForDisk: true | undefined): void {
		this.place?.leave();
		this.enter({ waitsForDisk, ...(this.requestId === undefined ? { state: 'waiting' } : {}) });
	}

	onDrop(): void {
		this.#leave();
		runsChanged().call();
	}

	/** Ends the run in the sidebar. */
	finish(code: string, reason?: string): void {
		this.#leave();
		this.noted = ended(this.noted, code, reason, this.now());
		endedRuns().unshift(this.record);
		endedRuns().splice(MOST_ENDED);
		runsChanged().call();
	}

	/** Ends the run in the sidebar with the fate of its request. */
	finishAs(fate: Fate): void {
		const { request, code, fact, advice } = FATES[fate];
		const isLost = request !== 'ended' && fate !== 'goes_on';
		this.finish(code, isLost ? `The request ${fact}. ${advice}` : undefined);
	}

	/** The current time by the host's clock or, before the host is known, by the system clock. */
	now(): number {
		return this.action ? this.action.connection.client.host.now() : Date.now();
	}

	async #perform(live: (run: Run) => Promise<Answer>): Promise<WorkEnd> {
		try {
			const end = await act(this.work, (action) => this.#act(action, live));
			await this.#untilItMayEnd();
			if (this.kind !== 'submit') this.finish('succeeded');
			return end;
		} catch (error) {
			await this.#untilItMayEnd();
			if (this.kind !== 'submit') this.#fail(error);
			throw error;
		} finally {
			this.place?.leave();
			this.#feed?.close();
		}
	}

	#act(action: Action, live: (run: Run) => Promise<Answer>): Promise<Answer> {
		this.action = action;
		this.place?.read(action.connection.client.host);
		return live(this);
	}

	/** Before there is a request, a cancel also ends the work for the run. */
	get signal(): AbortSignal {
		return this.submits && !this.pursuit ? this.interruption.signal : this.work.signal;
	}

	get submits(): boolean {
		return this.kind !== 'result' && (!this.from || this.from.waiting !== undefined);
	}

	get ref(): RequestRef | undefined {
		return this.from?.waiting ? undefined : requestIn(this.from?.receipt.ids ?? {});
	}

	onFacts(facts: MessageFacts): void {
		this.note(outputChanges(facts));
	}

	onShow(state: State): void {
		this.enter({ state });
	}

	/** Takes a place in the queue, and stores the message, so that a later process can read it if this process cannot. */
	onBegin({ limiter, secrets }: Pick<ConfigNode, 'limiter' | 'secrets'>): void {
		const { from, kind, work, noted } = this;
		if (kind === 'run' && this.submits) {
			this.place = limiter.take(work.resumed ? noted.arrivedAt : undefined);
		}
		if (from) return;
		this.entry = unreadEntry(work.msg, secrets, kind === 'result');
		work.actor.journal.waiting(this.line(), false);
		// A message that could not be stored is at risk until its input is stored, or RunComfy accepts its request.
		if (this.entry.waiting?.unread) work.setSafe();
	}

	/** A submit ends as soon as it is answered. If the node then closes, the node names the request. */
	async #untilItMayEnd(): Promise<void> {
		await this.#canceled;
		if (this.kind !== 'submit') await this.work.untilItMayEnd(this.interruption.signal);
	}

	#fail(error: unknown): void {
		const { code, message } = toNodeError(error);
		const { stopped, receipt, fate } = this;
		const verdict = receipt.cancel?.verdict;
		if (stopped === 'cancel' && code === 'aborted' && fate) this.finishAs(fate);
		else if (stopped !== 'leave') this.finish(code, message);
		// The run's message will not be sent any more.
		const unheard = stopped !== undefined && verdict !== 'no answer';
		if (unheard && code === 'submit_unconfirmed') {
			this.work.actor.node.warn(unansweredText(receipt.ids));
		}
	}

	#isBefore(state: State): boolean {
		return RANK[this.noted.state] < RANK[state];
	}

	#leave(): void {
		const { id } = this.work;
		if (goingRuns().get(id) === this) goingRuns().delete(id);
	}

	/** The node instance that sends progress messages; undefined if there is no instance, or it sends none. */
	#recipient(): Node | undefined {
		const actor = this.stopped === undefined ? presentActor(this.work.nodeId) : undefined;
		const { progress } = (actor?.def ?? {}) as { progress?: unknown };
		return isTrue(progress) ? actor?.node : undefined;
	}
}

/** Whether RunComfy may have accepted a submit that ended with this error. */
function mayHaveRequest(error: unknown): boolean {
	const { code, cause } = toNodeError(error);
	const facts = cause as Pick<RunComfyError, 'requestId' | 'details'>;
	const of = { ...facts, code: code as RunComfyError['code'] };
	return requestOutcome(of).request === 'unknown';
}

interface CancelOptions {
	by: CancelMark['by'];
	/** RunComfy's answer to a cancel that somebody else sent. */
	verdict?: CancelVerdict | undefined;
}

/** Cancels runs, which do not submit anything from now on. Resolves once the next process knows of the cancel, too. */
export async function cancelRuns(runs: readonly Run[], options: CancelOptions): Promise<void> {
	const jobs = runs.map(({ work }) => work.id);
	const stored = presentJournal()?.canceled(jobs, options.by) ?? Promise.resolve();
	const waiting = runs.filter((run) => run.cancel(options, stored));
	await stored;
	void interruptInTurn(waiting);
}

/** Thousands of runs may wait. */
async function interruptInTurn(runs: readonly Run[]): Promise<void> {
	for (const run of runs) {
		await inTurn();
		run.onStop();
		tried(() => run.showCancel());
	}
}

/** The runs that have not ended, by job, in order of arrival. */
export const goingRuns = perRuntime(() => new Map<string, Run>());

/** How many ended runs the sidebar shows. */
const MOST_ENDED = 50;

/** The last runs that ended since Node-RED started. The latest comes first. */
export const endedRuns = perRuntime((): RunRecord[] => []);
