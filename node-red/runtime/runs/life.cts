import {
	assign,
	attach,
	attachedReceipt,
	type AttachOptions,
	cancelBestEffort,
	plannedReceipt,
	type Receipt,
	refOf,
	requestIn,
	requestOutcome,
	type RequestRef,
	run as submitAndWatch,
	RunComfyError,
	type RunOptions,
	type RunResult,
	type SubmitAnswer,
	type SubmitInput,
	submittingReceipt,
	type Target,
	type WorkflowApiJson,
} from '../../../core/index.js';
import { readRequestRef, targetOf } from '../inputs/ids.cjs';
import { readWaiting } from '../inputs/inputs.cjs';
import { keepInput, restoreInput } from '../inputs/keptInput.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import { type KeptInput } from '../journal/lines.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { giveBack } from '../node/correlation.cjs';
import { setAtRisk, setSafe } from '../node/lasting.cjs';
import { answerWithOutputs, readOutputOptions } from '../outputs/outputs.cjs';
import { whileAwaiting } from './awaited.cjs';
import {
	endedDuringSubmit,
	entryOf,
	forbidRerun,
	keepForRerun,
	keptInputOf,
	type KeptRun,
	type Plan,
	unreadWait,
} from './kept.cjs';
import { aboutOf, progressChanges, wantsCancel } from './record.cjs';
import { enter, keepWaiting, note, notSubmitted, type Run, supersededFacts } from './run.cjs';

/**
 * How a run begins: by a message that is to be submitted, by what an earlier process left, by what an
 * ended run submitted; or by a request that somebody else has submitted, which a message or what an
 * earlier process left of it names.
 */
export type Origin =
	| 'new'
	| { resumed: JournalEntry }
	| { rerun: KeptRun }
	| { awaits: 'new' | JournalEntry };

/** What a run does once it is read: submit, or watch what was submitted before. */
type Task = ToSubmit | ToWatch;

/** `P` is what the node has settled for the time after the submit. */
export interface ToSubmit<P extends object = Plan> {
	is: 'submit';
	/** Nothing is submitted yet. */
	receipt: Receipt;
	plan: P;
	input: SubmitInput;
	/** The same, for the time after a restart, and for a rerun. */
	kept: KeptInput | undefined;
	/** To name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	/** What is kept of the message. */
	msg: Record<string, unknown>;
	/** Whether an earlier process let it wait: then it keeps its place, however many wait. */
	admitted?: true;
}

interface ToWatch {
	is: 'watch';
	/** Of what the run has submitted, or somebody else. */
	receipt: Receipt;
	plan: Plan;
	ref: RequestRef;
}

/** The life of a run: it is read, waits for its turn, is submitted and watched, and gives its answer. */
export async function live(run: Run, action: Action, origin: Origin): Promise<Answer> {
	const task = await readTask(run, action, origin);
	const result = await perform(run, action, task);
	const { plan, receipt } = task;
	const { output } = plan;
	const answer = await answerWithOutputs(action, refOf(result), result, output, receipt.notes);
	if (run.record.canceledBy === 'newer') throw superseded(run, action, answer);
	return answer;
}

function perform(run: Run, action: Action, task: Task): Promise<RunResult> {
	note(run, namesOf(action, task.is === 'submit' ? task.input : task.ref));
	if (task.is === 'submit') {
		return inTurn(run, action, task);
	}
	const work = () => watch(run, action, task);
	// Of somebody else's request, that one takes the room if it takes any.
	return task.receipt.state === 'attached' ? work() : action.connection.limiter.join(work);
}

/** What is called how, if that was read. */
function namesOf({ connection }: Action, of: Target | RequestRef) {
	const name = connection.cache.nameOf(of);
	if (name === undefined) return {};
	return of.service === 'model' ? { modelName: name } : { deploymentName: name };
}

async function readTask(run: Run, action: Action, origin: Origin): Promise<Task> {
	if (origin === 'new') return readMessage(run, action, await readPlan(action));
	if ('rerun' in origin) return readKept(run, action, origin.rerun);
	if ('awaits' in origin) return readAwaited(run, action, origin.awaits);
	const { waiting } = origin.resumed;
	if (waiting === undefined) return readSubmitted(run, origin.resumed);
	if (waiting.unread) return readMessage(run, action, await readPlan(action));
	return readUnsubmitted(run, action, origin.resumed);
}

/** Reads everything before anything is paid for. */
export async function readMessage<P extends object>(
	run: Run,
	action: Action,
	plan: P,
): Promise<ToSubmit<P>> {
	const { secrets } = action;
	const msg = keptMessage(action.msg, secrets);
	// For a process that ends while RunComfy is asked.
	const { input, notes, workflow } = await readSubmission(action, (target, unchecked) => {
		const draft = unchecked?.input;
		const receipt = plannedReceipt(target, nowOf(action), unchecked?.notes);
		const waiting = { input: draft && keepInput(draft, action, secrets) };
		keepWaiting(run, entryOf(run, action, { receipt, msg, plan, waiting }), false);
	});
	const receipt = plannedReceipt(targetOf(input), nowOf(action), notes);
	const kept = keepInput(input, action, secrets);
	return { is: 'submit', receipt, input, kept, workflow, msg, plan };
}

function nowOf({ connection }: Action): number {
	return connection.client.host.now();
}

/** What becomes of the result, and how long to wait for it. */
async function readPlan(action: Action): Promise<Plan> {
	const output = await readOutputOptions(action);
	return { output, ...(await readWaiting(action.inputs, action.fields)) };
}

/** @throws RunComfyError `aborted` if the node does not have all of it any more */
async function readKept(
	run: Run,
	action: Action,
	{ receipt, input: kept, plan }: KeptRun,
): Promise<ToSubmit> {
	note(run, receipt.ids);
	const input = await restoreInput(kept, action);
	if (input === undefined) {
		throw new RunComfyError('aborted', 'The node has been changed since that run', {
			...receipt.ids,
			hint: 'Nothing was submitted. Send a message instead.',
		});
	}
	const msg = keptMessage(action.msg, action.secrets);
	return { is: 'submit', receipt, input, kept, workflow: input.workflowApiJson, msg, plan };
}

/** @throws RunComfyError `aborted` if what was to be submitted could not be kept */
export async function readUnsubmitted<P extends object = Plan>(
	run: Run,
	action: Action,
	entry: JournalEntry,
): Promise<ToSubmit<P>> {
	const { receipt, msg, waiting } = entry;
	note(run, receipt.ids);
	const input = await keptInputOf(entry, action);
	const plan = entry.plan as P;
	const read = { input, kept: waiting?.input, workflow: input.workflowApiJson };
	return { is: 'submit', receipt, msg, plan, admitted: true, ...read };
}

/** @throws RunComfyError `submit_unconfirmed` if the earlier process ended during the submit */
function readSubmitted(run: Run, entry: JournalEntry): ToWatch {
	const { receipt } = entry;
	const ref = requestIn(receipt.ids);
	if (ref === undefined) throw endedDuringSubmit(entry);
	enter(run, { ...ref, state: 'in_queue', submittedAt: receipt.at });
	return { is: 'watch', ref, receipt, plan: entry.plan as unknown as Plan };
}

/** Reads which request to wait for, and writes it down: the message may be all that knows of it. */
async function readAwaited(run: Run, action: Action, left: 'new' | JournalEntry): Promise<ToWatch> {
	const known = left !== 'new' && !left.waiting && requestIn(left.receipt.ids);
	if (known) {
		note(run, known);
		const { receipt, plan } = left;
		return { is: 'watch', ref: known, receipt, plan: plan as unknown as Plan };
	}
	const { msg, secrets } = action;
	const { journal } = run.actor;
	keepWaiting(run, unreadWait(run.nodeId, { job: run.id, msg, secrets }), false);
	const ref = await readRequestRef(action);
	note(run, ref);
	giveBack(action, ref.requestId);
	const plan = await readPlan(action);
	const receipt = attachedReceipt(ref, nowOf(action));
	await journal.submitting(entryOf(run, action, { receipt, msg: keptMessage(msg, secrets), plan }));
	return { is: 'watch', ref, receipt, plan };
}

/** Lets a run submit in its turn, whatever deploys and stops come between. */
function inTurn(run: Run, action: Action, task: ToSubmit): Promise<RunResult> {
	const { receipt, input, kept, msg, plan, admitted } = task;
	note(run, { ...receipt.ids, about: aboutOf(input) });
	if (kept) keepForRerun(run.id, { nodeId: run.nodeId, receipt, input: kept, msg, plan });
	const steps = stepsOf(run, action, task);
	const onWait = () => {
		if (!admitted) steps.onNotTaken();
		enter(run, { state: 'waiting' });
	};
	const work = () => {
		if (run.atRisk) steps.keep();
		return submit(run, action, task, steps);
	};
	return action.connection.limiter.run(work, { signal: run.interruption.signal, onWait });
}

/** Writes down each step of a submit, before it is taken. */
export function stepsOf(run: Run, action: Action, task: ToSubmit<object>) {
	const { receipt, kept, msg, plan } = task;
	const { journal, lifecycle } = run.actor;
	const { signal } = run.interruption;
	const entry = entryOf(run, action, { receipt, msg, plan, waiting: { input: kept } });
	const onNotTaken = () => keepWaiting(run, entry, true);
	return {
		/** To be called before RunComfy is asked anything. */
		keep: () => keepWaiting(run, entry, false),
		onNotTaken,
		async beforeSubmit() {
			await lifecycle.started(signal);
			if (signal.aborted) return;
			setAtRisk(run);
			enter(run, { state: 'submitting' });
			const sent = submittingReceipt(receipt, nowOf(action));
			await journal.submitting(entryOf(run, action, { receipt: sent, msg, plan }));
		},
		/** To be called with the id of the request, as soon as it is known. */
		accepted(requestId: string) {
			journal.accepted(run.id, requestId, nowOf(action));
			setSafe(run);
		},
		/** To be called with the error of a submit. */
		failed(error: unknown) {
			if (run.atRisk && !signal.aborted && !isUnknown(error)) onNotTaken();
		},
	};
}

type Steps = ReturnType<typeof stepsOf>;

/** Submits, and watches until the end. */
function submit(run: Run, action: Action, task: ToSubmit, steps: Steps) {
	const { receipt, input, workflow, plan } = task;
	const { client } = action.connection;
	const { signal } = run.interruption;
	const { beforeSubmit, onNotTaken } = steps;
	// It may have waited for its turn.
	enter(run, { state: 'submitting' });
	return whileAwaiting({ deploymentId: receipt.ids.deploymentId }, async ({ wake, known }) => {
		await action.connection.refuseLowBalance();
		const onSubmitted = (answer: SubmitAnswer) => {
			const ref = refOf(answer);
			steps.accepted(ref.requestId);
			known(ref.requestId);
			action.know(ref);
			enter(run, { ...ref, state: 'in_queue', submittedAt: nowOf(action), seenQueued: true });
		};
		const watching = assign(watchOptions(run, action, plan), { wake, waitsFrom: nowOf(action) });
		const options = assign(watching, { signal, workflow, beforeSubmit, onNotTaken, onSubmitted });
		return unlessCanceled(run, action, watching, () =>
			submitAndWatch(client, input, options).catch((error: unknown) => {
				if (isUnknown(error)) forbidRerun(run.id);
				steps.failed(error);
				throw error;
			}),
		);
	});
}

/** Watches what was submitted before, until the end. */
function watch(run: Run, action: Action, { ref, receipt, plan }: ToWatch) {
	const { state, at: waitsFrom } = receipt;
	const since = state === 'attached' ? { waitsFrom } : { submittedAt: waitsFrom };
	return whileAwaiting({ deploymentId: '', ...ref }, ({ wake }) => {
		const watching = assign(watchOptions(run, action, plan), { wake, waitsFrom });
		const options = assign(watching, { signal: run.interruption.signal, ...since });
		return unlessCanceled(run, action, watching, () =>
			attach(action.connection.client, ref, options),
		);
	});
}

function watchOptions(
	run: Run,
	{ connection, signal }: Action,
	{ timeoutMs, cancelOnTimeout }: Plan,
): Watching {
	const { runTimes, client } = connection;
	return {
		timeoutMs,
		cancelOnTimeout,
		signal,
		runTimes,
		cancelOnAbort: () => wantsCancel(run.record),
		onCancel: (_ref, answer) => note(run, { cancelVerdict: answer ?? 'no answer' }),
		onProgress(progress) {
			const changes = progressChanges(run.record, progress, client.host.now());
			if (changes.state) enter(run, changes);
			else note(run, changes);
		},
	};
}

/** How a run watches its request; `waitsFrom` is what its timeout counts from. */
type Watching = Omit<RunOptions, 'onSubmitted'> & Pick<AttachOptions, 'waitsFrom'>;

/**
 * The result of `work`, or, if a flow cancels the run, what becomes of the request then: it may have
 * ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
async function unlessCanceled(
	run: Run,
	action: Action,
	options: Watching,
	work: () => Promise<RunResult>,
): Promise<RunResult> {
	try {
		return await work();
	} catch (error) {
		const interrupted = error instanceof RunComfyError && error.code === 'aborted';
		const wasCanceled = run.record.canceledBy !== undefined && !action.signal.aborted;
		if (!interrupted || !wasCanceled) throw error;
		const ref = requestIn(run.record);
		if (ref === undefined) {
			throw requestOutcome(error).request === 'unknown' ? error : notSubmitted(run.record);
		}
		return await endCanceled(run, action, options, ref);
	} finally {
		note(run, { state: 'fetching' });
	}
}

/** Milliseconds in which a request whose cancel was accepted should have ended. */
const CANCEL_PATIENCE_MS = 60_000;

async function endCanceled(
	run: Run,
	action: Action,
	options: Watching,
	ref: RequestRef,
): Promise<RunResult> {
	const { client } = action.connection;
	const cancel = run.record.cancelVerdict ?? (await cancelBestEffort(client, ref)) ?? 'no answer';
	enter(run, { cancelVerdict: cancel });
	const accepted = cancel === 'cancellation_requested';
	const patience = {
		timeoutMs: CANCEL_PATIENCE_MS,
		waitsFrom: undefined,
		cancelOnTimeout: false,
	};
	try {
		return await attach(client, ref, { ...options, ...(accepted ? patience : {}) });
	} catch (error) {
		if (!(error instanceof RunComfyError)) throw error;
		const late = accepted && error.code === 'timed_out';
		const code = late ? 'run_canceled' : error.code;
		const { hint, details } = supersededFacts(run.record);
		throw new RunComfyError(code, late ? NOT_SEEN_TO_END : error.message, {
			...error.toJSON(),
			...(hint !== undefined && code === 'run_canceled' ? { hint } : {}),
			details: { ...error.details, ...details, cancel },
		});
	}
}

/** What becomes of a result that came although a newer message had taken the place of the run's. */
function superseded(run: Run, action: Action, answer: Answer): RunComfyError {
	const { status, runcomfy } = answer;
	action.know({ status, ...(runcomfy ? { runcomfy } : {}) });
	note(run, { finished: true });
	const { details, ...hint } = supersededFacts(run.record);
	const { cancelVerdict: cancel } = run.record;
	return new RunComfyError('run_canceled', SUPERSEDED, {
		...requestIn(run.record),
		...hint,
		details: { ...details, status, ...(cancel ? { cancel } : {}) },
	});
}

const SUPERSEDED = 'The run succeeded, but a newer message with the same topic had come';

const NOT_SEEN_TO_END = 'RunComfy accepted the cancel, but has not said that the request has ended';

/** Whether a submit that failed may have made a request. */
function isUnknown(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).request === 'unknown';
}

/** Whether a submit that failed may have made a request, and no later answer can tell. */
export function isFinal(error: unknown): boolean {
	return isUnknown(error) && requestOutcome(error as RunComfyError).answerDue !== true;
}
