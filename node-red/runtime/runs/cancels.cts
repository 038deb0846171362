import type { NodeMessageInFlow } from 'node-red';
import type { CancelAnswer } from '../../../core/index.js';
import { invalidInput } from '../errors.cjs';
import { type Run, runs, topicOf } from './runs.cjs';
import { isCancelable } from './state.cjs';

/** Those of them that have something to cancel. */
export function cancelable(of: readonly Run[]): Run[] {
	return of.filter(({ state }) => isCancelable(state));
}

/** Tells the run of a request, on whatever tab, that RunComfy was asked to cancel it. */
export function noteCancel(answer: CancelAnswer): void {
	for (const run of cancelable(runs.all())) {
		if (run.state.ref?.requestId !== answer.request_id) continue;
		run.apply({ is: 'cancelAnswered', verdict: answer.status });
		run.cancel('flow');
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
export function cancelRuns(nodeId: string, msg: NodeMessageInFlow): undefined {
	for (const run of cancelable(runs.of(nodeId)).filter(choiceOf(msg))) run.cancel('flow');
}

function choiceOf(msg: NodeMessageInFlow): (run: Run) => boolean {
	const { cancel, requestId } = msg as Record<string, unknown>;
	switch (String(cancel)) {
		case 'true':
			return ({ state }) => requestId === undefined || state.ref?.requestId === requestId;
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
	for (const run of cancelable(runs.of(nodeId))) {
		if (run.topic === topic && run.state.canceledBy !== 'newer') run.cancel('newer');
	}
}
