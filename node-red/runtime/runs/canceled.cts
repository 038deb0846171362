import {
	attach,
	cancelBestEffort,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type RunOptions,
	type RunResult,
} from '../../../core/index.js';
import type { Action } from '../node/action.cjs';
import { refOf } from './record.cjs';
import { notSubmitted, type Run, supersededFacts } from './run.cjs';

/** How a run watches its request. */
export type Watching = Omit<RunOptions, 'onSubmitted'>;

/**
 * The result of `work`, or, if a flow cancels the run, what becomes of the request then: it may have
 * ended first.
 * @throws RunComfyError `run_canceled`, with RunComfy's answer as `details.cancel`
 */
export async function unlessCanceled(
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
		const ref = refOf(run.record);
		if (ref === undefined) {
			throw requestOutcome(error).request === 'unknown' ? error : notSubmitted(run.record);
		}
		return await endCanceled(run, action, options, ref);
	} finally {
		run.note({ state: 'fetching' });
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
	run.enter({ cancelVerdict: cancel });
	// How long such runs take says nothing of this end any more: the next look is not put off by it.
	const patience = { timeoutMs: CANCEL_PATIENCE_MS, cancelOnTimeout: false, runTimes: undefined };
	const accepted = cancel === 'cancellation_requested';
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

const NOT_SEEN_TO_END = 'RunComfy accepted the cancel, but has not said that the request has ended';
