import { randomUUID } from 'node:crypto';
import type { NodeMessageInFlow } from 'node-red';
import {
	assign,
	canceledReceipt,
	type CancelVerdict,
	compact,
	type Draft,
	type Fate,
	FATES,
	notSubmitted,
	plannedReceipt,
	type Pursuit,
	type Receipt,
	requestIn,
	type RequestRef,
	type SubmitInput,
	takingTurns,
	targetId,
	type WorkflowApiJson,
} from '../../../core';
import type { RunView } from '../../contract/jobs';
import type { CancelState, State } from '../../contract/states';
import { CLOCK } from '../account/host';
import type { Place } from '../account/queue';
import { toNodeError } from '../errors';
import type { Kept } from '../journal/journal';
import { keptMessage } from '../journal/keptMessage';
import type { Action, End, Subject } from '../node/action';
import type { Exit } from '../node/handler';
import { type Instance, instanceOf, untilPresent } from '../node/instances';
import type { MessageFacts } from '../node/message';
import { createProgressFeed, type ProgressFeed, sendsProgress } from '../node/status';
import type { OutputOptions } from '../outputs/outputs';
import { createListeners, perRuntime } from '../runtime';
import { outputFacts } from './view';

/**
 * The purpose of a run. `run`: submit a request and get its result. `submit`: submit a request and end once RunComfy
 * has accepted it; the sidebar shows such a run only if its flow will not hear of the request. `result`: get the
 * result of a request that was submitted elsewhere.
 */
export type RunKind = 'run' | 'submit' | 'result';

/** What a run has decided when its message arrived. Plain data that is still valid after a restart. */
export interface Plan {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** A run of an earlier process. */
export interface LeftRun {
	key: string;
	kept: Kept;
	msg: NodeMessageInFlow;
}

/** Facts that only users look at. */
type Shown = Omit<Partial<RunView>, 'state'>;

/** The runs whose messages have not reached the next nodes yet, by id, in order of arrival. */
export const runs = perRuntime(() => new Map<string, Run>());

/** How many ended runs the sidebar shows. */
const MOST_ENDED = 50;

/** The last runs that ended since Node-RED started. The latest comes first. */
export const endedRuns = perRuntime((): RunView[] => []);

/** Call this when a run begins, changes or is removed. Frequent calls are fine. */
export const runsChanged = perRuntime(createListeners);

/** Messages begin one after the other, with pauses in which other work of the process runs. */
const turns = perRuntime(() => {
	const turn = takingTurns(CLOCK);
	let last = Promise.resolve();
	return () => (last = last.then(turn));
});

const TOPIC_LENGTH = 100;
const REASON_LENGTH = 500;

/** The run of one message, from its arrival until the next nodes have it. It belongs to a node, not to one instance. */
export class Run implements Subject {
	readonly id: string;
	readonly nodeId: string;
	readonly msg: NodeMessageInFlow;
	/** The message's topic when the run began. */
	readonly topic: unknown;
	/** What an earlier process has stored about the run. */
	readonly from: Kept | undefined;
	readonly arrivedAt: number;
	state: State = 'reading';
	shown: Shown = {};
	/** The node's action for the run, once the account is known. */
	action!: Action;
	plan?: Plan | undefined;
	/** What to submit, until RunComfy has accepted it. */
	draft?: Draft | undefined;
	input?: SubmitInput | undefined;
	/** The submitted workflow, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
	place?: Place | undefined;
	/** Pursues the run's request and moves its receipt. */
	pursuit?: Pursuit;
	/** How the run has ended, once it has. */
	end?: End;
	/** Whether nothing will be sent for the run, and what happens to its request. */
	stopped?: 'cancel' | 'leave';
	/** Resolves when the run has ended. */
	over!: Promise<void>;
	/** The receipt before the pursuit began. */
	#receipt: Receipt;
	#feed?: ProgressFeed;
	/** Whether the request had ended when the run was stopped. */
	#hadEnded = false;
	/* Created on demand, because thousands of messages may wait. */
	#stopping?: AbortController;
	#interruption?: AbortController;

	constructor(
		readonly kind: RunKind,
		/** The instance at which the run began. */
		readonly instance: Instance,
		msg: NodeMessageInFlow,
		/** Where the message came in. Absent if that was in an earlier process. */
		readonly exit: Exit | undefined,
		left?: LeftRun,
	) {
		this.id = left?.key ?? randomUUID();
		this.nodeId = instance.node.id;
		this.msg = msg;
		this.topic = msg.topic;
		this.from = left?.kept;
		const { seen, receipt } = left?.kept ?? {};
		this.arrivedAt = seen?.arrivedAt ?? Date.now();
		this.shown = compact({ about: seen?.about, targetName: seen?.targetName });
		this.#receipt = receipt ?? plannedReceipt({}, this.arrivedAt);
	}

	/** The stored facts of the run's request. */
	get receipt(): Receipt {
		return this.pursuit?.receipt ?? this.#receipt;
	}

	/** Sets the receipt once the message was read. Keeps a cancel that came in the meantime. */
	set receipt(receipt: Receipt) {
		const { cancel } = this.#receipt;
		this.#receipt = cancel ? assign(receipt, { cancel }) : receipt;
	}

	get resumed(): boolean {
		return this.from !== undefined;
	}

	get submits(): boolean {
		return this.kind !== 'result' && !this.from;
	}

	/** The request of an earlier process. */
	get ref(): RequestRef | undefined {
		return requestIn(this.from?.receipt.ids ?? {});
	}

	get requestId(): string | undefined {
		return this.receipt.ids.requestId;
	}

	/** Whether nothing was submitted for the message, and nobody waits for an answer to a submit. */
	get isUnpaid(): boolean {
		return this.kind !== 'result' && this.receipt.state === 'planned';
	}

	/** Whether a submit of this process is on its way. */
	get isSubmitting(): boolean {
		return !this.end && this.pursuit !== undefined && this.receipt.state === 'submitting';
	}

	/** Aborts when the run is stopped. */
	get leaving(): AbortSignal {
		this.#stopping ??= new AbortController();
		if (this.stopped) this.#stopping.abort();
		return this.#stopping.signal;
	}

	/** Aborts when the run is stopped, and before there is a pursuit also when it is canceled. */
	get signal(): AbortSignal {
		return this.pursuit ? this.leaving : this.interruption;
	}

	/** Aborts when the run is stopped or canceled. */
	get interruption(): AbortSignal {
		this.#interruption ??= new AbortController();
		if (this.stopped || this.receipt.cancel) this.#interrupt();
		return this.#interruption.signal;
	}

	/** Whether the run can be canceled. */
	get isCancelable(): boolean {
		return this.stopped === undefined && this.state !== 'fetching' && this.state !== 'ended';
	}

	/** The state of the run's cancel, until RunComfy has reported the end. */
	get cancelState(): CancelState | undefined {
		const { by, verdict } = this.receipt.cancel ?? {};
		if (this.state === 'fetching' || this.state === 'ended') return undefined;
		if (verdict === 'cancellation_requested') return 'accepted';
		if (this.runsOn) return 'refused';
		const isClear = verdict === undefined || FATES[verdict].request !== 'unknown';
		return by === 'flow' && isClear ? 'asked' : undefined;
	}

	/**
	 * Whether the run was seen in progress after RunComfy refused its cancel. The refusal alone may also mean that the
	 * run had ended.
	 */
	get runsOn(): boolean {
		const { cancel, seen } = this.receipt;
		const { verdict, answeredAt = 0 } = cancel ?? {};
		return verdict === 'not_cancellable' && (seen?.underWayAt ?? 0) >= answeredAt;
	}

	/** What became of the request of a stopped run; undefined if there is none. */
	get fate(): Fate | undefined {
		if (this.requestId === undefined) return undefined;
		const { verdict } = this.receipt.cancel ?? {};
		if (verdict !== undefined) return verdict;
		return this.stopped === 'leave' && !this.#hadEnded ? 'goes_on' : 'had_ended';
	}

	/** What users see of the run. */
	get view(): RunView {
		const { receipt, topic, shown, arrivedAt } = this;
		const { ids, state, at, seen } = receipt;
		// A run that was submitted elsewhere, and never seen in the queue, may have started long before.
		const isKnown = state === 'accepted' || seen?.queuedAt !== undefined;
		const onWallClock = (moment: number | undefined) =>
			moment === undefined ? undefined : moment + Date.now() - this.now();
		return {
			...compact({
				topic: typeof topic === 'string' ? topic.slice(0, TOPIC_LENGTH) : undefined,
				resumed: this.resumed || undefined,
				targetId: targetId(ids),
				targetName: ids.modelId,
				requestId: ids.requestId,
				submittedAt: state === 'accepted' ? onWallClock(at) : undefined,
				startedAt: isKnown ? onWallClock(seen?.runningAt) : undefined,
				cancel: this.cancelState,
				...shown,
			}),
			job: this.id,
			nodeId: this.nodeId,
			state: this.state,
			arrivedAt,
			cancelable: this.isCancelable && this.cancelState === undefined,
		};
	}

	/** What the journal stores about the run, with this receipt. */
	kept(receipt: Receipt): Kept {
		const { nodeId, msg, plan, arrivedAt, shown } = this;
		const { about, targetName } = shown;
		return {
			nodeId,
			receipt,
			msg: this.from?.msg ?? keptMessage(msg, this.action.secrets),
			plan,
			seen: { arrivedAt, about, targetName },
			dueMs: ANSWER_MS + lengthOf(this.input) / SLOWEST_UPLOAD,
		};
	}

	/** Updates what users see. */
	note(shown: Shown): void {
		this.shown = { ...this.shown, ...shown };
		if (!this.end) runsChanged().call();
	}

	/** Enters a state, and shows it. */
	enter(state: State, shown: Shown = {}): void {
		if (this.state === 'ended') return;
		this.state = state;
		this.note(shown);
		this.show();
	}

	/** Shows the run at the present instance of its node. */
	show(): void {
		const instance = this.stopped ? undefined : instanceOf(this.nodeId);
		if (!instance || this.state === 'ended') return;
		instance.board.show(this);
		// Thousands of runs may wait, and few nodes send progress messages.
		if (!sendsProgress(instance)) return;
		this.#feed ??= createProgressFeed(this, instanceOf);
		this.#feed.update();
	}

	/**
	 * Marks the run as canceled. From now on, it submits nothing: its place, once it has one, goes to the next run.
	 * @param verdict RunComfy's answer to a cancel that somebody else sent
	 */
	markCanceled(verdict?: CancelVerdict): void {
		if (this.pursuit) return;
		this.#receipt = canceledReceipt(this.#receipt, 'flow', this.now(), verdict);
	}

	/** Cancels the run, which has been marked. */
	cancel(verdict?: CancelVerdict): void {
		this.pursuit?.cancel('flow', verdict);
		this.#interrupt();
		this.show();
		runsChanged().call();
	}

	/** Stops the run: its message leaves by no node of this process. */
	stop(how: 'cancel' | 'leave'): void {
		if (this.stopped) return;
		this.stopped = how;
		this.#hadEnded = this.end !== undefined || this.state === 'fetching';
		this.#interrupt();
		this.#stopping?.abort();
		instanceOf(this.nodeId)?.board.drop(this);
	}

	/**
	 * Resolves once the run may submit: its node is there, and no deploy is in progress.
	 * @throws if the run is stopped or canceled
	 */
	async untilMayGo(): Promise<void> {
		await untilPresent(this.nodeId, this.instance.lifecycle, this.interruption);
	}

	/** Ends the run for its users. */
	finish(end: End): void {
		this.end = end;
		if (this.kind === 'submit' || this.stopped) return this.#close();
		if (end.error === undefined) return this.tell('succeeded');
		const { code, message } = toNodeError(end.error);
		this.tell(code, message);
	}

	/** Ends a stopped run in the sidebar. */
	tellStopped(): void {
		const { fate, end } = this;
		if (fate === undefined) {
			const { code, message } = toNodeError(end?.error ?? notSubmitted(this.receipt.ids));
			return this.tell(code === 'aborted' ? 'submit_unconfirmed' : code, message);
		}
		const { request, code, fact, advice } = FATES[fate];
		const isLost = request !== 'ended' && fate !== 'goes_on';
		this.tell(code, isLost ? `The request ${fact}. ${advice}` : undefined);
	}

	/** Shows the end of the run in the sidebar. */
	tell(outcome: string, reason?: string): void {
		this.#close();
		this.shown = compact({
			...this.shown,
			queuePosition: undefined,
			endedAt: Date.now(),
			outcome,
			reason: reason?.slice(0, REASON_LENGTH) || undefined,
		});
		endedRuns().unshift(this.view);
		endedRuns().splice(MOST_ENDED);
		runsChanged().call();
	}

	/** A burst of messages leaves the event loop something for others. A message that names a request is stored first. */
	async turn(): Promise<void> {
		if (this.submits) await turns()();
	}

	onFacts(facts: MessageFacts): void {
		this.note(outputFacts(facts));
	}

	onFetching(): void {
		this.enter('fetching');
	}

	/** The current time by the host's clock or, before the host is known, by the system clock. */
	now(): number {
		return this.action ? this.action.connection.client.host.now() : Date.now();
	}

	#interrupt(): void {
		const reason = notSubmitted(this.receipt.ids);
		this.place?.giveUp(reason);
		this.#interruption?.abort(reason);
	}

	#close(): void {
		this.state = 'ended';
		this.#feed?.close();
	}
}

/** Within this many milliseconds, and the time for its upload, RunComfy should have answered a submit. */
const ANSWER_MS = 150_000;

/** In bytes per millisecond. */
const SLOWEST_UPLOAD = 125;

/** About how many characters of JSON an input takes, as far as its texts decide. */
function lengthOf(value: unknown): number {
	if (typeof value === 'string') return value.length;
	if (typeof value !== 'object' || value === null) return 0;
	return Object.values(value).reduce((sum: number, one) => sum + lengthOf(one), 0);
}
