/** What the delay until the next status call depends on. */
export interface PollingMoment {
	state: 'in_queue' | 'in_progress';
	/** Milliseconds that the request has been in that state, as far as known. */
	elapsedMs: number;
	/** Requests of the account that this process is polling, including this one. */
	inFlight: number;
}

/**
 * The polling schedule of a run in progress. On average, the end of a run is noticed half a step late. That is about
 * two percent of the run's time at most, or less than a second for a short run.
 */
const STEPS = [
	{ untilMs: 30_000, stepMs: 1_500 },
	{ untilMs: 120_000, stepMs: 3_000 },
	{ untilMs: 600_000, stepMs: 5_000 },
	{ untilMs: Infinity, stepMs: 10_000 },
];

/** The first call comes early, so that an immediate failure shows at once. Later steps grow with the time in the queue. */
const QUEUE = { firstMs: 2_000, share: 0.4, minMs: 1_000, maxMs: 12_000 };

/** Above this number of polled requests, the steps grow in proportion, so that the calls per second do not. */
const MANY_IN_FLIGHT = 40;

/** Milliseconds until the next status call. */
export function pollDelay({ state, elapsedMs, inFlight }: PollingMoment): number {
	if (state === 'in_queue') return queueStep(elapsedMs);
	return runStep(elapsedMs) * Math.max(1, inFlight / MANY_IN_FLIGHT);
}

function queueStep(elapsedMs: number): number {
	if (elapsedMs === 0) return QUEUE.firstMs;
	return Math.min(QUEUE.maxMs, Math.max(QUEUE.minMs, QUEUE.share * elapsedMs));
}

function runStep(elapsedMs: number): number {
	return STEPS.find(({ untilMs }) => elapsedMs < untilMs)!.stepMs;
}

/**
 * Milliseconds between calls for the result of a run in progress: the status may be stuck although the result is
 * there.
 */
export const PROBE_MS = 60_000;
