import {
	attach,
	type AttachOptions,
	cancelBestEffort,
	requestIn,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type RunOptions,
	type RunResult,
} from '../../../core/index.js';
import type { Action, Answer } from '../node/action.cjs';
import { enter, note, notSubmitted, type Run, supersededFacts } from './run.cjs';

/** How a run watches its request; `waitsFrom` is what its timeout counts from. */
export type Watching = Omit<RunOptions, 'onSubmitted'> & Pick<AttachOptions, 'waitsFrom'>;

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
export function superseded(run: Run, action: Action, answer: Answer): RunComfyError {
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
export function isUnknown(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).request === 'unknown';
}

/** Whether a submit that failed may have made a request, and no later answer can tell. */
export function isFinal(error: unknown): boolean {
	return isUnknown(error) && requestOutcome(error as RunComfyError).answerDue !== true;
}
