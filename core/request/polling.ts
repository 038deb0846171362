/** Where a request is, so that the next status call can be planned. */
export interface PollingMoment {
	state: 'in_queue' | 'in_progress';
	/** Milliseconds in that state, as far as seen. */
	elapsedMs: number;
	/** Requests of the account that this process polls at the moment, this one included. */
	inFlight: number;
}

/**
 * The polling schedule of a run that is in progress. A step is late by half of itself on average, so a run of any length is
 * noticed within about two percent of its time, and a short one within a second.
 */
const STEPS = [
	{ untilMs: 30_000, stepMs: 1_500 },
	{ untilMs: 120_000, stepMs: 3_000 },
	{ untilMs: 600_000, stepMs: 5_000 },
	{ untilMs: Infinity, stepMs: 10_000 },
];

/** The first call comes early: what fails at once must show at once. Then steps grow with the time in the queue. */
const QUEUE = { firstMs: 2_000, share: 0.4, minMs: 1_000, maxMs: 12_000 };

/** Requests above which the steps of a run grow in proportion, so that the calls per second do not. */
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

/** Milliseconds between two calls for the result of a run in progress: its status may stay frozen though the result is there. */
export const PROBE_MS = 60_000;
