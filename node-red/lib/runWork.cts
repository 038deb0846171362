import { randomUUID } from 'node:crypto';
import {
	attach,
	cancelBestEffort,
	run,
	RunComfyError,
	type RequestRef,
	type RunOptions,
	type RunResult,
	type SubmitInput,
} from '../../core/index.js';
import { tokenOf, type Action, type Answer } from './action.cjs';
import { whileAwaiting, type Awaiting } from './awaited.cjs';
import type { Journal, JournalEntry } from './journal.cjs';
import type { StopMode } from './jobs.cjs';
import { keepsake } from './keepsake.cjs';
import { answerWithOutputs, readOutputOptions, type OutputOptions } from './outputs.cjs';
import type { RunControl } from './runs.cjs';
import { showProgress } from './status.cjs';
import { readSubmission, type Notes } from './submission.cjs';
import { readWaiting } from './waiting.cjs';

/** What of a run is settled before its submit, and holds after a restart, too. Plain data. */
interface Plan extends Notes {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** How one run is kept and stopped. */
export interface Keeping {
	/** Its name in the journal. */
	readonly id: string;
	readonly journal: Journal | undefined;
	/** How it was stopped, if it was. */
	readonly stopped: () => StopMode | undefined;
	readonly control: RunControl;
}

export const newRunId = (): string => randomUUID();

/** Submits, waits and delivers. */
export async function runNew(action: Action, keeping: Keeping): Promise<Answer> {
	const { connection, fields, inputs, show, signal } = action;
	// Everything is read before anything is paid for.
	const { input, notes, workflow } = await readSubmission(action);
	const output = await readOutputOptions(action);
	const { timeoutMs, cancelOnTimeout } = await readWaiting(inputs, fields);
	const plan: Plan = { output, timeoutMs, cancelOnTimeout, ...notes };
	const { control, journal, id } = keeping;
	control.facts.note({ deploymentId: input.deploymentId });
	const either = AbortSignal.any([signal, control.canceled]);
	const submitAndWait = ({ wake, known }: Awaiting) => {
		journal?.submitting(newEntry(action, keeping, input, plan));
		return run(connection.client, input, {
			...waitOptions(action, keeping, plan),
			signal: either,
			wake,
			workflow,
			onSubmitted: ({ request_id: requestId, deployment_id: deploymentId }) => {
				const submittedAt = connection.client.host.now();
				journal?.accepted(id, requestId, submittedAt);
				control.facts.note({ submittedAt, state: 'in_queue' });
				control.ref = { requestId, deploymentId };
				known(requestId);
				action.know(control.ref);
			},
		});
	};
	const result = await connection.limiter.run(
		() =>
			whileAwaiting({ deploymentId: input.deploymentId }, (awaiting) =>
				orCanceled(action, keeping, plan, () => submitAndWait(awaiting)),
			),
		{ signal: either, onWait: () => show('waiting'), queue: connection.scheduling },
	);
	const ref = { deploymentId: result.deployment_id, requestId: result.request_id };
	return answerWithOutputs(action, ref, result, output, plan);
}

/** Waits for what an earlier process submitted, and delivers. */
export async function runAgain(
	action: Action,
	keeping: Keeping,
	entry: JournalEntry,
): Promise<Answer> {
	const { connection } = action;
	const { deploymentId, requestId, at } = entry;
	const plan = entry.plan as unknown as Plan;
	if (requestId === undefined) {
		throw new RunComfyError(
			'submit_unconfirmed',
			'Whether RunComfy accepted the request is not known: Node-RED ended during the submit',
			{ deploymentId },
		);
	}
	const ref = { deploymentId, requestId };
	const { control } = keeping;
	control.ref = ref;
	control.facts.note({ ...ref, submittedAt: at, state: 'in_queue' });
	const wait = ({ wake }: Awaiting) =>
		attach(connection.client, ref, {
			...waitOptions(action, keeping, plan),
			wake,
			signal: AbortSignal.any([action.signal, control.canceled]),
			submittedAt: at,
		});
	const result = await whileAwaiting(ref, (awaiting) =>
		connection.limiter.join(() => orCanceled(action, keeping, plan, () => wait(awaiting))),
	);
	const answer = await answerWithOutputs(action, ref, result, plan.output, plan);
	return { ...answer, runcomfy: { ...answer.runcomfy, resumed: true } };
}

/** Milliseconds in which a request whose cancel was accepted should have ended. */
const CANCEL_PATIENCE_MS = 60_000;

/**
 * The result of `wait`, or, once a flow cancels the run, what becomes of the request then: it may
 * have ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
async function orCanceled(
	action: Action,
	keeping: Keeping,
	plan: Plan,
	wait: () => Promise<RunResult>,
): Promise<RunResult> {
	const { control } = keeping;
	try {
		return await wait();
	} catch (error) {
		const { ref, canceled } = control;
		const interrupted = error instanceof RunComfyError && error.code === 'aborted';
		if (!interrupted || !canceled.aborted || action.signal.aborted) throw error;
		if (ref === undefined) throw error.details?.['submit'] ? error : canceled.reason;
		return await afterCancel(action, keeping, plan, ref);
	} finally {
		control.over = true;
	}
}

async function afterCancel(
	action: Action,
	keeping: Keeping,
	plan: Plan,
	ref: RequestRef,
): Promise<RunResult> {
	const { client } = action.connection;
	const { control } = keeping;
	if (control.answer === undefined) {
		control.noteAnswer((await cancelBestEffort(client, ref)) ?? 'no answer', ref.requestId);
	}
	const { superseded, answer } = control;
	const accepted = answer === 'cancellation_requested';
	try {
		return await attach(client, ref, {
			...waitOptions(action, keeping, plan),
			...(accepted ? { timeoutMs: CANCEL_PATIENCE_MS, cancelOnTimeout: false } : {}),
		});
	} catch (thrown) {
		if (!(thrown instanceof RunComfyError)) throw thrown;
		const late = accepted && thrown.code === 'timed_out';
		throw new RunComfyError(
			late ? 'run_canceled' : thrown.code,
			late
				? 'RunComfy accepted the cancel, but has not said that the request has ended'
				: thrown.message,
			{
				...thrown.toJSON(),
				details: { ...thrown.details, ...(superseded ? { superseded } : {}), cancel: answer },
			},
		);
	}
}

function waitOptions(
	{ connection, show, signal }: Action,
	{ stopped, control }: Keeping,
	{ timeoutMs, cancelOnTimeout }: Plan,
): Omit<RunOptions, 'onSubmitted'> {
	const showPhase = showProgress(show);
	return {
		timeoutMs,
		cancelOnTimeout,
		signal,
		cancelOnAbort: () =>
			stopped() === 'cancel' || (control.canceled.aborted && control.answer === undefined),
		onCancel: ({ requestId }, answer) => control.noteAnswer(answer ?? 'no answer', requestId),
		runTimes: connection.runTimes,
		onProgress: (progress) => {
			control.facts.noteProgress(progress);
			showPhase(progress);
		},
	};
}

function newEntry(
	{ RED, node, fields, msg, connection }: Action,
	{ id }: Keeping,
	{ deploymentId }: SubmitInput,
	plan: Plan,
): JournalEntry {
	return {
		job: id,
		nodeId: node.id,
		at: connection.client.host.now(),
		deploymentId,
		msg: keepsake(msg, tokenOf(RED, fields['config'])),
		plan: { ...plan },
	};
}
