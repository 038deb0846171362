import { compact } from '../json/objects';
import { isFinished, type JobState } from './state';

/** What this process has observed of one request; moments on the host's monotonic clock. */
export interface Observation {
	/** The submit or, if that is not known, the start of the watch. */
	since: number;
	statusCalls: number;
	/** Status calls that found it neither queued nor finished. */
	runningPolls: number;
	/** Last time the run was known not to have started. */
	lastQueuedAt: number;
	firstRunningAt: number | undefined;
	/** Whether the last status call found it finished. */
	finished: boolean;
}

/** What a host has seen of a request, as plain data for it to keep. Milliseconds since the epoch. */
export interface Observed {
	/** Last seen in the queue. */
	queuedAt?: number;
	/** First seen in progress after that. */
	runningAt?: number;
	/** When its status was read last. */
	lookedAt?: number;
	/** Calls of the status endpoint. */
	looks: number;
}

export function addStatusCall(seen: Observed | undefined, status: JobState, now: number): Observed {
	const looks = (seen?.looks ?? 0) + 1;
	if (status === 'in_queue') return { queuedAt: now, lookedAt: now, looks };
	const runningAt = seen?.runningAt ?? now;
	return { ...seen, ...(isFinished(status) ? {} : { runningAt }), lookedAt: now, looks };
}

/** Joins what two observers have seen, one after the other or at the same time. */
export function joinObserved(
	one: Observed | undefined,
	other: Observed | undefined,
): Observed | undefined {
	if (!one || !other) return one ?? other;
	const queued = [one, other].flatMap(({ queuedAt }) => queuedAt ?? []);
	const queuedAt = queued.length > 0 ? Math.max(...queued) : undefined;
	const running = [one, other].flatMap(({ runningAt }) => runningAt ?? []);
	const after = running.filter((at) => at > (queuedAt ?? 0));
	const lookedAt = Math.max(one.lookedAt ?? 0, other.lookedAt ?? 0);
	return {
		...compact({ queuedAt, runningAt: after.length > 0 ? Math.min(...after) : undefined }),
		...(lookedAt > 0 ? { lookedAt } : {}),
		looks: one.looks + other.looks,
	};
}

export function noteStatus(observed: Observation, status: JobState, now: number): void {
	observed.statusCalls += 1;
	observed.finished = isFinished(status);
	if (status === 'in_queue') {
		observed.lastQueuedAt = now;
		// Back in the queue, for example after its machine was lost: the run starts again.
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

/** Milliseconds between the last status call that found it queued and the next one: the run began in between. */
export function uncertainMsOf({ lastQueuedAt, firstRunningAt }: Observation, now: number): number {
	return (firstRunningAt ?? now) - lastQueuedAt;
}
