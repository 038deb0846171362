import { isFinished, type JobState } from './state';

/** What was seen of one request from here, all in milliseconds since the epoch. */
export interface Seen {
	/** The submit, or the start of watching where that is not known. */
	since: number;
	statusCalls: number;
	/** Status calls that saw it neither queued nor finished. */
	runningPolls: number;
	/** The last moment of which it is known that the run had not begun. */
	lastQueuedAt: number;
	firstRunningAt: number | undefined;
	/** Whether the last look found it at its end. */
	finished: boolean;
}

export function startSeeing(now: number, submittedAt: number | undefined): Seen {
	// A clock that was set back since must not make us wait for that moment to come again.
	const since = Math.min(submittedAt ?? now, now);
	return {
		since,
		statusCalls: 0,
		runningPolls: 0,
		lastQueuedAt: since,
		firstRunningAt: undefined,
		finished: false,
	};
}

export function noteStatus(seen: Seen, status: JobState, now: number): void {
	seen.statusCalls += 1;
	seen.finished = isFinished(status);
	if (status === 'in_queue') {
		seen.lastQueuedAt = now;
		// Back in the queue, for example after its machine was lost: the run begins anew.
		seen.firstRunningAt = undefined;
	} else if (!seen.finished) {
		seen.firstRunningAt ??= now;
		seen.runningPolls += 1;
	}
}

/** Milliseconds in the queue. The run began between two looks: their middle halves the error. */
export function queuedMsOf({ since, lastQueuedAt, firstRunningAt }: Seen): number {
	return (lastQueuedAt + (firstRunningAt ?? lastQueuedAt)) / 2 - since;
}
