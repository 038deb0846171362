import { isFinished, type RequestState, type ResultState } from './state';

/**
 * What status calls have shown about a request. Plain data. A host stores the times as milliseconds since the epoch;
 * a watch uses the host's monotonic clock.
 */
export interface Observed {
	/** When the request was last seen in the queue. */
	queuedAt?: number;
	/** When the request was first seen in progress after that. */
	runningAt?: number;
	/** When the last status call was made. */
	polledAt?: number;
	/** Number of status calls. */
	polls: number;
	/** The state that the last status call returned. */
	state?: RequestState;
	/** When the request was last seen queued or in progress. */
	underWayAt?: number;
	/** The state of the result, once it was read. */
	result?: ResultState;
}

/** Adds a status call to what is known about a request. */
export function addPoll(seen: Observed | undefined, status: RequestState, now: number): Observed {
	const polls = (seen?.polls ?? 0) + 1;
	const last = { polledAt: now, polls, state: status };
	if (status === 'in_queue') return { queuedAt: now, underWayAt: now, ...last };
	const underWay = status === 'in_progress' ? { underWayAt: now } : {};
	const runningAt = seen?.runningAt ?? now;
	return { ...seen, ...(isFinished(status) ? {} : { runningAt }), ...underWay, ...last };
}

/** Adds the state of the result to what is known about a request. */
export function addResult(seen: Observed | undefined, result: ResultState): Observed {
	return { polls: 0, ...seen, result };
}
