import type { NodeMessageInFlow } from 'node-red';
import { type CancelStatus, type CancelVerdict, idsOf, requestIn } from '../../../core';
import { invalidInput } from '../errors';
import type { Action } from '../node/action';
import { runsChanged, runsOn } from './record';
import { cancelRuns, goingRuns, type Run } from './run';

/** The runs that can be canceled, of one node or of all nodes. */
function cancelable(nodeId?: string): Run[] {
	const runs = [...goingRuns().values()].filter((run) => run.isCancelable);
	return nodeId === undefined ? runs : runs.filter(({ work }) => work.nodeId === nodeId);
}

/** Tells the run of a request, on any tab, that RunComfy was asked to cancel the request. */
export function noteCancel(requestId: string, verdict: CancelStatus): void {
	const runs = cancelable().filter((run) => run.requestId === requestId);
	void cancelRuns(runs, { by: 'flow', verdict });
}

/** Whether a message cancels runs instead of starting a new run. */
export function asksForCancel(msg: NodeMessageInFlow): boolean {
	const { cancel } = msg as { cancel?: unknown };
	return cancel !== undefined && cancel !== false && cancel !== null && cancel !== '';
}

/**
 * Cancels the runs of a node that a message selects with `msg.cancel`. `true`: the run of `msg.requestId`, or all
 * runs if there is no `msg.requestId`. `"all"`: all runs. `"topic"`: the runs with `msg.topic`. Resolves once the next
 * process knows of the cancel, too.
 * @throws RunComfyError `invalid_input`
 */
export function cancelRunsOfNode(nodeId: string, msg: NodeMessageInFlow): Promise<void> {
	return cancelRuns(cancelable(nodeId).filter(selectorOf(msg)), { by: 'flow' });
}

function selectorOf(msg: NodeMessageInFlow): (run: Run) => boolean {
	const { cancel, requestId } = msg as Record<string, unknown>;
	switch (String(cancel)) {
		case 'true':
			return (run) => requestId === undefined || run.requestId === requestId;
		case 'all':
			return () => true;
		case 'topic':
			return withTopicOf(msg);
		default:
			throw invalidInput(
				'msg.cancel must be true, "all" or "topic"',
				'Set msg.cancel to true (with msg.requestId for one request), "all" or "topic", or delete it.',
			);
	}
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
 * Cancels the selected runs, and waits until each run has ended or is known to go on.
 * @throws RunComfyError `invalid_input` if neither the message nor the node selects runs
 */
export async function cancelAndReport(
	action: Action,
	selection: Selection,
): Promise<CancelReport[]> {
	const choose = selection === 'all' ? () => true : withTopicOf(action.msg);
	const chosen = cancelable().filter(isOwn).filter(choose);
	await cancelRuns(chosen, { by: 'flow' });
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
			if (!run.work.end && !run.noted.endedAt && !runsOn(run.receipt)) return false;
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
	const { work, topic, receipt } = run;
	const { verdict } = receipt.cancel ?? {};
	const ref = requestIn(receipt.ids);
	return {
		node_id: work.nodeId,
		// An object would be shared with the run's message.
		...(topic === undefined || typeof topic === 'object' ? {} : { topic }),
		...(ref === undefined ? {} : idsOf(ref)),
		...(verdict === undefined ? {} : { cancel: verdict }),
		...endOf(run),
	};
}

function endOf({ noted, receipt }: Run): Pick<CancelReport, 'outcome' | 'code'> {
	const { outcome: code } = noted;
	if (code === undefined) return { outcome: runsOn(receipt) ? 'runs_on' : 'unknown' };
	if (code === 'succeeded') return { outcome: 'finished' };
	if (code === 'run_canceled') {
		return { outcome: requestIn(receipt.ids) === undefined ? 'not_submitted' : 'canceled' };
	}
	return { outcome: code === 'aborted' ? 'unknown' : 'failed', code };
}
