import type { WorkflowApiJson } from '../comfyui/graph';
import { RunComfyError, toRunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { FailedAttempt } from '../http/exchange';
import { checkTarget } from '../http/paths';
import { assign } from '../json/objects';
import { type Ids, pageOf, requestIn, type RequestRef } from '../target';
import {
	abortedError,
	attemptOf,
	LET_GO,
	throwIfAborted,
	toMonotonic,
	withTimeLimit,
} from '../waiting';
import { cancel, type StatusAnswer } from './calls';
import { sendLastCancel } from './end';
import { nameNodes } from './failures';
import type { SubmitInput } from './input';
import { addPoll, addResult } from './observed';
import { endStatus, fateHint, requestOutcome } from './outcome';
import {
	type Acceptance,
	acceptedReceipt,
	answeredReceipt,
	type CanceledBy,
	canceledReceipt,
	type CancelVerdict,
	endedReceipt,
	isUnclear,
	observedReceipt,
	plannedAgain,
	type Receipt,
	type SubmitAnswer,
	submittingReceipt,
} from './receipt';
import { expectSuccess, type ResultAnswer } from './result';
import { isFinished } from './state';
import { acceptedBeside, submit, unconfirmed } from './submit';
import { type TimedResult, timedResult } from './timedResult';
import { watch } from './watch';

/** Why nobody waits for a request any more. */
export type Unwanted = Extract<CanceledBy, 'left' | 'timeout' | 'late'>;

/** What a host supplies: a place to store the receipt, and the decision whether to cancel. */
export interface PursuitOptions {
	/**
	 * Stores the receipt at each step, in order. Before each attempt of the submit, `keep` gets a `submitting` receipt,
	 * and the attempt starts only after `keep` has resolved. If `keep` throws then, the pursuit ends and nothing was
	 * submitted. If `keep` throws at any other step, the pursuit ends with an error that names the request, and the
	 * request goes on.
	 */
	keep: (receipt: Receipt) => void | Promise<void>;
	/**
	 * Whether to cancel a request that nobody waits for any more: the host has `left`, the `timeout` has passed, or the
	 * answer to the submit came too `late`. Must not throw.
	 */
	cancels: (why: Unwanted) => boolean;
	/** Builds the input that a planned receipt submits. Called before the first attempt. */
	input?: (() => SubmitInput | Promise<SubmitInput>) | undefined;
	/**
	 * Whether to send the submit only once. If RunComfy refuses it for now, `accepted` rejects, the receipt is `planned`
	 * again, and `refusal` says how long to wait.
	 */
	sendsOnce?: boolean | undefined;
	/**
	 * Aborts when the host leaves. The pursuit then waits up to 5 s for the answer to a submit on its way, and as long
	 * for one cancel. Without a clear answer to the cancel, the pursuit does not learn how the request ends.
	 */
	leave?: AbortSignal | undefined;
	/** Whether the request may have ended long ago, so that status and result are read at once. */
	mayHaveEnded?: boolean | undefined;
	/** The result of an accepted request, if it has been read already. */
	result?: ResultAnswer | undefined;
	/**
	 * Milliseconds until `timed_out`, counted from `waitsFrom`, or from when the submit may be sent. 0 or absent: no
	 * timeout.
	 */
	timeoutMs?: number | undefined;
	/** Milliseconds since the epoch. Defaults to when the receipt entered its state. */
	waitsFrom?: number | undefined;
	/** The deployment's workflow, if available, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
	/** Called after each status call, for display only. Must not throw. */
	onStatus?: ((status: StatusAnswer) => void) | undefined;
}

/** Once RunComfy has accepted a cancel, the request should end within this many milliseconds. */
const CANCEL_PATIENCE_MS = 60_000;

/** After an interruption, a submit on its way gets this many milliseconds to answer, so that the request can be canceled. */
const ABORT_GRACE_MS = 5_000;

/** Time limit for each attempt of a cancel, in milliseconds. Polling pauses meanwhile. */
const CANCEL_TIMEOUT_MS = 10_000;

/**
 * Takes a request from the state of its receipt to its end. A planned request is submitted and watched; an accepted
 * or attached one is watched; the result of an ended one is read again. Only this class changes the state of a
 * receipt.
 */
export class Pursuit {
	receipt: Receipt;
	/** Set if RunComfy has refused the submit for now, or it did not arrive: see `sendsOnce`. */
	refusal: FailedAttempt | undefined;
	readonly #client: Client;
	readonly #options: PursuitOptions;
	/** Aborts when the host leaves, and when somebody cancels the request. */
	#interruption = new AbortController();
	/** When the request was submitted, or the wait for it began: `at` by the wall clock, `since` by the monotonic clock. */
	#started: { at: number; since: number };
	/** When the timeout started to count, on the monotonic clock. Unset until the submit may be sent. */
	#waitsSince: number | undefined;
	/** Whether nobody waits any more for the answer to the submit. */
	#gaveUp = false;
	/** When the request should have ended after an accepted cancel, on the monotonic clock. */
	#patientUntil: number | undefined;

	constructor(client: Client, receipt: Receipt, options: PursuitOptions) {
		this.receipt = receipt;
		this.#client = client;
		this.#options = options;
		const { state, at } = receipt;
		const { waitsFrom = state === 'planned' ? undefined : at } = options;
		this.#waitsSince = waitsFrom === undefined ? undefined : toMonotonic(client.host, waitsFrom);
		this.#started = this.#moment(state === 'accepted' ? at : (waitsFrom ?? at));
	}

	/**
	 * Submits a planned request, and resolves once RunComfy has accepted it. If nobody wants the request any more by
	 * then, one cancel is sent, and the receipt has RunComfy's answer.
	 * @throws RunComfyError the errors of `submit`; `run_canceled` if the request was canceled before its submit
	 */
	accepted(): Promise<SubmitAnswer> {
		return this.#whileInterruptible(async () => {
			const ref = await this.#submit();
			const why = this.#options.leave?.aborted ? 'left' : undefined;
			if (this.#isToCancel(why)) await this.#cancelOnce(ref, 'left');
			return this.receipt.answer!;
		});
	}

	/**
	 * Waits for the end of the request and reads its outputs. A planned request is submitted first.
	 * @throws RunComfyError the errors of `submit`, `watch` and `expectSuccess`. Once the request is accepted, every
	 * error names it
	 */
	ended(): Promise<TimedResult> {
		return this.#whileInterruptible(async () => {
			return this.#follow(await this.#submit());
		});
	}

	/**
	 * Cancels the request while the host keeps watching. The request then ends as `run_canceled`, or with its result if
	 * the run was faster, or goes on if RunComfy refuses. Another call sends another cancel, unless RunComfy has given a
	 * clear answer before.
	 * @param verdict RunComfy's answer to a cancel that somebody else sent
	 * @throws the error of `keep`; the cancel is sent anyway
	 */
	cancel(by: CanceledBy, verdict?: CancelVerdict): void {
		const { verdict: before } = this.receipt.cancel ?? {};
		if (verdict || before === undefined || isUnclear(before)) this.#interrupt();
		this.#move(canceledReceipt(this.receipt, by, this.#now(), verdict));
	}

	async #whileInterruptible<T>(work: () => Promise<T>): Promise<T> {
		const { leave } = this.#options;
		const interrupt = () => this.#interrupt();
		if (leave?.aborted || this.receipt.cancel) interrupt();
		leave?.addEventListener('abort', interrupt);
		try {
			return await work();
		} catch (thrown) {
			// Once a request exists, every error names it, even one that the host throws.
			const ref = requestIn(this.receipt.ids);
			throw ref ? toRunComfyError(thrown, 'bad_response').with(ref) : thrown;
		} finally {
			leave?.removeEventListener('abort', interrupt);
		}
	}

	#interrupt(): void {
		this.#interruption.abort(LET_GO);
	}

	/** Submits the request unless RunComfy has accepted it already, so that nothing is paid for twice. */
	async #submit(): Promise<RequestRef> {
		const ref = requestIn(this.receipt.ids);
		if (ref) return ref;
		return this.#withinGrace(this.#answered());
	}

	/**
	 * After an interruption, waits no longer than the grace period for the answer to a submit that is on its way. A later
	 * answer is stored all the same.
	 */
	async #withinGrace(answered: Promise<RequestRef>): Promise<RequestRef> {
		const { signal } = this.#interruption;
		const settled = new AbortController();
		const tooLate = new Promise<never>((_resolve, reject) => {
			const giveUp = () => {
				if (this.receipt.state !== 'submitting') return;
				this.#gaveUp = true;
				reject(lostOnAbort(this.receipt.ids));
			};
			const begin = () => {
				const grace = this.#client.host.sleep(ABORT_GRACE_MS, settled.signal);
				grace.then(giveUp, () => undefined);
			};
			if (signal.aborted) begin();
			else signal.addEventListener('abort', begin);
		});
		return Promise.race([answered, tooLate]).finally(() => settled.abort(LET_GO));
	}

	/** The request, once RunComfy has answered the submit, however late. */
	async #answered(): Promise<RequestRef> {
		try {
			return this.#accept(await this.#send().catch((error: unknown) => this.#besides(error)));
		} finally {
			const ref = requestIn(this.receipt.ids);
			if (this.#gaveUp && ref && this.#isToCancel('late')) {
				this.#cancelOnce(ref, 'late').catch(() => undefined);
			}
		}
	}

	async #send(): Promise<Acceptance> {
		const { state, ids } = this.receipt;
		if (state === 'submitting') throw unconfirmed(NO_ANSWER_BEFORE, ids);
		const { signal } = this.#interruption;
		throwIfAborted(signal, ids);
		const input = await this.#options.input!();
		this.receipt = assign(this.receipt, { ids: checkTarget(input) });
		return submit(this.#client, input, {
			signal,
			deadline: () => this.#deadline(),
			beforeSubmit: () => this.#beforeAttempt(),
			onNotTaken: () => this.#move(plannedAgain(this.receipt, this.#now())),
			onRefused: this.#options.sendsOnce ? (refusal) => (this.refusal = refusal) : undefined,
		});
	}

	/** The timeout counts from when the submit may be sent, not while the host holds it back. */
	async #beforeAttempt(): Promise<void> {
		await this.#options.keep(submittingReceipt(this.receipt, this.#now()));
		// `submit` checks next whether the request was canceled meanwhile.
		this.receipt = submittingReceipt(this.receipt, this.#now());
		if (this.#waitsSince !== undefined) return;
		this.#started = this.#moment(this.receipt.at);
		this.#waitsSince = this.#started.since;
	}

	#accept(accepted: Acceptance): RequestRef {
		this.#move(acceptedReceipt(this.receipt, accepted, this.#now()));
		return requestIn(this.receipt.ids)!;
	}

	/**
	 * The request that an error names: it is paid for. @throws the error, but after an interruption only if it names no
	 * request: the request is canceled then
	 */
	#besides(error: unknown): Acceptance {
		if (!(error instanceof RunComfyError)) throw error;
		const beside = acceptedBeside(error, this.receipt.ids);
		if (!beside) throw this.#notAccepted(error);
		if (this.#interruption.signal.aborted) return beside;
		this.#accept(beside);
		throw error;
	}

	/** Stores what a failed submit means for the request, and returns the error to throw. */
	#notAccepted(error: RunComfyError): RunComfyError {
		if (requestOutcome(error).request === 'unknown') {
			this.#move(endedReceipt(this.receipt, error.toJSON()));
			return error;
		}
		if (this.receipt.state === 'submitting') {
			this.#move(plannedAgain(this.receipt, this.#now()));
		}
		return this.#isInterruptedByCancel(error) ? notSubmitted(this.receipt.ids) : error;
	}

	async #follow(ref: RequestRef): Promise<TimedResult> {
		for (;;) {
			const last = await attemptOf(() => this.#watch(ref));
			if (last.ok) return last.value;
			const error = toRunComfyError(last.error, 'bad_response').with(ref);
			if (!this.#isInterruptedByCancel(error)) throw await this.#conclude(error, ref);
			await this.#askToCancel(ref);
		}
	}

	async #watch(ref: RequestRef): Promise<TimedResult> {
		const answer = await this.#read(ref);
		const observed = addResult(this.receipt.seen, answer.status);
		this.#move(observedReceipt(this.receipt, observed));
		const result = expectSuccess(nameNodes(answer, this.#options.workflow));
		const { at: submittedAt, since } = this.#started;
		const totalMs = this.#client.host.monotonic() - since;
		return timedResult(result, this.receipt, { submittedAt, totalMs });
	}

	/** Reads the result of the request once it has ended. */
	#read(ref: RequestRef): ResultAnswer | Promise<ResultAnswer> {
		const { result, mayHaveEnded, timeoutMs, onStatus } = this.#options;
		if (result) return result;
		const { state, at, seen, end, cancel: canceled } = this.receipt;
		return watch(this.#client, ref, {
			signal: this.#interruption.signal,
			seen,
			submittedAt: state === 'attached' ? undefined : at,
			atOnce: canceled !== undefined,
			mayHaveEnded: end ? true : mayHaveEnded,
			deadline: this.#patientUntil ?? this.#deadline(),
			timeoutMs,
			onStatus: (status) => {
				const observed = addPoll(this.receipt.seen, status.status, this.#now());
				this.#move(observedReceipt(this.receipt, observed));
				onStatus?.(status);
			},
		});
	}

	/** Sends a cancel, unless RunComfy has already answered one. */
	async #askToCancel(ref: RequestRef): Promise<void> {
		const { host } = this.#client;
		const { leave } = this.#options;
		this.#interruption = new AbortController();
		if (this.receipt.cancel?.verdict === undefined) {
			const verdict = await withTimeLimit(host, Infinity, leave, (signal) =>
				cancel(this.#client, ref, { signal, timeoutMs: CANCEL_TIMEOUT_MS }),
			).then(
				({ status }) => status,
				(): CancelVerdict => 'no answer',
			);
			// Somebody has canceled again meanwhile, or the host leaves: another cancel is sent next.
			if (isUnclear(verdict) && this.#interruption.signal.aborted) return;
			this.#move(answeredReceipt(this.receipt, verdict, this.#now()));
		}
		if (this.receipt.cancel?.verdict !== 'cancellation_requested') return;
		this.#patientUntil ??= host.monotonic() + CANCEL_PATIENCE_MS;
	}

	/** Stores what an error means for the request, and cancels the request if nobody wants it any more. */
	async #conclude(cause: RunComfyError, ref: RequestRef): Promise<RunComfyError> {
		const error = this.#explained(cause);
		const { code } = error;
		if (requestOutcome(error).request === 'ended' && code !== 'aborted') {
			this.#move(endedReceipt(this.receipt, error.toJSON()));
			return error;
		}
		const { seen, end, cancel: canceled } = this.receipt;
		const hasEnded = isFinished(seen?.state ?? 'unknown') || endStatus(end?.code ?? '');
		if (code !== 'aborted' && code !== 'timed_out') {
			if (!error.retryable) return error;
			return error.with({ hint: `${error.hint} ${fateHint(hasEnded ? 'had_ended' : 'goes_on')}` });
		}
		if (hasEnded) return error.with({ hint: fateHint('had_ended') });
		const why = code === 'aborted' ? 'left' : 'timeout';
		if (!this.#isToCancel(why)) {
			if (canceled?.verdict) return error.with({ hint: fateHint(canceled.verdict) });
			return code === 'aborted' ? error.with({ hint: fateHint('goes_on') }) : error;
		}
		const verdict = await this.#cancelOnce(ref, why);
		return error.with({
			hint: fateHint(verdict),
			details: { ...error.details, cancel: verdict },
		});
	}

	/** Adds RunComfy's answer to the cancel, if there is one, to the error. */
	#explained(error: RunComfyError): RunComfyError {
		const { verdict } = this.receipt.cancel ?? {};
		if (verdict === undefined) return error;
		const explained = error.with({ details: { cancel: verdict, ...error.details } });
		if (error.code !== 'timed_out' || this.#patientUntil === undefined) return explained;
		return new RunComfyError('run_canceled', NOT_SEEN_TO_END, explained.toJSON());
	}

	/** Whether to send a cancel now: somebody asked for one, or nobody waits any more and `cancels` says yes. */
	#isToCancel(why: Unwanted | undefined): boolean {
		const { cancel: canceled } = this.receipt;
		if (canceled && canceled.verdict === undefined) return true;
		if (why === undefined || canceled?.verdict === 'cancellation_requested') return false;
		return this.#options.cancels(why);
	}

	/** Sends the last cancel, and stores RunComfy's answer. */
	async #cancelOnce(ref: RequestRef, why: Unwanted): Promise<CancelVerdict> {
		const verdict = await sendLastCancel(this.#client, ref);
		this.#move(canceledReceipt(this.receipt, why, this.#now(), verdict));
		return this.receipt.cancel?.verdict ?? verdict;
	}

	/** Whether a cancel has interrupted the work while the host stays. */
	#isInterruptedByCancel({ code }: RunComfyError): boolean {
		const { leave } = this.#options;
		return code === 'aborted' && this.receipt.cancel !== undefined && !leave?.aborted;
	}

	#move(receipt: Receipt): void {
		this.receipt = receipt;
		// Nobody waits for `keep` here, so its rejection must not end the process.
		Promise.resolve(this.#options.keep(receipt)).catch(() => undefined);
	}

	#now(): number {
		return this.#client.host.now();
	}

	#moment(at: number) {
		return { at, since: toMonotonic(this.#client.host, at) };
	}

	/** When the timeout is over, on the monotonic clock. */
	#deadline(): number {
		const { timeoutMs } = this.#options;
		return timeoutMs ? (this.#waitsSince ?? Infinity) + timeoutMs : Infinity;
	}
}

function lostOnAbort(ids: Ids): RunComfyError {
	return abortedError({
		...ids,
		hint: `The run was stopped while it was being submitted, and RunComfy did not answer in time. Look at ${pageOf(ids)} on RunComfy: it may be running.`,
		details: { submit: 'unconfirmed' },
	});
}

/** The error of a request that was canceled before it was submitted. */
export function notSubmitted(ids: Ids): RunComfyError {
	return new RunComfyError('run_canceled', NOT_SUBMITTED, ids);
}

const NOT_SUBMITTED = 'The run was canceled before its request was submitted';

const NO_ANSWER_BEFORE = 'the process that submitted it has ended before the answer came';

const NOT_SEEN_TO_END = 'RunComfy accepted the cancel, but has not said that the request has ended';
