import {
	attach,
	cancelBestEffort,
	RunComfyError,
	type Notes,
	type RequestRef,
	type RunOptions,
	type RunResult,
} from '../../../core/index.js';
import type { Action } from '../node/action.cjs';
import type { Journal } from '../journal/journal.cjs';
import type { StopMode } from '../node/jobs.cjs';
import type { OutputOptions } from '../outputs/outputs.cjs';
import { SUPERSEDED_HINT, type RunControl } from './runs.cjs';
import { showProgress } from '../node/status.cjs';

/** What of a run is settled before its submit, and holds after a restart, too. Plain data. */
export interface Plan extends Notes {
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

/** Milliseconds in which a request whose cancel was accepted should have ended. */
const CANCEL_PATIENCE_MS = 60_000;

/**
 * The result of `wait`, or, once a flow cancels the run, what becomes of the request then: it may
 * have ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
export async function orCanceled(
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
		const code = late ? 'run_canceled' : thrown.code;
		throw new RunComfyError(
			code,
			late
				? 'RunComfy accepted the cancel, but has not said that the request has ended'
				: thrown.message,
			{
				...thrown.toJSON(),
				...(superseded && code === 'run_canceled' ? { hint: SUPERSEDED_HINT } : {}),
				details: { ...thrown.details, ...(superseded ? { superseded } : {}), cancel: answer },
			},
		);
	}
}

export function waitOptions(
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
