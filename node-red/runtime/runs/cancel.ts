import type { NodeMessageInFlow } from 'node-red';
import {
	type CancelStatus,
	type CancelVerdict,
	idsOf,
	requestIn,
	takingTurns,
	tried,
} from '../../../core';
import { CLOCK } from '../account/host';
import { invalidInput } from '../errors';
import type { Action } from '../node/action';
import { type Run, runs, runsChanged } from './run';

/** Tells the run of a request, on any tab, that RunComfy was asked to cancel the request. */
export function noteCancel(requestId: string, verdict: CancelStatus): void {
	const own = [...runs().values()].filter((run) => run.requestId === requestId);
	void cancelRuns(own.filter(isCancelable), verdict);
}

/**
 * Cancels runs. All of them are marked first: no place that becomes free is for a run that is still to be canceled.
 * @param verdict RunComfy's answer to a cancel that somebody else sent
 */
export async function cancelRuns(chosen: readonly Run[], verdict?: CancelVerdict): Promise<void> {
	for (const run of chosen) run.markCanceled(verdict);
	// Thousands may wait.
	const turn = takingTurns(CLOCK);
	for (const run of chosen) {
		tried(() => run.cancel(verdict));
		await turn();
	}
}

function isCancelable(run: Run): boolean {
	return run.kind !== 'submit' && run.isCancelable;
}

/** @throws RunComfyError `invalid_input` if the message has no topic: it would match every run without a topic */
function withTopicOf(msg: NodeMessageInFlow): (run: Run) => boolean {
	const { topic } = msg;
	if (topic !== undefined && topic !== '') return (run) => run.topic === topic;
	throw invalidInput(
		'The message has no topic that says which runs to cancel',
		'Set msg.topic to the topic of the runs, or choose other runs to cancel.',
	);
}

/** Which runs of this runtime, on any tab, a cancel node cancels. */
export type Selection = 'topic' | 'all';

/** What a cancel node reports about one run that it has canceled. Names the request, unless nothing had been submitted yet. */
export interface CancelReport extends ReturnType<typeof idsOf> {
	node_id: string;
	topic?: unknown;
	/** RunComfy's answer to the cancel. Absent if there was no request to cancel. */
	cancel?: CancelVerdict;
	/**
	 * How the run ended. `runs_on`: RunComfy does not cancel it. `unknown`: it did not end in time, or nobody knows how
	 * it ended.
	 */
	outcome: 'canceled' | 'finished' | 'failed' | 'not_submitted' | 'runs_on' | 'unknown';
	/** The error code of a run that failed. */
	code?: string;
}

/** Milliseconds in which canceled runs should end. Each run allows a minute for its own cancel. */
const PATIENCE_MS = 90_000;

/**
 * Cancels those of the runs that are selected, and waits until each of them has ended or is known to go on.
 * @throws RunComfyError `invalid_input` if the message has no topic that selects runs
 */
export async function cancelAndReport(
	action: Action,
	present: readonly Run[],
	selection: Selection,
): Promise<CancelReport[]> {
	const choose = selection === 'all' ? () => true : withTopicOf(action.msg);
	const chosen = present.filter((run) => isOwn(run) && run.isCancelable && choose(run));
	await cancelRuns(chosen);
	await untilDecided(action, chosen);
	return chosen.map(report);
}

/** Excludes runs of a result node: their requests were submitted elsewhere, so they can be canceled only by request id. */
function isOwn({ kind }: Run): boolean {
	return kind === 'run';
}

async function untilDecided({ connection, signal }: Action, chosen: readonly Run[]): Promise<void> {
	const waiting = new Set(chosen);
	const over = new AbortController();
	const areDecided = () => {
		for (const run of waiting) {
			if (!run.end && !run.runsOn) return false;
			waiting.delete(run);
		}
		return true;
	};
	const stop = () => over.abort();
	runsChanged().until(areDecided, over.signal).then(stop, stop);
	const { host } = connection.client;
	const patience = host.sleep(PATIENCE_MS, AbortSignal.any([signal, over.signal]));
	await patience.catch(() => undefined).finally(stop);
}

function report(run: Run): CancelReport {
	const { nodeId, topic, receipt } = run;
	const { verdict } = receipt.cancel ?? {};
	const ref = requestIn(receipt.ids);
	return {
		node_id: nodeId,
		// An object would be shared with the run's message.
		...(topic === undefined || typeof topic === 'object' ? {} : { topic }),
		...(ref === undefined ? {} : idsOf(ref)),
		...(verdict === undefined ? {} : { cancel: verdict }),
		...endOf(run),
	};
}

function endOf({ shown, runsOn, receipt }: Run): Pick<CancelReport, 'outcome' | 'code'> {
	const { outcome: code } = shown;
	if (code === undefined) return { outcome: runsOn ? 'runs_on' : 'unknown' };
	if (code === 'succeeded') return { outcome: 'finished' };
	if (code === 'run_canceled') {
		return { outcome: requestIn(receipt.ids) === undefined ? 'not_submitted' : 'canceled' };
	}
	return { outcome: code === 'aborted' ? 'unknown' : 'failed', code };
}
