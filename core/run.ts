import { type RunComfyError, toRunComfyError } from './errors';
import type { OutputFile, Outputs, OutputText, OutputValue } from './files/outputFile';
import { readResultOutputs } from './files/outputs';
import type { Client } from './http/client';
import { assign, compact } from './json/objects';
import { cancelAndLook, type Canceled } from './request/end';
import { nameNodes } from './request/failures';
import { expectSuccess, type ResultAnswer } from './request/result';
import { type CancelOutcome, isFinished, type ResultState } from './request/state';
import type { Progress, WatchOptions } from './request/statusCalls';
import { submit, type SubmitAnswer, type SubmitOptions } from './request/submit';
import { watch } from './request/watch';
import type { SubmitInput } from './target/body';
import { checkRef, refOf, type RequestRef } from './target/ref';
import { toMonotonic } from './waiting';
import type { WorkflowApiJson } from './workflow/graph';

/** How to wait for a run, and what it reports on the way. */
export interface RunOptions
	extends Omit<WatchOptions, 'deadline' | 'submittedAt'>,
		Pick<SubmitOptions, 'beforeSubmit' | 'refused' | 'onNotTaken'> {
	/** Milliseconds from the first attempt of the submit; 0 or absent waits without end. */
	timeoutMs?: number | undefined;
	/** By default the request goes on and can be fetched later. */
	cancelOnTimeout?: boolean | undefined;
	/** True by default: stopping a flow stops the bill. A function is asked at the abort. */
	cancelOnAbort?: boolean | (() => boolean) | undefined;
	/**
	 * Called before any waiting: the time to write the request's id down. Also called before an error is
	 * thrown if RunComfy named the request beside it. After an abort it may come when `run` has ended.
	 */
	onSubmitted?: ((answer: SubmitAnswer) => void) | undefined;
	/**
	 * Called after a cancel on abort or timeout; no answer came in time if undefined. `ended` says how the request had
	 * ended, if RunComfy refused the cancel for that. Must not throw.
	 */
	onCancel?:
		| ((ref: RequestRef, answer: CancelOutcome | undefined, ended?: ResultState) => void)
		| undefined;
	/** The deployment's workflow, if at hand, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
}

/** The result of a run that went well, with its outputs. */
export interface RunResult extends ResultAnswer {
	status: 'succeeded';
	files: OutputFile[];
	texts: OutputText[];
	values: OutputValue[];
	warnings: string[];
	timings: Timings;
}

interface Timings {
	/** ISO 8601, by this machine's clock. Absent if it was not known when the wait began. */
	submitted_at?: string;
	/** From the submit until the run began, as seen from here. Absent if either moment is not known well enough. */
	queued_ms?: number;
	/** On the machine, by RunComfy's clock. Absent if RunComfy gives no times, or the start was not seen. */
	run_ms?: number;
	/** From the submit to the result, as seen from here. */
	total_ms: number;
	status_calls: number;
}

/** The `RunOptions` that a submit alone can use. */
export type SubmitOnlyOptions = Pick<
	SubmitOptions,
	'signal' | 'retries' | 'deadline' | 'beforeSubmit' | 'refused' | 'onNotTaken'
> &
	Pick<RunOptions, 'cancelOnAbort' | 'onSubmitted' | 'onCancel'>;

/**
 * If the answer comes after an abort, `onSubmitted` is called all the same, and the request is canceled unless
 * it is wanted: see `cancelOnAbort`. @throws RunComfyError those of `submit`
 */
export async function submitOnly(
	client: Client,
	input: SubmitInput,
	options: SubmitOnlyOptions = {},
): Promise<SubmitAnswer> {
	const accepted = await submitAndCancelLate(client, input, options);
	options.onSubmitted?.(accepted);
	return accepted;
}

/**
 * Submits, waits for the end and reads the outputs.
 * @throws RunComfyError those of `submit`, `watch` and `expectSuccess`. Once the request was accepted, every
 * error carries its `requestId`. On abort one cancel is sent and given 5 s.
 */
export async function run(
	client: Client,
	input: SubmitInput,
	options: RunOptions = {},
): Promise<RunResult> {
	const { host } = client;
	const { timeoutMs, refused } = options;
	const startedAt = refused?.since ?? host.now();
	const since = toMonotonic(host, startedAt);
	const deadline = timeoutMs ? since + timeoutMs : undefined;
	const accepted = await submitAndCancelLate(client, input, { ...options, deadline });
	const moments = { startedAt, since, submittedAt: host.now() };
	const result = await follow(client, refOf(accepted), options, moments, accepted);
	const warnings = new Set([...(accepted.warnings ?? []), ...result.warnings]);
	return { ...result, warnings: [...warnings] };
}

async function submitAndCancelLate(
	client: Client,
	input: SubmitInput,
	options: SubmitOnlyOptions,
): Promise<SubmitAnswer> {
	return submit(client, input, {
		...options,
		onAcceptedDespiteError: options.onSubmitted,
		onLateAnswer: (late) => {
			try {
				options.onSubmitted?.(late);
			} finally {
				if (cancelsOnAbort(options)) void cancelAndTell(client, refOf(late), options);
			}
		},
	});
}

export interface AttachOptions extends Omit<RunOptions, 'onSubmitted'> {
	/** Milliseconds since the epoch, if it is known. */
	submittedAt?: number | undefined;
	/** If `submittedAt` is not known: when the wait began, perhaps in an earlier process. */
	waitsFrom?: number | undefined;
}

/** Never submits. The timeout counts from `submittedAt`, `waitsFrom`, or this call. */
export async function attach(
	client: Client,
	ref: RequestRef,
	options: AttachOptions = {},
): Promise<RunResult> {
	const { submittedAt, waitsFrom = client.host.now() } = options;
	const startedAt = submittedAt ?? waitsFrom;
	const since = toMonotonic(client.host, startedAt);
	return follow(client, checkRef(ref), options, { startedAt, since, submittedAt });
}

interface Moments {
	/** Milliseconds since the epoch. */
	startedAt: number;
	/** That moment on the host's monotonic clock: what the timeout and the total count from. */
	since: number;
	submittedAt: number | undefined;
}

async function follow(
	client: Client,
	ref: RequestRef,
	options: RunOptions,
	{ startedAt, since, submittedAt }: Moments,
	accepted?: SubmitAnswer,
): Promise<RunResult> {
	const { timeoutMs, workflow } = options;
	let ended = false;
	try {
		if (accepted) options.onSubmitted?.(accepted);
		const waiting: WatchOptions = assign(options, {
			submittedAt,
			deadline: timeoutMs ? since + timeoutMs : undefined,
			onProgress(progress: Progress) {
				ended = isFinished(progress.status);
				options.onProgress?.(progress);
			},
		});
		const watched = await watch(client, ref, waiting);
		const result = expectSuccess(nameNodes(watched.result, workflow));
		return {
			...result,
			status: 'succeeded',
			...outputsOf(result),
			timings: {
				...compact({
					submitted_at: submittedAt === undefined ? undefined : new Date(startedAt).toISOString(),
					queued_ms: rounded(watched.queuedMs),
					run_ms: rounded(watched.runMs),
				}),
				total_ms: Math.round(client.host.monotonic() - since),
				status_calls: watched.statusCalls,
			},
		};
	} catch (thrown) {
		const error = toRunComfyError(thrown, 'bad_response').with(ref);
		throw await leave(client, error, ref, { ...options, ended });
	}
}

/** The outputs of a result, with all warnings for the user. */
export function outputsOf(result: ResultAnswer): Outputs {
	const { warnings = [] } = result;
	const read = readResultOutputs(result);
	return { ...read, warnings: [...warnings, ...read.warnings] };
}

function rounded(ms: number | undefined): number | undefined {
	return ms === undefined ? undefined : Math.round(ms);
}

/** Cancels a request that the user no longer wants; the error says how to get at what was paid for. */
async function leave(
	client: Client,
	error: RunComfyError,
	ref: RequestRef,
	options: RunOptions & { ended: boolean },
): Promise<RunComfyError> {
	const { code } = error;
	const { ended, cancelOnTimeout = false } = options;
	if (code !== 'aborted' && code !== 'timed_out') {
		if (!error.retryable) return error;
		return error.with({ hint: `${error.hint} ${ended ? HAS_ENDED : GOES_ON}` });
	}
	if (ended) return error.with({ hint: HAS_ENDED });
	const unwanted = code === 'aborted' ? cancelsOnAbort(options) : cancelOnTimeout;
	if (!unwanted) return code === 'aborted' ? error.with({ hint: GOES_ON }) : error;
	const { answer: cancel = 'no answer', end } = await cancelAndTell(client, ref, options);
	const hint = end ? HAS_ENDED : CANCEL_HINTS[cancel];
	return error.with({ hint, details: { ...error.details, cancel } });
}

async function cancelAndTell(
	client: Client,
	ref: RequestRef,
	{ onCancel }: Pick<RunOptions, 'onCancel'>,
): Promise<Canceled> {
	const canceled = await cancelAndLook(client, ref);
	const { answer, end } = canceled;
	onCancel?.(ref, answer, end?.status);
	return canceled;
}

function cancelsOnAbort({ cancelOnAbort = true }: Pick<RunOptions, 'cancelOnAbort'>): boolean {
	return typeof cancelOnAbort === 'function' ? cancelOnAbort() : cancelOnAbort;
}

const GOES_ON = 'The request goes on at RunComfy: fetch its result later by its request id.';

const HAS_ENDED = 'The request has ended: fetch its result by its request id.';

const CANCEL_HINTS = {
	cancellation_requested:
		'RunComfy was asked to cancel the request and accepted. Run it again if you need the result.',
	not_cancellable:
		'RunComfy refused the cancel: the request has ended, or it runs and is one that RunComfy cancels only while it is queued. Check its status. Fetch its result by its request id.',
	unknown: 'RunComfy was asked to cancel the request. Check its status to see whether it did.',
	'no answer':
		'RunComfy did not answer the cancel in time: the request may still be running. Cancel it by its request id.',
} as const;
