import type { NodeMessage } from 'node-red';
import { createChangeFeed } from '../node/changeFeed.cjs';
import { type Phase, type PhaseDetail, STATE_OF_PHASE } from '../node/phase.cjs';
import {
	percentOf,
	type ProgressView,
	textOf,
	type Translate,
	viewProgress,
} from '../node/progress.cjs';
import { MIN_STATUS_GAP_MS } from '../node/status.cjs';
import type { Run } from './runs.cjs';

export interface ProgressFeed {
	show(phase: Phase, detail?: PhaseDetail): void;
	/** No message comes any more. */
	close(): void;
}

/**
 * Small messages about one run: on change only, at most two a second, over all instances of its node.
 */
export function createProgressFeed(
	run: Run,
	translate: Translate,
	emit: (message: NodeMessage) => void,
): ProgressFeed {
	let now: { phase: Phase; detail: PhaseDetail } = { phase: 'requesting', detail: {} };
	const feed = createChangeFeed({
		gapMs: MIN_STATUS_GAP_MS,
		look() {
			const { value, staleInMs } = viewProgress(now.phase, now.detail, Date.now());
			return { value: progressMessage(run, now.phase, value, translate), staleInMs };
		},
		publish: emit,
		last: run.lastProgress,
	});
	return {
		show(phase, detail = {}) {
			now = { phase, detail };
			feed.update();
		},
		close: feed.close,
	};
}

/** A message of its own, since the run's message must not be sent before its end. */
function progressMessage(
	run: Run,
	phase: Phase,
	view: ProgressView,
	translate: Translate,
): NodeMessage {
	const { requestId, deploymentId } = run.facts();
	const state = STATE_OF_PHASE[phase];
	return withoutAbsent({
		_msgid: run.msg._msgid,
		// An object would be shared with the run's message.
		topic: typeof run.topic === 'object' ? undefined : run.topic,
		payload: withoutAbsent({
			state,
			text: textOf(phase, view, translate),
			percent: percentOf(view),
			queue_position: view.queuePosition,
			elapsed_seconds: view.elapsedSeconds,
			estimated_seconds: view.estimatedSeconds,
		}),
		requestId,
		deploymentId,
		status: state,
	});
}

function withoutAbsent(fields: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
