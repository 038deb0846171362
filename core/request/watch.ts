import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { checkRef } from '../http/paths';
import { NO_RETRIES, WATCH_PATIENCE_MS, WATCH_RETRIES } from '../http/retry';
import type { RequestRef } from '../target';
import { attemptOf, pause, toMonotonic, withTimeLimit } from '../waiting';
import { getStatus, type StatusAnswer } from './calls';
import type { Observed } from './observed';
import { pollDelay, PROBE_MS } from './polling';
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
	const watching = new Watch(client, checkRef(ref), options);
	const { traffic } = client;
	traffic.polled += 1;
	return watching.end().finally(() => {
		traffic.polled -= 1;
	});
}

/** Its times are on the host's monotonic clock. */
class Watch {
	/** When the request was submitted or, if unknown, when the watch began. */
	readonly #since: number;
	readonly #deadline: number;
	/** Whether RunComfy has told of the request before, so that a refusal may pass. */
	#isKnown: boolean;
	/** When the last status call was made, and since when it has shown the run in progress. */
	#polledAt: number | undefined;
	#runningAt: number | undefined;
	/** The state that the last status call of this watch returned. */
	#state: RequestState | undefined;
	/** When this watch last called for the result. */
	#probedAt: number | undefined;

	constructor(
		readonly client: Client,
		readonly ref: RequestRef,
		readonly options: WatchOptions,
	) {
		const { seen, submittedAt, deadline = Infinity } = options;
		const onClock = (epochMs: number | undefined) =>
			epochMs === undefined ? undefined : toMonotonic(client.host, epochMs);
		this.#since = onClock(submittedAt) ?? this.#now();
		this.#deadline = deadline;
		this.#isKnown = submittedAt !== undefined || (seen?.polls ?? 0) > 0;
		this.#polledAt = onClock(seen?.polledAt);
		this.#runningAt = onClock(seen?.runningAt);
	}

	async end(): Promise<ResultAnswer> {
		if (this.options.mayHaveEnded) {
			const result = await this.#bounded((calls) => this.#probe(calls, true));
			if (result) return result;
		}
		for (;;) {
			await this.#pauseBeforeStatus();
			const status = await this.#bounded((calls) => this.#readStatus(calls));
			if (isFinished(status.status)) return this.#finalResult(status);
			const result = await this.#bounded((calls) => this.#probe(calls));
			if (result) return result;
		}
	}

	#now(): number {
		return this.client.host.monotonic();
	}

	async #pauseBeforeStatus(): Promise<void> {
		const { submittedAt, atOnce, mayHaveEnded } = this.options;
		const now = this.#now();
		if (this.#state !== undefined) return this.#pauseFor(this.#nextDelay(now));
		const isNew = submittedAt === undefined && this.#polledAt === undefined;
		if (isNew || atOnce || mayHaveEnded) return;
		const before = this.#polledAt ?? this.#since;
		const firstMs = Math.min(before + this.#nextDelay(before), this.#deadline) - now;
		await pause(this.client.host, Math.max(0, firstMs), this.options.signal, this.ref);
	}

	#nextDelay(now: number): number {
		return pollDelay({
			state: this.#runningAt === undefined ? 'in_queue' : 'in_progress',
			elapsedMs: now - (this.#runningAt ?? this.#since),
			inFlight: this.client.traffic.polled,
		});
	}

	/** Pauses, but not beyond the deadline. @throws RunComfyError `timed_out` when the deadline has passed */
	async #pauseFor(ms: number): Promise<void> {
		const leftMs = this.#deadline - this.#now();
		if (leftMs <= 0) throw this.#timedOut();
		await pause(this.client.host, Math.min(ms, leftMs), this.options.signal, this.ref);
	}

	/** Limits calls by the abort signal and the deadline. The last call may end up to 5 s after the deadline. */
	async #bounded<T>(work: (calls: CallOptions) => Promise<T>): Promise<T> {
		const { signal } = this.options;
		const limitMs = Math.max(this.#deadline - this.#now(), LAST_CALL_MS);
		const limited = await attemptOf(() =>
			withTimeLimit(this.client.host, limitMs, signal, (limit) =>
				work({ signal: limit, retries: WATCH_RETRIES }),
			),
		);
		if (limited.ok) return limited.value;
		const { error } = limited;
		if (!(error instanceof RunComfyError) || error.code !== 'aborted') throw error;
		throw signal?.aborted ? error.with(this.ref) : this.#timedOut();
	}

	async #readStatus(calls: CallOptions): Promise<StatusAnswer> {
		const status = await this.#patiently(calls, () => getStatus(this.client, this.ref, calls));
		this.#isKnown = true;
		this.#state = status.status;
		this.#polledAt = this.#now();
		if (status.status === 'in_queue') this.#runningAt = undefined;
		else this.#runningAt ??= this.#polledAt;
		this.options.onStatus?.(status);
		return status;
	}

	/**
	 * Repeats a call that is refused, since that may pass: the user replaces the token, or a new request becomes visible.
	 * Only the first call about a request that nobody has seen yet may simply fail. `WATCH_RETRIES` covers outages.
	 */
	async #patiently<T>(calls: CallOptions, call: () => Promise<T>): Promise<T> {
		const until = Math.min(this.#now() + WATCH_PATIENCE_MS, this.#deadline);
		for (let number = 1; ; number += 1) {
			const last = await attemptOf(call);
			if (last.ok) return last.value;
			// At the deadline, too: the refusal explains more than a timeout would.
			const isLast = this.#now() + stepMs(number) >= until;
			if (!this.#isKnown || isLast || !isRefusal(last.error)) throw last.error;
			await pause(this.client.host, stepMs(number), calls.signal, this.ref);
		}
	}

	/** The result of a finished request. It may become available later than the status says. */
	async #finalResult({ status, raw }: StatusAnswer): Promise<ResultAnswer> {
		const finishedAt = this.#now();
		// A canceled request has no result to wait for.
		const canceled = status === 'canceled' ? readResult(this.ref, raw) : undefined;
		for (let number = 1; ; number += 1) {
			const result = await this.#bounded((calls) => this.#readFinal(calls, canceled));
			if (isFinalResult(result.status)) return result;
			if (canceled) return canceled;
			if (this.#now() - finishedAt > RESULT_PATIENCE_MS) {
				const message = 'RunComfy says that the request has ended, but has no result for it yet';
				const facts = { ...this.ref, hint: 'It may still come.' };
				throw new RunComfyError('output_unavailable', message, facts);
			}
			await this.#pauseFor(stepMs(number));
		}
	}

	async #readFinal(calls: CallOptions, canceled: ResultAnswer | undefined): Promise<ResultAnswer> {
		const read = () => getResult(this.client, this.ref, calls);
		if (!canceled) return this.#patiently(calls, read);
		return read().catch((error: unknown) => {
			if (error instanceof RunComfyError && error.code === 'not_found') return canceled;
			throw error;
		});
	}

	/**
	 * Asks for the result, since the status may be stuck: `atOnce`, at the deadline, or once a minute while the request
	 * runs. A failed call does not end the wait.
	 */
	async #probe({ signal }: CallOptions, atOnce = false): Promise<ResultAnswer | undefined> {
		const now = this.#now();
		const last = this.#probedAt ?? this.#runningAt ?? Infinity;
		if (now < this.#deadline && !atOnce && now - last < PROBE_MS) return undefined;
		this.#probedAt = now;
		const probed = await attemptOf(() =>
			getResult(this.client, this.ref, { signal, retries: NO_RETRIES }),
		);
		if (probed.ok) return isFinalResult(probed.value.status) ? probed.value : undefined;
		const { error } = probed;
		if (error instanceof RunComfyError && error.code !== 'aborted') return undefined;
		throw error;
	}

	#timedOut(): RunComfyError {
		const { timeoutMs = this.#now() - this.#since } = this.options;
		const seconds =
			timeoutMs < 60_000 ? Math.round(timeoutMs / 100) / 10 : Math.round(timeoutMs / 1000);
		return new RunComfyError(
			'timed_out',
			this.#state !== undefined && isFinished(this.#state)
				? `The request ended, but its result had not arrived after ${seconds} s`
				: `The request had not ended after ${seconds} s`,
			this.ref,
		);
	}
}

function isRefusal(error: unknown): boolean {
	return error instanceof RunComfyError && error.code !== 'aborted' && !error.retryable;
}

function stepMs(number: number): number {
	return Math.min(1_000 * 2 ** (number - 1), MAX_STEP_MS);
}
