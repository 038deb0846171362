import {
	attach,
	cancelBestEffort,
	type Notes,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type RunOptions,
	type RunResult,
} from '../../../core/index.js';
import { showProgress } from '../node/status.cjs';
import type { OutputOptions } from '../outputs/outputs.cjs';
import { notSubmitted, type RunAction, supersededFacts } from './runs.cjs';
import { type CancelVerdict, wantsCancel } from './state.cjs';

/** What of a run is settled before its submit, and holds after a restart, too. Plain data. */
export interface Plan extends Notes {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** Milliseconds in which a request whose cancel was accepted should have ended. */
const CANCEL_PATIENCE_MS = 60_000;

/**
 * The result of `wait`, or, once a flow cancels the run, what becomes of the request then: it may
 * have ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
export async function orCanceled(
	action: RunAction,
	plan: Plan,
	wait: () => Promise<RunResult>,
): Promise<RunResult> {
	const { run, signal } = action;
	try {
		return await wait();
	} catch (error) {
		const interrupted = error instanceof RunComfyError && error.code === 'aborted';
		const { canceledBy, ref } = run.state;
		if (!interrupted || canceledBy === undefined || signal.aborted) throw error;
		if (ref === undefined) {
			throw requestOutcome(error).request === 'unknown' ? error : notSubmitted(run.state);
		}
		return await afterCancel(action, plan, ref);
	} finally {
		run.apply({ is: 'settled' });
	}
}

async function afterCancel(action: RunAction, plan: Plan, ref: RequestRef): Promise<RunResult> {
	const { run, connection } = action;
	const { client } = connection;
	const verdict = run.state.cancelVerdict ?? (await cancelBestEffort(client, ref)) ?? 'no answer';
	run.apply({ is: 'cancelAnswered', verdict });
	const accepted = verdict === 'cancellation_requested';
	try {
		return await attach(client, ref, {
			...waitOptions(action, plan),
			...(accepted ? { timeoutMs: CANCEL_PATIENCE_MS, cancelOnTimeout: false } : {}),
		});
	} catch (thrown) {
		throw thrown instanceof RunComfyError ? canceledError(action, thrown, verdict) : thrown;
	}
}

/** What a run that was canceled ended with. */
function canceledError(
	{ run }: RunAction,
	error: RunComfyError,
	verdict: CancelVerdict,
): RunComfyError {
	const late = verdict === 'cancellation_requested' && error.code === 'timed_out';
	const code = late ? 'run_canceled' : error.code;
	const { hint, details } = supersededFacts(run.state);
	return new RunComfyError(code, late ? NOT_SEEN_TO_END : error.message, {
		...error.toJSON(),
		...(hint !== undefined && code === 'run_canceled' ? { hint } : {}),
		details: { ...error.details, ...details, cancel: verdict },
	});
}

const NOT_SEEN_TO_END = 'RunComfy accepted the cancel, but has not said that the request has ended';

export function waitOptions(
	{ connection, show, signal, run, facts }: RunAction,
	{ timeoutMs, cancelOnTimeout }: Plan,
): Omit<RunOptions, 'onSubmitted'> {
	const showPhase = showProgress(show);
	return {
		timeoutMs,
		cancelOnTimeout,
		signal,
		cancelOnAbort: () => wantsCancel(run.state),
		onCancel: (_ref, answer) => run.apply({ is: 'cancelAnswered', verdict: answer ?? 'no answer' }),
		runTimes: connection.runTimes,
		othersWait: () => connection.limiter.isFull(),
		onProgress: (progress) => {
			facts.noteProgress(progress);
			showPhase(progress);
		},
	};
}
