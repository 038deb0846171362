import type { Client } from '../http/client';
import { checkRef } from '../http/paths';
import { compact } from '../json/objects';
import type { RequestRef } from '../target';
import { pause, toMonotonic } from '../waiting';
import { pollDelay } from './polling';
import type { ResultAnswer } from './result';
import { isFinished } from './state';
import {
	bounded,
	finalResult,
	pauseFor,
	probe,
	readStatus,
	type Watching,
	type WatchOptions,
} from './statusCalls';

/**
 * Polls a request until it has ended, and reads its result. Only the result tells whether the run succeeded: see
 * `expectSuccess`. An unknown state counts as not finished. Polls once more at the deadline.
 *
 * @throws RunComfyError `aborted`, `timed_out` (with the request id), or the error of a call that failed after all
 * its retries. Retries go on for some minutes, even if the token is refused, since the user may replace it. The
 * request itself goes on.
 */
export async function watch(
	client: Client,
	ref: RequestRef,
	options: WatchOptions = {},
): Promise<ResultAnswer> {
	const watching = startWatching(client, checkRef(ref), options);
	const { traffic } = client;
	traffic.polled += 1;
	return poll(watching).finally(() => {
		traffic.polled -= 1;
	});
}

async function poll(watching: Watching): Promise<ResultAnswer> {
	if (watching.options.mayHaveEnded) {
		const result = await bounded(watching, (calls) => probe(watching, calls, true));
		if (result) return result;
	}
	for (;;) {
		await pauseBeforeStatus(watching);
		const status = await bounded(watching, (calls) => readStatus(watching, calls));
		if (isFinished(status.status)) return finalResult(watching, status);
		const result = await bounded(watching, (calls) => probe(watching, calls));
		if (result) return result;
	}
}

function startWatching(client: Client, ref: RequestRef, options: WatchOptions): Watching {
	const { host } = client;
	const { seen: { polls, queuedAt, runningAt, polledAt } = { polls: 0 }, submittedAt } = options;
	const onClock = (epochMs: number | undefined) =>
		epochMs === undefined ? undefined : toMonotonic(host, epochMs);
	const since = onClock(submittedAt) ?? host.monotonic();
	const moments = { queuedAt: onClock(queuedAt), runningAt: onClock(runningAt) };
	const seen = { polls, ...compact({ ...moments, polledAt: onClock(polledAt) }) };
	return { client, ref, options, since, seen };
}

async function pauseBeforeStatus(watching: Watching): Promise<void> {
	const { client, ref, options, since, seen, state } = watching;
	const now = client.host.monotonic();
	if (state !== undefined) return pauseFor(watching, nextDelay(watching, now));
	const { submittedAt, atOnce, mayHaveEnded, deadline = Infinity, signal } = options;
	const isNew = submittedAt === undefined && seen.polledAt === undefined;
	if (isNew || atOnce || mayHaveEnded) return;
	const { polledAt = since } = seen;
	const firstMs = polledAt + nextDelay(watching, polledAt) - now;
	await pause(client.host, Math.max(0, Math.min(firstMs, deadline - now)), signal, ref);
}

function nextDelay({ client, since, seen: { runningAt } }: Watching, now: number): number {
	return pollDelay({
		state: runningAt === undefined ? 'in_queue' : 'in_progress',
		elapsedMs: now - (runningAt ?? since),
		inFlight: client.traffic.polled,
	});
}
