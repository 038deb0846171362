import { compact } from '../json/objects';
import { isFinished, type JobState } from './state';

/**
 * What was seen of a request. Plain data: a host keeps its times as milliseconds since the epoch, a watch keeps
 * them on the host's monotonic clock.
 */
export interface Observed {
	/** Last seen in the queue. */
	queuedAt?: number;
	/** First seen in progress after that. */
	runningAt?: number;
	/** When it was last polled. */
	polledAt?: number;
	/** How often it was polled. */
	polls: number;
}

/** What is known after one more poll. */
export function addPoll(seen: Observed | undefined, status: JobState, now: number): Observed {
	const polls = (seen?.polls ?? 0) + 1;
	if (status === 'in_queue') return { queuedAt: now, polledAt: now, polls };
	const runningAt = seen?.runningAt ?? now;
	return { ...seen, ...(isFinished(status) ? {} : { runningAt }), polledAt: now, polls };
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
	const polledAt = Math.max(one.polledAt ?? 0, other.polledAt ?? 0);
	return {
		...compact({ queuedAt, runningAt: after.length > 0 ? Math.min(...after) : undefined }),
		...(polledAt > 0 ? { polledAt } : {}),
		polls: one.polls + other.polls,
	};
}

/** Milliseconds in the queue. The run began between two status calls: taking the middle halves the error. */
export function queuedMsOf({ queuedAt, runningAt }: Observed, since: number): number {
	const lastQueuedAt = queuedAt ?? since;
	return (lastQueuedAt + (runningAt ?? lastQueuedAt)) / 2 - since;
}

/** Milliseconds between the last status call that found it queued and the next one: the run began in between. */
export function uncertainMsOf(
	{ queuedAt, runningAt }: Observed,
	since: number,
	now: number,
): number {
	return (runningAt ?? now) - (queuedAt ?? since);
}
