import { isFinished, type JobState } from './state';

/** What was observed of one request from here; moments on the host's monotonic clock. */
export interface Observation {
	/** The submit, or the start of watching where that is not known. */
	since: number;
	statusCalls: number;
	/** Status calls that found it neither queued nor finished. */
	runningPolls: number;
	/** Last time the run was known not to have started. */
	lastQueuedAt: number;
	firstRunningAt: number | undefined;
	/** Whether it was finished when last looked at. */
	finished: boolean;
}

export function startObserving(now: number, submittedAt: number | undefined): Observation {
	const since = submittedAt ?? now;
	return {
		since,
		statusCalls: 0,
		runningPolls: 0,
		lastQueuedAt: since,
		firstRunningAt: undefined,
		finished: false,
	};
}

export function noteStatus(observed: Observation, status: JobState, now: number): void {
	observed.statusCalls += 1;
	observed.finished = isFinished(status);
	if (status === 'in_queue') {
		observed.lastQueuedAt = now;
		// Back in the queue, for example after its machine was lost: the run begins anew.
		observed.firstRunningAt = undefined;
	} else if (!observed.finished) {
		observed.firstRunningAt ??= now;
		observed.runningPolls += 1;
	}
}

/** Milliseconds in the queue. The run began between two status calls: their middle halves the error. */
export function queuedMsOf({ since, lastQueuedAt, firstRunningAt }: Observation): number {
	return (lastQueuedAt + (firstRunningAt ?? lastQueuedAt)) / 2 - since;
}
