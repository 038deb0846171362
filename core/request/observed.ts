import { Recent } from '../recent';
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

/** Milliseconds in the queue. The run began between two status calls: using the midpoint halves the error. */
export function queuedMsOf({ queuedAt, runningAt }: Observed, since: number): number {
	const lastQueuedAt = queuedAt ?? since;
	return (lastQueuedAt + (runningAt ?? lastQueuedAt)) / 2 - since;
}

/** Milliseconds from the last status call that found the request queued to the next call. The run began in between. */
export function uncertainMsOf(
	{ queuedAt, runningAt }: Observed,
	since: number,
	now: number,
): number {
	return (runningAt ?? now) - (queuedAt ?? since);
}

const RUNS_KEPT = 5;
const TARGETS_KEPT = 500;

/** How many milliseconds the last runs of each target took on the machine. */
export class RunTimes {
	readonly #byId = new Recent<string, number[]>(TARGETS_KEPT);

	/** The median of the target's last runs, to estimate the next one. */
	typical(id: string | undefined): number | undefined {
		const sorted = [...(this.#byId.get(id ?? '') ?? [])].sort((a, b) => a - b);
		return sorted[Math.floor(sorted.length / 2)];
	}

	learn(id: string | undefined, ms: number): void {
		if (!(ms > 0) || id === undefined) return;
		this.#byId.set(id, [...(this.#byId.get(id) ?? []), ms].slice(-RUNS_KEPT));
	}
}

/**
 * Milliseconds that a run took on the machine, or undefined if that is too uncertain. RunComfy's own times cover
 * queue and run exactly; the time in the queue is estimated from status calls.
 */
export function measureRun(
	{
		created_at = '',
		finished_at = '',
	}: { [Time in 'created_at' | 'finished_at']?: string | undefined },
	queuedMs: number,
	uncertainMs: number,
): number | undefined {
	const ms = Date.parse(finished_at) - Date.parse(created_at) - queuedMs;
	// Either polling began late, or a short run followed a long queue: a wrong time is worse than none.
	const tolerance = Math.max(TOLERANCE_MS, 0.2 * ms);
	return ms > 0 && uncertainMs <= tolerance ? ms : undefined;
}

const TOLERANCE_MS = 3_000;
