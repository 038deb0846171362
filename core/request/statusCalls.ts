import { type ErrorCode, RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { NO_RETRIES, WATCH_PATIENCE_MS, WATCH_RETRIES } from '../http/retry';
import type { RequestRef } from '../target';
import { attemptOf, pause, withTimeLimit } from '../waiting';
import { getStatus, type StatusAnswer } from './calls';
import { addPoll, type Observed } from './observed';
import { PROBE_MS } from './polling';
import { getResult, readResult, type ResultAnswer } from './result';
import { isFinalResult, isFinished, type RequestState } from './state';

export interface WatchOptions extends Pick<CallOptions, 'signal'> {
	/** When waiting ends with `timed_out`, on the host's monotonic clock. By default, never. */
	deadline?: number | undefined;
	/** Milliseconds from the submit to the deadline, for the message of `timed_out`. */
	timeoutMs?: number | undefined;
	/**
	 * When the request was submitted, in milliseconds since the epoch. If absent, the first status call is made at once
	 * unless there was one before.
	 */
	submittedAt?: number | undefined;
	/** Makes the first status call at once, even with `submittedAt`. */
	atOnce?: boolean | undefined;
	/** What earlier calls have shown about the request, even in another process. The schedule continues from the last one. */
	seen?: Observed | undefined;
	/** Whether the request may have ended long ago: the result is read first, and then the status, both at once. */
	mayHaveEnded?: boolean | undefined;
	/** Called after every status call. Must not throw. */
	onStatus?: ((status: StatusAnswer) => void) | undefined;
}

/** Time limit for the last call, at the deadline, in milliseconds. */
const LAST_CALL_MS = 5_000;

/** Milliseconds to wait for a result after the status says that the request has ended. */
const RESULT_PATIENCE_MS = 600_000;

/** The longest pause after a call that failed, or found no result yet, in milliseconds. */
const MAX_STEP_MS = 15_000;

/** The state of one watch. */
export interface Watching {
	client: Client;
	ref: RequestRef;
	options: WatchOptions;
	/** When the request was submitted or, if unknown, when the watch began. On the host's monotonic clock. */
	since: number;
	/** What this watch and earlier ones have seen, with times on the same clock. */
	seen: Observed;
	/** The state that the last status call of this watch returned. */
	state?: RequestState;
	/** When this watch last called for the result, on the monotonic clock. */
	probedAt?: number;
}

/** Limits calls by the abort signal and the deadline. The last call may end up to 5 s after the deadline. */
export async function bounded<T>(
	watching: Watching,
	work: (calls: CallOptions) => Promise<T>,
): Promise<T> {
	const { client, ref, options } = watching;
	const leftMs = (options.deadline ?? Infinity) - client.host.monotonic();
	return withTimeLimit(client.host, Math.max(leftMs, LAST_CALL_MS), options.signal, (signal) =>
		work({ signal, retries: WATCH_RETRIES }),
	).catch((error: unknown) => {
		if (!hasCode(error, 'aborted')) throw error;
		throw options.signal?.aborted ? error.with(ref) : timedOut(watching);
	});
}

export async function readStatus(watching: Watching, calls: CallOptions): Promise<StatusAnswer> {
	const { client, ref, options } = watching;
	const status = await patiently(watching, calls, (patient) => getStatus(client, ref, patient));
	watching.seen = addPoll(watching.seen, status.status, client.host.monotonic());
	watching.state = status.status;
	options.onStatus?.(status);
	return status;
}

/**
 * Repeats a call that is refused, since that may pass: the user replaces the token, or a new request becomes visible.
 * Only the first call about a request that nobody has seen yet may simply fail. `WATCH_RETRIES` covers outages.
 */
async function patiently<T>(
	watching: Watching,
	calls: CallOptions,
	call: (calls: CallOptions) => Promise<T>,
): Promise<T> {
	const { client, ref, options, seen } = watching;
	const isKnown = options.submittedAt !== undefined || seen.polls > 0;
	const { deadline = Infinity } = options;
	const until = Math.min(client.host.monotonic() + WATCH_PATIENCE_MS, deadline);
	for (let number = 1; ; number += 1) {
		const last = await attemptOf(() => call(calls));
		if (last.ok) return last.value;
		const { error } = last;
		// At the deadline, too: the refusal explains more than a timeout would.
		const isLast = client.host.monotonic() + stepMs(number) >= until;
		if (!isKnown || isLast || !isRefusal(error)) throw error;
		await pause(client.host, stepMs(number), calls.signal, ref);
	}
}

function isRefusal(error: unknown): boolean {
	return error instanceof RunComfyError && error.code !== 'aborted' && !error.retryable;
}

function stepMs(number: number): number {
	return Math.min(1_000 * 2 ** (number - 1), MAX_STEP_MS);
}

function hasCode(error: unknown, ...codes: ErrorCode[]): error is RunComfyError {
	return error instanceof RunComfyError && codes.includes(error.code);
}

/** The result of a finished request. It may become available later than the status says. */
export async function finalResult(watching: Watching, status: StatusAnswer): Promise<ResultAnswer> {
	const { client, ref } = watching;
	const finishedAt = client.host.monotonic();
	for (let number = 1; ; number += 1) {
		const result = await bounded(watching, (calls) => readFinal(watching, status, calls));
		if (isFinalResult(result.status)) return result;
		// A canceled request has no result to wait for.
		if (status.status === 'canceled') return readResult(ref, status.raw);
		if (client.host.monotonic() - finishedAt > RESULT_PATIENCE_MS) {
			const message = 'RunComfy says that the request has ended, but has no result for it yet';
			const facts = { ...ref, hint: 'It may still come.' };
			throw new RunComfyError('output_unavailable', message, facts);
		}
		await pauseFor(watching, stepMs(number));
	}
}

async function readFinal(
	watching: Watching,
	status: StatusAnswer,
	calls: CallOptions,
): Promise<ResultAnswer> {
	const { client, ref } = watching;
	const read = (patient: CallOptions) => getResult(client, ref, patient);
	if (status.status !== 'canceled') return patiently(watching, calls, read);
	return read(calls).catch((error: unknown) => {
		if (hasCode(error, 'not_found')) return readResult(ref, status.raw);
		throw error;
	});
}

/**
 * Asks for the result, since the status may be stuck: `atOnce`, at the deadline, or once a minute while the request
 * runs. A failed call does not end the wait.
 */
export async function probe(
	watching: Watching,
	calls: CallOptions,
	atOnce = false,
): Promise<ResultAnswer | undefined> {
	const { client, ref, options, seen } = watching;
	const now = client.host.monotonic();
	const last = now >= (options.deadline ?? Infinity);
	const { runningAt = Infinity } = seen;
	const { probedAt = runningAt } = watching;
	if (!last && !atOnce && now - probedAt < PROBE_MS) return undefined;
	watching.probedAt = now;
	try {
		const result = await getResult(client, ref, { signal: calls.signal, retries: NO_RETRIES });
		return isFinalResult(result.status) ? result : undefined;
	} catch (error) {
		if (error instanceof RunComfyError && error.code !== 'aborted') return undefined;
		throw error;
	}
}

/** Pauses, but not beyond the deadline. @throws RunComfyError `timed_out` when the deadline has passed */
export async function pauseFor(watching: Watching, ms: number): Promise<void> {
	const { client, ref, options } = watching;
	const leftMs = (options.deadline ?? Infinity) - client.host.monotonic();
	if (leftMs <= 0) throw timedOut(watching);
	await pause(client.host, Math.min(ms, leftMs), options.signal, ref);
}

function timedOut({ client, ref, since, state, options }: Watching): RunComfyError {
	const { timeoutMs = client.host.monotonic() - since } = options;
	const seconds =
		timeoutMs < 60_000 ? Math.round(timeoutMs / 100) / 10 : Math.round(timeoutMs / 1000);
	return new RunComfyError(
		'timed_out',
		state !== undefined && isFinished(state)
			? `The request ended, but its result had not arrived after ${seconds} s`
			: `The request had not ended after ${seconds} s`,
		ref,
	);
}
