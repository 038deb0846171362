import type { NodeMessage } from 'node-red';
import {
	lookOf,
	type ProgressView,
	type Translate,
	writeProgress,
} from '../../contract/states.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import { type ChangeFeed, createChangeFeed } from '../node/changeFeed.cjs';
import { attempt } from '../node/handler.cjs';
import { presentActor, type Work } from '../node/lasting.cjs';
import { percentOf, stateForFlows, translateOf, viewProgress } from '../node/progress.cjs';
import { MIN_STATUS_GAP_MS } from '../node/status.cjs';
import type { RunRecord } from './record.cjs';

/** What a progress message says of a run. */
interface Reported extends Work {
	/** Of the message, as it was when the run began. */
	readonly topic: unknown;
	readonly record: RunRecord;
	feed?: ChangeFeed;
}

/**
 * Small messages about one run, sent by the second output of the present instance of its node, if that has
 * one: on change only, at most two a second. To be called when the run has changed, or another instance of its
 * node is there.
 */
export function updateProgress(run: Reported): void {
	// Thousands of runs may wait, and few nodes want messages.
	if (recipientOf(run)) (run.feed ??= createProgressFeed(run)).update();
}

function createProgressFeed(run: Reported): ChangeFeed {
	const translate = translateOf(run.actor.RED);
	const last = { text: '', at: -Infinity };
	return createChangeFeed({
		gapMs: MIN_STATUS_GAP_MS,
		last,
		look() {
			const { value, staleInMs } = viewProgress(run.shown, Date.now());
			return { value: progressMessage(run, value, translate), staleInMs };
		},
		publish(message: NodeMessage) {
			const node = recipientOf(run);
			if (node) attempt(() => node.send([null, message]));
			else last.text = '';
		},
	});
}

/** The instance that is to send the messages; undefined if there is none, or nobody wants them. */
function recipientOf({ nodeId, stopped }: Reported) {
	const actor = stopped === undefined ? presentActor(nodeId) : undefined;
	const { progress } = (actor?.def ?? {}) as { progress?: unknown };
	return isTrue(progress) ? actor?.node : undefined;
}

/** A message of its own, since the run's message must not be sent before its end. */
function progressMessage(run: Reported, view: ProgressView, translate: Translate): NodeMessage {
	const { requestId, deploymentId, modelId } = run.record;
	const { state, cancel } = run.shown;
	const name = stateForFlows(run.shown);
	return withoutAbsent({
		_msgid: run.msg._msgid,
		// An object would be shared with the run's message.
		topic: typeof run.topic === 'object' ? undefined : run.topic,
		payload: withoutAbsent({
			state: name,
			text: writeProgress(view, lookOf(state, cancel), translate),
			percent: percentOf(view),
			queue_position: view.queuePosition,
			elapsed_seconds: view.elapsedSeconds,
			estimated_seconds: view.estimatedSeconds,
		}),
		requestId,
		deploymentId,
		modelId,
		status: name,
	});
}

function withoutAbsent(fields: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
