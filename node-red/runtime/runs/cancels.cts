import type { NodeMessageInFlow } from 'node-red';
import type { CancelAnswer } from '../../../core/index.js';
import { invalidInput } from '../errors.cjs';
import { allRuns, runsOf, topicOf, type Run } from './runs.cjs';

/** Whether there is something to cancel in a run. */
export function goesOn({ ended, control, job }: Run): boolean {
	return !ended && !control.over && job.stopped === undefined;
}

/** Tells the run of a request, on whatever tab, that RunComfy was asked to cancel it. */
export function noteCancel(answer: CancelAnswer): void {
	for (const { control } of allRuns().filter(goesOn)) {
		if (control.ref?.requestId !== answer.request_id) continue;
		control.noteAnswer(answer.status, answer.request_id);
		control.cancel();
	}
}

/** Whether a message wants runs canceled instead of a new one. */
export function asksForCancel(msg: NodeMessageInFlow): boolean {
	const { cancel } = msg as { cancel?: unknown };
	return cancel !== undefined && cancel !== false && cancel !== null && cancel !== '';
}

/**
 * Cancels the runs of a node that a message chooses: `msg.cancel` is `true` for the one of
 * `msg.requestId`, or all where that is absent; `"all"`; or `"topic"` for those of `msg.topic`.
 * @throws RunComfyError `invalid_input`
 */
export async function cancelRuns(nodeId: string, msg: NodeMessageInFlow): Promise<undefined> {
	const chosen = choiceOf(msg);
	for (const run of runsOf(nodeId)) if (goesOn(run) && chosen(run)) run.control.cancel();
	return undefined;
}

function choiceOf(msg: NodeMessageInFlow): (run: Run) => boolean {
	const { cancel, requestId } = msg as Record<string, unknown>;
	switch (String(cancel)) {
		case 'true':
			return ({ control }) => requestId === undefined || control.ref?.requestId === requestId;
		case 'all':
			return () => true;
		case 'topic':
			return withTopicOf(msg);
		default:
			throw invalidInput(
				'msg.cancel is none of true, "all" and "topic"',
				'Set msg.cancel to true (with msg.requestId for one request), "all" or "topic", or delete it.',
			);
	}
}

/** @throws RunComfyError `invalid_input` without a topic: that would be every run that has none */
export function withTopicOf(msg: NodeMessageInFlow): (run: Run) => boolean {
	const topic = topicOf(msg);
	if (topic !== undefined && topic !== '') return (run) => run.topic === topic;
	throw invalidInput(
		'The message has no topic, by which runs were to be canceled',
		'Set msg.topic to that of the runs, or choose other runs to cancel.',
	);
}

/** Cancels what a newer message of the same node and topic replaces. */
export function supersede(nodeId: string, msg: NodeMessageInFlow): void {
	const topic = topicOf(msg);
	if (topic === undefined || topic === '') return;
	for (const run of runsOf(nodeId).filter(goesOn)) {
		const { control } = run;
		if (control.superseded || run.topic !== topic) continue;
		control.superseded = true;
		control.cancel();
	}
}
