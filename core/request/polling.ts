import type { ExpectedRunTime } from './runTimes';

/**
 * RunComfy itself will tell the host that the request has ended: looks are only there for a call that is
 * lost. Whether such a call has come to this host before.
 */
export type Told = 'untried' | 'proven';

/**
 * The polling schedule, written once: how long to wait before the next status call.
 *
 * While queued the step grows with the wait. Once running, it grows with the time already run, so
 * that the lag stays a small fraction of the run. Where earlier runs of the deployment are known, a
 * few calls catch a run that ends early, and the others gather around the expected end.
 */
export interface PollingMoment {
	state: 'in_queue' | 'in_progress';
	/** Milliseconds in that state, as far as seen. */
	elapsedMs: number;
	/** Milliseconds in all, the queue included; as long as that state where absent. */
	waitedMs?: number;
	/**
	 * Milliseconds by which `elapsedMs` may be too large: between the last look at the queue and the
	 * first look at the run.
	 */
	uncertainMs?: number;
	/** What earlier runs of the deployment took, if known. */
	expected?: ExpectedRunTime | undefined;
	told?: Told | undefined;
}

const MIN_STEP_MS = 1_000;
const MIN_FINE_STEP_MS = 800;
const QUEUE_STEP_MS = 15_000;
const MAX_STEP_MS = 60_000;
/** The longest step in the first seconds of a run, after a long queue. */
const MAX_FIRST_STEP_MS = 6_000;
/** Before the expected end, where an end would be a surprise. */
const MAX_EARLY_STEP_MS = 300_000;

/** How often one looks that is to be told, as a share of the whole wait. The first look shows what has ended at once. */
const TOLD_SHARE: Record<Told, number> = { untried: 8, proven: 100 };
const MAX_TOLD_STEP_MS = 3_600_000;

/** Milliseconds until the next status call. */
export function pollDelay(moment: PollingMoment): number {
	const { state, elapsedMs, waitedMs = elapsedMs, uncertainMs = 0, expected, told } = moment;
	if (told) return clamp(TOLD_SHARE[told] * waitedMs, MIN_STEP_MS, MAX_TOLD_STEP_MS);
	if (state === 'in_queue') return delayQueued(elapsedMs, expected);
	const unknownMs = delayUnknown(elapsedMs, waitedMs);
	return expected ? delayKnown(elapsedMs, uncertainMs, expected, unknownMs) : unknownMs;
}

// When a run begins matters little where it is known to be long. The first look comes early all the
// same: what fails at once shall be told at once.
function delayQueued(elapsedMs: number, expected: ExpectedRunTime | undefined): number {
	const shortestMs = expected?.shortestMs ?? 0;
	const lowest = (elapsedMs > 0 ? 0.06 : 0.02) * shortestMs;
	const highest = clamp(0.1 * shortestMs, QUEUE_STEP_MS, MAX_STEP_MS);
	return clamp(Math.max(0.45 * elapsedMs, lowest), MIN_STEP_MS, highest);
}

// A first run of more than a minute or so is noticed within 15 % of its length. Before that, more
// calls would cost more than the seconds they save; after a queue, a share of the whole wait will do.
function delayUnknown(elapsedMs: number, waitedMs: number): number {
	const fraction = elapsedMs < 75_000 ? 0.3 : 0.15;
	const least = clamp(0.15 * waitedMs, MIN_STEP_MS, MAX_FIRST_STEP_MS);
	return clamp(fraction * elapsedMs, least, MAX_STEP_MS);
}

function delayKnown(
	elapsedMs: number,
	uncertainMs: number,
	{ shortestMs, longestMs }: ExpectedRunTime,
	unknownMs: number,
): number {
	if (elapsedMs < shortestMs) {
		const growing = Math.max(0.1 * shortestMs, 0.8 * elapsedMs);
		const early = clamp(growing, MIN_STEP_MS, MAX_EARLY_STEP_MS);
		// The look at the expected end is near enough to do for this one, too.
		if (elapsedMs + 1.3 * early < shortestMs) return early;
		return Math.max(MIN_FINE_STEP_MS, Math.min(MAX_EARLY_STEP_MS, shortestMs - elapsedMs));
	}
	// Runs that differ a lot (another prompt, another length) leave too wide a window for fine steps.
	const fraction = longestMs <= 1.3 * shortestMs ? 0.045 : 0.14;
	const atLeastMs = Math.max(elapsedMs - uncertainMs, shortestMs);
	const fine = clamp(fraction * atLeastMs, MIN_FINE_STEP_MS, MAX_STEP_MS);
	const closes = 1.1 * longestMs + uncertainMs + fine;
	return elapsedMs < closes ? fine : Math.max(fine, unknownMs);
}

/** A status may stay frozen at `in_progress` though the result is there: every so often, look. */
const PROBE_EVERY_POLLS = 4;

/** Whether this status call, counted from 1 since the run was first seen, wants a look at the result. */
export function wantsResultProbe(pollsInProgress: number): boolean {
	return pollsInProgress % PROBE_EVERY_POLLS === 0;
}

function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
