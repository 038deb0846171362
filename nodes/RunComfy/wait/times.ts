import { expectedRunTime, type RunTimes, targetId } from '../../../core';
import type { OpenRequest } from '../session/entries';

/**
 * Milliseconds for which an execution is parked at least. When they have passed, n8n runs the node again by
 * itself, whatever has become of the process that parked it: so they bound how late a result may be
 * after a crash. n8n is exact to the second for times 70 s or more ahead, and up to 60 s late for shorter ones.
 */
const PARK_MS = 90_000;

/** The longest park, of a run that is known to be long. Each one costs n8n two writes of the execution. */
const MAX_PARK_MS = 1_800_000;

/**
 * Milliseconds since the epoch until which to park: until the shortest of the earlier runs would end, or
 * nobody waits any longer.
 */
export function parkUntil(
	now: number,
	open: readonly OpenRequest[],
	{ runTimes, allSubmitted }: { runTimes: RunTimes; allSubmitted: boolean },
): number {
	const ends = open.map(({ ref, submittedAt = now, deadline = Infinity }) => {
		const { shortestMs = 0 } = expectedRunTime(runTimes, targetId(ref)) ?? {};
		return Math.min(submittedAt + shortestMs, deadline);
	});
	const last = allSubmitted ? Math.max(...ends) : now;
	return now + Math.min(MAX_PARK_MS, Math.max(PARK_MS, last - now));
}
