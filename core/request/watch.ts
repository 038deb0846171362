import type { Client } from '../http/client';
import { checkRef, type RequestRef } from '../http/paths';
import { toMonotonic } from '../time/moments';
import { queuedMsOf, startObserving } from './observation';
import {
	bounded,
	finalResult,
	type Job,
	pauseFor,
	pauseOrWake,
	probe,
	readStatus,
	type WatchOptions,
} from './look';
import { pollDelay } from './polling';
import type { ResultAnswer } from './result';
import { expectedRunTime, learnRunTime, measureRun } from './runTimes';
import { isFinished } from './state';

export interface Watched {
	result: ResultAnswer;
	/** Calls of the status endpoint. */
	statusCalls: number;
	/** Milliseconds from the submit until the run was first seen in progress or ended. */
	queuedMs: number;
}

/**
 * Polls a request until it has ended and reads its result, which alone decides whether the run
 * went well: see `expectSuccess`. An unknown state counts as not finished. Looks at least once, and
 * once more at the deadline.
 *
 * @throws RunComfyError `aborted`, `timed_out` (with the request id; the request goes on), or the
 * error of a call that did not succeed within its retries, which go on for some minutes, also where
 * the token is refused: it may be replaced. The request goes on then, too.
 */
export async function watch(
	client: Client,
	ref: RequestRef,
	options: WatchOptions = {},
): Promise<Watched> {
	const submitted =
		options.submittedAt === undefined ? undefined : toMonotonic(client.host, options.submittedAt);
	const job: Job = {
		client,
		ref: checkRef(ref),
		options,
		observed: startObserving(client.host.monotonic(), submitted),
		woken: false,
	};
	for (;;) {
		const woken = job.woken;
		await pauseBeforeStatus(job);
		const status = await bounded(job, (calls) => readStatus(job, calls));
		if (isFinished(status.status)) return conclude(job, await finalResult(job, status));
		const result = await bounded(job, (calls) => probe(job, job.woken && !woken, calls));
		if (result) return conclude(job, result);
	}
}

async function pauseBeforeStatus(job: Job): Promise<void> {
	const { client, ref, options, observed } = job;
	const now = client.host.monotonic();
	if (observed.statusCalls > 0) return pauseFor(job, nextDelay(job, now));
	if (options.submittedAt === undefined) return;
	const expected = expectedRunTime(options.runTimes, ref.deploymentId);
	const firstMs = pollDelay({ state: 'in_queue', elapsedMs: 0, expected }) - (now - observed.since);
	const leftMs = (options.deadline ?? Infinity) - now;
	await pauseOrWake(job, Math.max(0, Math.min(firstMs, leftMs)));
}

function nextDelay({ ref, options, observed }: Job, now: number): number {
	const expected = expectedRunTime(options.runTimes, ref.deploymentId);
	if (observed.firstRunningAt === undefined) {
		return pollDelay({ state: 'in_queue', elapsedMs: now - observed.since, expected });
	}
	// It began somewhere between the last look at the queue and the first look at the run. Where the
	// end is expected, count from the earliest moment, so as not to be late by that gap.
	const beganAt = expected ? observed.lastQueuedAt : observed.firstRunningAt;
	return pollDelay({
		state: 'in_progress',
		elapsedMs: now - beganAt,
		waitedMs: now - observed.since,
		uncertainMs: observed.firstRunningAt - beganAt,
		expected,
	});
}

function conclude({ client, ref, options, observed }: Job, result: ResultAnswer): Watched {
	const queuedMs = queuedMsOf(observed);
	const runMs = measureRun({
		createdAt: result.created_at,
		finishedAt: result.finished_at,
		queuedMs,
		uncertainMs: (observed.firstRunningAt ?? client.host.monotonic()) - observed.lastQueuedAt,
	});
	const knowsSubmit = options.submittedAt !== undefined;
	if (options.runTimes && knowsSubmit && result.status === 'succeeded' && runMs !== undefined) {
		learnRunTime(options.runTimes, ref.deploymentId, runMs);
	}
	return { result, statusCalls: observed.statusCalls, queuedMs };
}
