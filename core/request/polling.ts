import type { ExpectedRunTime } from './runTimes';

/**
 * The polling schedule: how long to wait before the next status call.
 *
 * How long a first run takes is not known, so no fixed step is right for it. A step of `a √t`, with t the
 * time already run, is late by `a √T / 2` on average at the end of a run of length T, after `2 √T / a`
 * calls. Their product is T whatever T is: twice the calls of the fixed loop that is late by as much at
 * that length, at every length. A run of less than half a minute is asked for every two seconds.
 *
 * If earlier runs of the deployment are known, a few calls catch a run that ends early, and the
 * others gather around the expected end.
 */
export interface PollingMoment {
	state: 'in_queue' | 'in_progress';
	/** Milliseconds in that state, as far as seen. */
	elapsedMs: number;
	/** The queue included; as long as that state if absent. */
	waitedMs?: number;
	/** Milliseconds by which `elapsedMs` may be too large: see `uncertainMsOf`. */
	uncertainMs?: number;
	expected?: ExpectedRunTime | undefined;
	/** As the `WatchOptions` of these names. */
	othersWait?: boolean | undefined;
	closely?: boolean | undefined;
}

const MIN_STEP_MS = 1_000;
const MIN_FINE_STEP_MS = 800;
const FIRST_LOOK_MS = 2_000;
const QUEUE_STEP_MS = 12_000;
const MAX_STEP_MS = 60_000;

/** The first seconds of a run: the step at its start, how it grows, and its limit. */
const SHORT_RUN = { untilMs: 23_000, stepMs: 1_600, growth: 0.04, maxStepMs: 2_200 };
/** `a` of the step `a √t`, in √s. */
const ROOT_FACTOR = 0.71;
/** After a long queue a share of the whole wait will do, up to this. */
const AFTER_QUEUE = { share: 0.09, maxStepMs: 6_000 };
/** Before the expected end, where an end would be a surprise. */
const MAX_EARLY_STEP_MS = 300_000;

/** A step at the most while others wait, as a share of the time run: before an end was ever seen, and after. */
const OTHERS_WAIT = { earlyShare: 0.2, share: 0.05 };
/** A step at the most of a run that is watched closely: under a second for a run of a minute. */
const CLOSELY = { share: 1 / 75, leastMs: 800 };

/** Known run times of which the longest is so many times the shortest do not tell the end. */
const WIDE = 1.6;

/** Milliseconds until the next status call. */
export function pollDelay(moment: PollingMoment): number {
	const { state, elapsedMs, waitedMs = elapsedMs, uncertainMs = 0, expected } = moment;
	if (state === 'in_queue') return delayQueued(elapsedMs, expected);
	const unknownMs = delayUnknown(elapsedMs, waitedMs);
	const delayMs = expected ? delayKnown(elapsedMs, uncertainMs, expected, unknownMs) : unknownMs;
	return Math.min(
		delayMs,
		moment.othersWait ? longestOfWaited(elapsedMs, expected) : Infinity,
		moment.closely ? longestClosely(elapsedMs, expected) : Infinity,
	);
}

function longestClosely(elapsedMs: number, expected: ExpectedRunTime | undefined): number {
	const fromMs = (1 - EARLIER) * (expected?.shortestMs ?? 0);
	return elapsedMs < fromMs ? Infinity : Math.max(CLOSELY.leastMs, CLOSELY.share * elapsedMs);
}

// Each second that an end goes unseen delays the whole batch. If the end is known well, the status
// calls are near it anyway.
function longestOfWaited(elapsedMs: number, expected: ExpectedRunTime | undefined): number {
	const { shortestMs = 0, longestMs = Infinity } = expected ?? {};
	if (longestMs <= WIDE * shortestMs) return Infinity;
	const share = elapsedMs < shortestMs ? OTHERS_WAIT.earlyShare : OTHERS_WAIT.share;
	return Math.max(MIN_FINE_STEP_MS, share * elapsedMs);
}

// When a run begins matters little if it is known to be long. The first call still comes early: what
// fails at once must show at once.
function delayQueued(elapsedMs: number, expected: ExpectedRunTime | undefined): number {
	if (!expected && elapsedMs === 0) return FIRST_LOOK_MS;
	const shortestMs = expected?.shortestMs ?? 0;
	const lowest = (elapsedMs > 0 ? 0.06 : 0.02) * shortestMs;
	const highest = clamp(0.1 * shortestMs, QUEUE_STEP_MS, MAX_STEP_MS);
	return clamp(Math.max(0.4 * elapsedMs, lowest), MIN_STEP_MS, highest);
}

function delayUnknown(elapsedMs: number, waitedMs: number): number {
	const stepMs =
		elapsedMs < SHORT_RUN.untilMs
			? Math.min(SHORT_RUN.maxStepMs, SHORT_RUN.stepMs + SHORT_RUN.growth * elapsedMs)
			: ROOT_FACTOR * Math.sqrt(1_000 * elapsedMs);
	const leastMs = Math.min(AFTER_QUEUE.share * waitedMs, AFTER_QUEUE.maxStepMs);
	return clamp(stepMs, leastMs, MAX_STEP_MS);
}

function delayKnown(
	elapsedMs: number,
	uncertainMs: number,
	{ shortestMs, longestMs }: ExpectedRunTime,
	unknownMs: number,
): number {
	// The next run may be shorter than all that are known, most of all if these differ.
	const fromMs = shortestMs - Math.min(EARLIER * shortestMs, longestMs - shortestMs);
	if (elapsedMs < fromMs) {
		const growing = Math.max(0.1 * shortestMs, 0.8 * elapsedMs);
		const early = clamp(growing, MIN_STEP_MS, MAX_EARLY_STEP_MS);
		// The call at the expected end is near enough to replace this one.
		if (elapsedMs + 1.3 * early < fromMs) return early;
		return Math.max(MIN_FINE_STEP_MS, Math.min(MAX_EARLY_STEP_MS, fromMs - elapsedMs));
	}
	const fraction = fineStep(longestMs / shortestMs);
	const atLeastMs = Math.max(elapsedMs - uncertainMs, fromMs);
	const fine = clamp(fraction * atLeastMs, MIN_FINE_STEP_MS, MAX_STEP_MS);
	const closes = 1.1 * longestMs + uncertainMs + fine;
	return elapsedMs < closes ? fine : Math.max(fine, unknownMs);
}

// Runs that differ a lot (another prompt, another length) leave too wide a window for fine steps.
function fineStep(spread: number): number {
	if (spread <= 1.1) return 0.03;
	return spread <= WIDE ? 0.045 : 0.14;
}

/** By how much earlier than the shortest known run the fine steps begin, as a share of it. */
const EARLIER = 0.06;

/** A status may stay frozen at `in_progress` though the result is there: every so often, ask for it. */
const PROBE_EVERY_POLLS = 4;
/** From the seventeenth on, when about a minute has passed. */
const LATER_PROBE_EVERY_POLLS = 8;

/** Whether this status call, counted from 1 since the run was first seen, is followed by a call for the result. */
export function wantsResultProbe(pollsInProgress: number): boolean {
	const every =
		pollsInProgress <= 4 * PROBE_EVERY_POLLS ? PROBE_EVERY_POLLS : LATER_PROBE_EVERY_POLLS;
	return pollsInProgress % every === 0;
}

function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
