import { Recent } from '../recent';
import { isFinished, type RequestState, type ResultState } from './state';

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
	/** What the last poll found. */
	state?: RequestState;
	/** When it was last seen queued or in progress. */
	underWayAt?: number;
	/** The state of its result, once that was read. */
	result?: ResultState;
}

/** What is known after one more poll. */
export function addPoll(seen: Observed | undefined, status: RequestState, now: number): Observed {
	const polls = (seen?.polls ?? 0) + 1;
	const last = { polledAt: now, polls, state: status };
	if (status === 'in_queue') return { queuedAt: now, underWayAt: now, ...last };
	const underWay = status === 'in_progress' ? { underWayAt: now } : {};
	const runningAt = seen?.runningAt ?? now;
	return { ...seen, ...(isFinished(status) ? {} : { runningAt }), ...underWay, ...last };
}

/** What is known once the result was read. */
export function addResult(seen: Observed | undefined, result: ResultState): Observed {
	return { polls: 0, ...seen, result };
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

const RUNS_KEPT = 5;
const TARGETS_KEPT = 500;

/** How long the last runs of each target took, in milliseconds on the machine. */
export class RunTimes {
	readonly #byId = new Recent<string, number[]>(TARGETS_KEPT);

	/** The median, to say how long this run will take. */
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
 * Milliseconds that a run took on the machine, if that is known well enough. The service's own times span
 * queue and run exactly; the queue's share is what was seen from here.
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
	// It was picked up late, or it was a short run after a long queue: a wrong time is worse than none.
	const tolerance = Math.max(TOLERANCE_MS, 0.2 * ms);
	return ms > 0 && uncertainMs <= tolerance ? ms : undefined;
}

const TOLERANCE_MS = 3_000;
