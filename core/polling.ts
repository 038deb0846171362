import type { ExpectedRunTime } from './runTimes';

/**
 * The polling schedule, written once: how long to wait before the next status call.
 *
 * While queued the step grows slowly with the wait. Once running, the step grows with the time
 * already run, so that the lag stays a small fraction of the run. Where earlier runs of the
 * deployment are known, a few calls catch an early failure, and the calls gather around the
 * expected end.
 */
export interface PollingMoment {
	state: 'in_queue' | 'in_progress';
	/** Milliseconds in that state, as far as seen. */
	elapsedMs: number;
	/** What earlier runs of the deployment took, if known. */
	expected?: ExpectedRunTime | undefined;
}

const MIN_STEP_MS = 1_000;
const MIN_FINE_STEP_MS = 500;
const MAX_QUEUE_STEP_MS = 15_000;
const MAX_RUN_STEP_MS = 60_000;

/** Milliseconds until the next status call. */
export function pollDelay({ state, elapsedMs, expected }: PollingMoment): number {
	if (state === 'in_queue') return clamp(0.2 * elapsedMs, MIN_STEP_MS, MAX_QUEUE_STEP_MS);
	return expected ? delayKnown(elapsedMs, expected) : delayUnknown(elapsedMs);
}

// A run of ≥ 40 s is noticed within 15 % of its length; before that, calls would cost more than the
// seconds they save.
function delayUnknown(elapsedMs: number): number {
	const fraction = elapsedMs < 40_000 ? 0.3 : 0.15;
	return clamp(fraction * elapsedMs, MIN_STEP_MS, MAX_RUN_STEP_MS);
}

function delayKnown(elapsedMs: number, { shortestMs, longestMs }: ExpectedRunTime): number {
	const opens = Math.max(0, 0.95 * shortestMs);
	// Runs that differ a lot (another prompt, another length) leave too wide a window for fine steps.
	const fraction = longestMs <= 1.3 * shortestMs ? 0.05 : 0.15;
	const fine = Math.max(MIN_FINE_STEP_MS, fraction * Math.max(elapsedMs, shortestMs));
	const closes = 1.1 * longestMs + fine;
	if (elapsedMs < opens) {
		// A run that fails early should not be noticed only at its expected end.
		const probe = Math.max(MIN_STEP_MS, 0.05 * shortestMs, 1.5 * elapsedMs);
		return elapsedMs + probe < opens ? probe : Math.max(MIN_FINE_STEP_MS, opens - elapsedMs);
	}
	return elapsedMs < closes ? fine : Math.max(fine, delayUnknown(elapsedMs));
}

/** A status may stay frozen at `in_progress` though the result is there: every so often, look. */
export const PROBE_EVERY_POLLS = 6;

/** Whether this status call, counted from 1 since the run was first seen, wants a look at the result. */
export function wantsResultProbe(pollsInProgress: number): boolean {
	return pollsInProgress % PROBE_EVERY_POLLS === 0;
}

function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
