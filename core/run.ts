import type { WorkflowApiJson } from './comfyui/graph';
import type { Outputs } from './files/outputFile';
import { outputsOf } from './files/outputs';
import type { Client } from './http/client';
import { Pursuit, type PursuitOptions } from './request/pursue';
import {
	attachedReceipt,
	plannedReceipt,
	type Receipt,
	requestIn,
	type SubmitAnswer,
} from './request/receipt';
import type { CancelOutcome, ResultState } from './request/state';
import type { WatchOptions } from './request/statusCalls';
import type { SubmitOptions } from './request/submit';
import type { TimedResult } from './request/timedResult';
import type { SubmitInput } from './service/body';
import { checkRef, checkTarget, type RequestRef } from './service/ref';

/** The result of a run that went well, with its outputs. */
export type RunResult = TimedResult & Outputs;

/** How to wait for a run, and what it reports on the way. */
export interface RunOptions
	extends Omit<WatchOptions, 'deadline' | 'submittedAt' | 'onRepeat'>,
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

/** The `RunOptions` that a submit alone can use. */
export type SubmitOnlyOptions = Pick<
	RunOptions,
	| 'signal'
	| 'retries'
	| 'beforeSubmit'
	| 'refused'
	| 'onNotTaken'
	| 'cancelOnAbort'
	| 'onSubmitted'
	| 'onCancel'
>;

/** @throws RunComfyError those of `submit` */
export async function submitOnly(
	client: Client,
	input: SubmitInput,
	options: SubmitOnlyOptions = {},
): Promise<SubmitAnswer> {
	// At a stop within the grace, whoever submits cancels.
	return pursueInput(client, input, options, (why) => why !== 'left').accepted();
}

/** Submits, waits for the end and reads the outputs. */
export async function run(
	client: Client,
	input: SubmitInput,
	options: RunOptions = {},
): Promise<RunResult> {
	return withOutputs(await pursueInput(client, input, options).ended());
}

function withOutputs(result: TimedResult): RunResult {
	return { ...result, ...outputsOf(result) };
}

function pursueInput(
	client: Client,
	input: SubmitInput,
	options: RunOptions,
	mayCancel: PursuitOptions['cancels'] = () => true,
): Pursuit {
	const planned = plannedReceipt(checkTarget(input), client.host.now());
	const { refused } = options;
	const receipt = refused ? { ...planned, refused } : planned;
	const own = pursuitOptions(options);
	const cancels: PursuitOptions['cancels'] = (why) => mayCancel(why) && own.cancels(why);
	return new Pursuit(client, receipt, { ...own, input: () => input, cancels });
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
	given: RequestRef,
	options: AttachOptions = {},
): Promise<RunResult> {
	const { submittedAt, seen, waitsFrom = client.host.now() } = options;
	const ref = checkRef(given);
	const attached: Receipt = attachedReceipt(ref, waitsFrom);
	const receipt: Receipt =
		submittedAt === undefined ? attached : { ...attached, state: 'accepted', at: submittedAt };
	const own = pursuitOptions(options);
	return withOutputs(
		await new Pursuit(client, { ...receipt, ...(seen ? { seen } : {}) }, own).ended(),
	);
}

/** What the callbacks of before make of each step. */
function pursuitOptions(options: RunOptions): PursuitOptions {
	const { cancelOnAbort = true, cancelOnTimeout = false } = options;
	let before: Receipt | undefined;
	return {
		...options,
		leave: options.signal,
		cancels(why) {
			if (why === 'timeout') return cancelOnTimeout;
			return typeof cancelOnAbort === 'function' ? cancelOnAbort() : cancelOnAbort;
		},
		keep(receipt) {
			const { state, answer, cancel, ids, refused } = receipt;
			const earlier = before;
			before = receipt;
			if (state === 'submitting' && earlier?.state !== 'submitting') {
				return options.beforeSubmit?.();
			}
			if (state === 'planned' && refused !== undefined) return options.onNotTaken?.(refused);
			if (answer !== earlier?.answer) return options.onSubmitted?.(answer!);
			const verdict = cancel?.verdict;
			if (!verdict || verdict === earlier?.cancel?.verdict) return undefined;
			const said = verdict === 'no answer' ? undefined : verdict;
			return options.onCancel?.(requestIn(ids)!, said, cancel?.ended);
		},
	};
}
