import { abortedError } from './abort';
import type { Client } from './client';
import { RunComfyError } from './errors';
import { pause, type CallOptions } from './exchange';
import type { RequestRef } from './paths';
import { pollDelay, wantsResultProbe } from './polling';
import { getResult, type ResultAnswer } from './result';
import { NO_RETRIES, WATCH_RETRIES } from './retry';
import { expectedRunTime, learnRunTime, measureRun, type RunTimes } from './runTimes';
import { isFinalResult, isFinished } from './state';
import { getStatus, type StatusAnswer } from './status';

export interface WatchOptions extends CallOptions {
	/** Milliseconds since the epoch after which waiting ends with `timed_out`; none by default. */
	deadline?: number | undefined;
	/** Milliseconds since the epoch of the submit; the start of watching by default. */
	submittedAt?: number | undefined;
	/** Shared by all runs of a host, read and written here. */
	runTimes?: RunTimes | undefined;
	/** Called after every status call. */
	onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress extends StatusAnswer {
	/** Milliseconds since the submit. */
	elapsed_ms: number;
	/** Milliseconds since the run was first seen in progress. */
	running_ms?: number;
	/** Milliseconds that this deployment's runs usually take, once known. */
	expected_ms?: number;
}

export interface Watched {
	result: ResultAnswer;
	/** Calls of the status endpoint. */
	statusCalls: number;
	/** Milliseconds from the submit until the run was first seen in progress or ended. */
	queuedMs: number;
}

/** Milliseconds after a submit in which a 404 may only mean that the request is not visible yet. */
const NOT_FOUND_GRACE_MS = 15_000;

/**
 * Polls a request until it has ended and reads its result, which alone decides whether the run
 * went well: see `expectSuccess`. An unknown state counts as not finished.
 *
 * @throws RunComfyError `aborted`, `timed_out` (with the request id; the request goes on), or the
 * error of a call that did not succeed within its retries.
 */
export async function watch(
	client: Client,
	ref: RequestRef,
	options: WatchOptions = {},
): Promise<Watched> {
	const seen = startSeeing(options.submittedAt ?? client.host.now());
	const calls = { signal: options.signal, onRetry: options.onRetry, retries: WATCH_RETRIES };
	for (;;) {
		await pauseUntilNextPoll(client, ref, options, seen);
		const status = await statusWithGrace(client, ref, calls, seen);
		note(seen, status, client.host.now());
		options.onProgress?.(toProgress(status, seen, options, client.host.now()));
		const result = isFinished(status.status)
			? await getResult(client, ref, calls)
			: await probe(client, ref, options, seen);
		// The result may lag behind the status: then it is not finished yet, whatever the status says.
		if (result && isFinalResult(result.status)) return conclude(ref, result, options, seen);
		if (isFinished(status.status)) seen.finishedPolls += 1;
	}
}

interface Seen {
	submittedAt: number;
	statusCalls: number;
	runningPolls: number;
	/** Status said finished, and the result did not agree yet. */
	finishedPolls: number;
	lastQueuedAt: number;
	firstRunningAt: number | undefined;
}

function startSeeing(submittedAt: number): Seen {
	return {
		submittedAt,
		statusCalls: 0,
		runningPolls: 0,
		finishedPolls: 0,
		lastQueuedAt: submittedAt,
		firstRunningAt: undefined,
	};
}

function note(seen: Seen, { status }: StatusAnswer, now: number): void {
	seen.statusCalls += 1;
	if (status === 'in_queue') {
		seen.lastQueuedAt = now;
	} else if (!isFinished(status)) {
		seen.firstRunningAt ??= now;
		seen.runningPolls += 1;
	}
}

async function pauseUntilNextPoll(
	client: Client,
	ref: RequestRef,
	options: WatchOptions,
	seen: Seen,
): Promise<void> {
	const now = client.host.now();
	const left = (options.deadline ?? Infinity) - now;
	if (left <= 0) throw timedOut(ref, now - seen.submittedAt);
	await pause(client, Math.min(nextDelay(seen, ref, options, now), left), options.signal, ref);
}

function nextDelay(seen: Seen, ref: RequestRef, options: WatchOptions, now: number): number {
	if (seen.finishedPolls > 0) return Math.min(500 * 2 ** seen.finishedPolls, 15_000);
	if (seen.firstRunningAt === undefined) {
		// A watch taken up later than the submit looks at once.
		const elapsedMs = now - seen.submittedAt;
		return seen.statusCalls === 0 && elapsedMs > 0
			? 0
			: pollDelay({ state: 'in_queue', elapsedMs });
	}
	const expected = expectedRunTime(options.runTimes, ref.deploymentId);
	// It began somewhere between the last look at the queue and the first look at the run. Where the
	// end is expected, count from the earliest moment, so as not to be late by that gap.
	const since = expected ? seen.lastQueuedAt : seen.firstRunningAt;
	return pollDelay({ state: 'in_progress', elapsedMs: now - since, expected });
}

async function statusWithGrace(
	client: Client,
	ref: RequestRef,
	calls: CallOptions,
	seen: Seen,
): Promise<StatusAnswer> {
	for (;;) {
		try {
			return await getStatus(client, ref, calls);
		} catch (error) {
			const young = client.host.now() - seen.submittedAt < NOT_FOUND_GRACE_MS;
			if (!(young && error instanceof RunComfyError && error.code === 'not_found')) throw error;
			await pause(client, 2_000, calls.signal, ref);
		}
	}
}

// A failed look is no reason to end: the next status call will tell.
async function probe(
	client: Client,
	ref: RequestRef,
	options: WatchOptions,
	seen: Seen,
): Promise<ResultAnswer | undefined> {
	if (seen.firstRunningAt === undefined || !wantsResultProbe(seen.runningPolls)) return undefined;
	return getResult(client, ref, { signal: options.signal, retries: NO_RETRIES }).catch(
		(error: unknown) => {
			if (options.signal?.aborted) throw abortedError(ref);
			return error instanceof RunComfyError ? undefined : Promise.reject(error);
		},
	);
}

function conclude(
	ref: RequestRef,
	result: ResultAnswer,
	{ runTimes }: WatchOptions,
	seen: Seen,
): Watched {
	// The run began between those two looks: their middle halves the error.
	const began = (seen.lastQueuedAt + (seen.firstRunningAt ?? seen.lastQueuedAt)) / 2;
	const queuedMs = began - seen.submittedAt;
	const ms = measureRun({ createdAt: result.created_at, finishedAt: result.finished_at, queuedMs });
	if (runTimes && result.status === 'succeeded' && ms !== undefined) {
		learnRunTime(runTimes, ref.deploymentId, ms);
	}
	return { result, statusCalls: seen.statusCalls, queuedMs };
}

function toProgress(
	status: StatusAnswer,
	seen: Seen,
	options: WatchOptions,
	now: number,
): Progress {
	const expected = expectedRunTime(options.runTimes, status.deployment_id);
	return {
		...status,
		elapsed_ms: now - seen.submittedAt,
		...(seen.firstRunningAt === undefined ? {} : { running_ms: now - seen.firstRunningAt }),
		...(expected ? { expected_ms: expected.typicalMs } : {}),
	};
}

function timedOut(ref: RequestRef, afterMs: number): RunComfyError {
	return new RunComfyError(
		'timed_out',
		`The request had not ended after ${Math.round(afterMs / 1000)} s`,
		ref,
	);
}
