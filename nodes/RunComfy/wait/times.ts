import { expectedRunTime, type RunTimes } from '../../../core';
import type { WatchedRequest } from './calls';

/**
 * Milliseconds for which an execution is parked at a time. When they have passed n8n runs the node
 * again by itself, whatever has become of the process that parked it: so they bound how long a result
 * may be late after a crash. n8n is exact to the second for times 70 s or more ahead, and up to 60 s
 * late for shorter ones.
 */
const PARK_MS = 90_000;

/** The longest park, of a run that is known to be long. Each one costs n8n two writes of the execution. */
const MAX_PARK_MS = 1_800_000;

/**
 * By how much longer, as a share of the whole wait, to park again where RunComfy's call has not come. Each
 * time costs a look, and a call that is lost is late by no more than this share of the run.
 */
const TOLD_GROWTH = 3;

/** Milliseconds by which n8n may be late to run the node again. */
export const LATEST_MS = 75_000;

/** Milliseconds since the epoch until which to park. */
export function parkUntil(
	now: number,
	open: readonly WatchedRequest[],
	{ runTimes, allSubmitted }: { runTimes: RunTimes; allSubmitted: boolean },
): number {
	const ends = open.map((one) => wantedUntil(now, one, runTimes));
	// What has not been submitted shall not wait for long.
	const latest = allSubmitted ? Math.max(...ends) : now;
	const until = now + Math.min(MAX_PARK_MS, Math.max(PARK_MS, latest - now));
	const deadlines = open.flatMap(({ deadline }) => (deadline ? [deadline] : []));
	return Math.min(until, ...deadlines.map((deadline) => Math.max(deadline, now + 1_000)));
}

/**
 * Until when n8n need not go on by itself: until the shortest of the earlier runs would end. Where RunComfy
 * tells the end, and has been heard before, n8n has to look only for a call that was lost.
 */
function wantedUntil(
	now: number,
	{ ref, submittedAt = now, told }: WatchedRequest,
	runTimes: RunTimes,
): number {
	const expected = expectedRunTime(runTimes, ref.deploymentId);
	if (told !== 'proven') return expected ? submittedAt + expected.shortestMs : now;
	const lateMs = expected ? 1.2 * expected.longestMs + 10_000 : 0;
	return Math.max(submittedAt + lateMs, now + TOLD_GROWTH * (now - submittedAt));
}
