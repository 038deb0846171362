import { cancelBestEffort } from './cancel';
import type { Client } from './client';
import { mapSettled, type Settled } from './concurrency';
import { RunComfyError } from './errors';
import { readOutputs, type OutputFile, type OutputText } from './outputs';
import type { RequestRef } from './paths';
import { expectSuccess, nameNodes, type ResultAnswer } from './result';
import { submit, type SubmitAnswer, type SubmitInput } from './submit';
import { watch, type WatchOptions } from './watch';
import type { WorkflowApiJson } from './overrides';

export interface RunOptions extends Omit<WatchOptions, 'deadline' | 'submittedAt'> {
	/** Milliseconds from the submit; 0 or absent waits without end. */
	timeoutMs?: number | undefined;
	/** Whether a timeout cancels the request; by default it goes on and can be fetched later. */
	cancelOnTimeout?: boolean | undefined;
	/** Whether an abort cancels the request; it does by default: stopping a flow stops the bill. */
	cancelOnAbort?: boolean | undefined;
	/** Called once the request is accepted, before any waiting: the moment to write its id down. */
	onSubmitted?: ((answer: SubmitAnswer) => void) | undefined;
	/** The deployment's workflow, if at hand, to name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
}

export interface RunResult extends ResultAnswer {
	status: 'succeeded';
	files: OutputFile[];
	texts: OutputText[];
	warnings: string[];
	timings: Timings;
}

export interface Timings {
	/** ISO 8601, this machine's clock. */
	submitted_at: string;
	/** Milliseconds, as seen from here. */
	queued_ms: number;
	total_ms: number;
	/** Calls of the status endpoint. */
	status_calls: number;
}

/**
 * Submits, waits for the end and reads the outputs.
 * @throws RunComfyError those of `submit`, `watch` and `expectSuccess`. Once the request was
 * accepted, every error carries its `requestId`. On abort one cancel is sent and given 5 s.
 */
export async function run(
	client: Client,
	input: SubmitInput,
	options: RunOptions = {},
): Promise<RunResult> {
	const submittedAt = client.host.now();
	const accepted = await submit(client, input, options);
	const ref = { deploymentId: accepted.deployment_id, requestId: accepted.request_id };
	options.onSubmitted?.(accepted);
	return attach(client, ref, { ...options, submittedAt });
}

/** Waits for a request that was submitted before, as `run` does. Never submits. */
export async function attach(
	client: Client,
	ref: RequestRef,
	options: Omit<RunOptions, 'onSubmitted'> & { submittedAt?: number | undefined } = {},
): Promise<RunResult> {
	const { timeoutMs, submittedAt = client.host.now() } = options;
	const deadline = timeoutMs ? submittedAt + timeoutMs : undefined;
	try {
		const watched = await watch(client, ref, { ...options, submittedAt, deadline });
		const result = expectSuccess(nameNodes(watched.result, options.workflow));
		return {
			...result,
			status: 'succeeded',
			...readOutputs(result.outputs),
			timings: {
				submitted_at: new Date(submittedAt).toISOString(),
				queued_ms: Math.round(watched.queuedMs),
				total_ms: client.host.now() - submittedAt,
				status_calls: watched.statusCalls,
			},
		};
	} catch (error) {
		throw error instanceof RunComfyError
			? await leave(client, ref, error.with(ref), options)
			: error;
	}
}

/** Many runs at once, results in the order of `inputs`. */
export function runMany(
	client: Client,
	inputs: readonly SubmitInput[],
	options: RunOptions & { concurrency: number },
): Promise<Array<Settled<RunResult>>> {
	return mapSettled(inputs, options.concurrency, (input) => run(client, input, options));
}

/** Cancels what the user no longer wants, and says in the error what became of that. */
async function leave(
	client: Client,
	ref: RequestRef,
	error: RunComfyError,
	options: RunOptions,
): Promise<RunComfyError> {
	const wanted =
		(error.code === 'aborted' && (options.cancelOnAbort ?? true)) ||
		(error.code === 'timed_out' && (options.cancelOnTimeout ?? false));
	if (!wanted) return error;
	const cancel = (await cancelBestEffort(client, ref)) ?? 'no answer';
	return new RunComfyError(error.code, error.message, {
		...error,
		hint: CANCEL_HINTS[cancel],
		details: { ...error.details, cancel },
	});
}

const CANCEL_HINTS = {
	cancellation_requested:
		'RunComfy was asked to cancel the request and accepted. Run it again if you need the result.',
	not_cancellable:
		'The request had already ended when it was to be canceled. Fetch its result with its request id.',
	unknown: 'RunComfy was asked to cancel the request. Check its status to see whether it did.',
	'no answer':
		'RunComfy did not answer the cancel in time: the request may still be running. Cancel it by its request id.',
} as const;
