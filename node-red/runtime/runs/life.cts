import {
	assign,
	attach,
	cancelBestEffort,
	type Notes,
	requestOutcome,
	type RequestRef,
	run as submitAndWatch,
	RunComfyError,
	type RunOptions,
	type RunResult,
	type SubmitAnswer,
	type SubmitInput,
	type WorkflowApiJson,
} from '../../../core/index.js';
import type { EnterOptions } from '../account/limiter.cjs';
import { readWaiting } from '../inputs/inputs.cjs';
import { keepInput, restoreInput } from '../inputs/keptInput.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import type { KeptInput } from '../journal/journalLines.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action, Answer } from '../node/action.cjs';
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
} from './kept.cjs';
import { isAnswerLate, isUnknown, waitForLate } from './lateAnswer.cjs';
import { aboutOf, progressChanges, refOf, wantsCancel } from './record.cjs';
import { notSubmitted, type Run, supersededFacts } from './run.cjs';

/** How a run begins: by a message, by what an earlier process left, or by what an ended run submitted. */
export type Origin = 'new' | { resumed: JournalEntry } | { rerun: KeptRun };

/** What a run does once it is read: submit, or watch what was submitted before. */
type Task = ToSubmit | ToWatch;

interface ToSubmit {
	is: 'submit';
	plan: Plan;
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
	plan: Plan;
	ref: RequestRef;
	/** Milliseconds since the epoch. */
	submittedAt: number;
}

/** The life of a run: it is read, waits for its turn, is submitted and watched, and gives its answer. */
export async function live(run: Run, action: Action, origin: Origin): Promise<Answer> {
	const { limiter } = action.connection;
	const task = await readTask(run, action, origin);
	const result = await (task.is === 'watch'
		? limiter.join(() => watch(run, action, task))
		: limiter
				.run(() => submit(run, action, task), turnOptions(run, action, task))
				.catch((error: unknown) => keepUnsubmitted(run, action, task, error)));
	const ref = { deploymentId: result.deployment_id, requestId: result.request_id };
	return answerWithOutputs(action, ref, result, task.plan.output, task.plan);
}

async function readTask(run: Run, action: Action, origin: Origin): Promise<Task> {
	if (origin === 'new') return readMessage(run, action);
	if ('rerun' in origin) return readKept(run, action, origin.rerun);
	const { waiting } = origin.resumed;
	if (waiting === undefined) return readSubmitted(run, origin.resumed);
	return waiting.unread ? readMessage(run, action) : readUnsubmitted(run, action, origin.resumed);
}

/** Reads everything before anything is paid for. */
async function readMessage(run: Run, action: Action): Promise<ToSubmit> {
	const { fields, inputs, secrets } = action;
	const output = await readOutputOptions(action);
	const { timeoutMs, cancelOnTimeout } = await readWaiting(inputs, fields);
	const planWith = (notes: Notes): Plan => ({ output, timeoutMs, cancelOnTimeout, ...notes });
	const msg = keptMessage(action.msg, secrets);
	// For a process that ends while RunComfy is asked.
	const { input, notes, workflow } = await readSubmission(action, (deploymentId, unchecked) => {
		const draft = unchecked?.input;
		const plan = planWith(unchecked?.notes ?? { warnings: [] });
		const waiting = { input: draft && keepInput(draft, action, secrets) };
		run.actor.journal?.waiting(entryOf(run, action, { deploymentId, msg, plan, waiting }), false);
	});
	const kept = keepInput(input, action, secrets);
	return { is: 'submit', input, kept, workflow, msg, plan: planWith(notes) };
}

/** @throws RunComfyError `aborted` if the node does not have all of it any more */
async function readKept(
	run: Run,
	action: Action,
	{ deploymentId, input: kept, plan }: KeptRun,
): Promise<ToSubmit> {
	run.note({ deploymentId });
	const input = await restoreInput(kept, action);
	if (input === undefined) {
		throw new RunComfyError('aborted', 'The node has been changed since that run', {
			...{ deploymentId, hint: 'Nothing was submitted. Send a message instead.' },
		});
	}
	const msg = keptMessage(action.msg, action.secrets);
	return { is: 'submit', input, kept, workflow: input.workflowApiJson, msg, plan };
}

/** @throws RunComfyError `aborted` if what was to be submitted could not be kept */
async function readUnsubmitted(run: Run, action: Action, entry: JournalEntry): Promise<ToSubmit> {
	const { deploymentId, msg, waiting } = entry;
	run.note({ deploymentId: deploymentId || undefined });
	const input = await keptInputOf(entry, action);
	const plan = entry.plan as unknown as Plan;
	const workflow = input.workflowApiJson;
	return { is: 'submit', input, kept: waiting?.input, workflow, msg, plan, admitted: true };
}

/** @throws RunComfyError `submit_unconfirmed` if the earlier process ended during the submit */
function readSubmitted(run: Run, { deploymentId, requestId, at, plan }: JournalEntry): ToWatch {
	if (requestId === undefined) throw endedDuringSubmit(deploymentId);
	const ref = { deploymentId, requestId };
	run.enter({ ...ref, state: 'in_queue', submittedAt: at });
	return { is: 'watch', ref, submittedAt: at, plan: plan as unknown as Plan };
}

function turnOptions(run: Run, action: Action, task: ToSubmit): EnterOptions {
	const { input, kept, msg, plan, admitted } = task;
	const { deploymentId } = input;
	run.note({ deploymentId, about: aboutOf(input.overrides) });
	if (kept) keepForRerun(run.id, { nodeId: run.nodeId, deploymentId, input: kept, msg, plan });
	const onWait = () => {
		if (!admitted) keepWaiting(run, action, task);
		run.enter({ state: 'waiting' });
	};
	const queue = admitted ? {} : { queue: action.connection.scheduling };
	return { signal: run.interrupted, onWait, ...queue };
}

function keepWaiting(run: Run, action: Action, { input, kept, msg, plan }: ToSubmit): void {
	const { deploymentId } = input;
	const entry = entryOf(run, action, { deploymentId, msg, plan, waiting: { input: kept } });
	run.actor.journal?.waiting(entry, true);
}

/** Leaves what was not submitted when Node-RED stops to the next start, which also says why it cannot be. */
function keepUnsubmitted(run: Run, action: Action, task: ToSubmit, error: unknown): never {
	const { canceledBy, stopped, requestId } = run.record;
	const unsubmitted = requestId === undefined && !isUnknown(error);
	if (stopped === 'leave' && unsubmitted && canceledBy === undefined)
		keepWaiting(run, action, task);
	throw error;
}

/** Submits, and watches until the end. */
function submit(run: Run, action: Action, { input, workflow, msg, plan }: ToSubmit) {
	const { client } = action.connection;
	const { journal } = run.actor;
	const { deploymentId } = input;
	// It may have waited for its turn.
	run.enter({ state: 'submitting' });
	return whileAwaiting({ deploymentId }, ({ wake, known }) =>
		unlessCanceled(run, action, plan, async () => {
			await journal?.submitting(entryOf(run, action, { deploymentId, msg, plan }));
			let arrived = () => undefined as void;
			const answered = new Promise<void>((resolve) => {
				arrived = resolve;
			});
			const onSubmitted = (answer: SubmitAnswer) => {
				const ref = { requestId: answer.request_id, deploymentId: answer.deployment_id };
				journal?.accepted(run.id, ref.requestId, client.host.now());
				arrived();
				known(ref.requestId);
				action.know(ref);
				run.enter({ ...ref, state: 'in_queue', submittedAt: client.host.now(), seenQueued: true });
			};
			const options = assign(watchOptions(run, action, plan), {
				...{ signal: run.interrupted, wake, workflow, onSubmitted },
			});
			return submitAndWatch(client, input, options).catch(async (error: unknown) => {
				if (isUnknown(error)) forbidRerun(run.id);
				// When the flows start again they resume it by its id, once that has come.
				const late = run.stopped === 'leave' && isAnswerLate(error);
				if (late) await waitForLate(client.host, answered);
				throw error;
			});
		}),
	);
}

/** Watches what was submitted before, until the end. */
function watch(run: Run, action: Action, { ref, submittedAt, plan }: ToWatch) {
	return whileAwaiting(ref, ({ wake }) =>
		unlessCanceled(run, action, plan, () =>
			attach(action.connection.client, ref, {
				...watchOptions(run, action, plan),
				...{ wake, signal: run.interrupted, submittedAt },
			}),
		),
	);
}

function watchOptions(
	run: Run,
	{ connection, signal }: Action,
	{ timeoutMs, cancelOnTimeout }: Plan,
): Omit<RunOptions, 'onSubmitted'> {
	const { limiter, runTimes, client } = connection;
	return {
		...{ timeoutMs, cancelOnTimeout, signal, runTimes },
		cancelOnAbort: () => wantsCancel(run.record),
		onCancel: (_ref, answer) => run.note({ cancelVerdict: answer ?? 'no answer' }),
		othersWait: () => limiter.isFull(),
		onProgress(progress) {
			const changes = progressChanges(run.record, progress, client.host.now());
			if (changes.state) run.enter(changes);
			else run.note(changes);
		},
	};
}

/**
 * The result of `work`, or, if a flow cancels the run, what becomes of the request then: it may have
 * ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
async function unlessCanceled(
	run: Run,
	action: Action,
	plan: Plan,
	work: () => Promise<RunResult>,
): Promise<RunResult> {
	try {
		return await work();
	} catch (error) {
		const interrupted = error instanceof RunComfyError && error.code === 'aborted';
		const wasCanceled = run.record.canceledBy !== undefined && !action.signal.aborted;
		if (!interrupted || !wasCanceled) throw error;
		const ref = refOf(run.record);
		if (ref === undefined) {
			throw requestOutcome(error).request === 'unknown' ? error : notSubmitted(run.record);
		}
		return await endCanceled(run, action, plan, ref);
	} finally {
		run.note({ state: 'fetching' });
	}
}

/** Milliseconds in which a request whose cancel was accepted should have ended. */
const CANCEL_PATIENCE_MS = 60_000;

async function endCanceled(
	run: Run,
	action: Action,
	plan: Plan,
	ref: RequestRef,
): Promise<RunResult> {
	const { client } = action.connection;
	const cancel = run.record.cancelVerdict ?? (await cancelBestEffort(client, ref)) ?? 'no answer';
	run.note({ cancelVerdict: cancel });
	const patience = { timeoutMs: CANCEL_PATIENCE_MS, cancelOnTimeout: false };
	const accepted = cancel === 'cancellation_requested';
	try {
		return await attach(client, ref, {
			...watchOptions(run, action, plan),
			...(accepted ? patience : {}),
		});
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

const NOT_SEEN_TO_END = 'RunComfy accepted the cancel, but has not said that the request has ended';
