import { abortedError, throwIfAborted } from './abort';
import { asObject, compact, textOf } from './answers';
import type { Client } from './client';
import { RunComfyError } from './errors';
import { exchange, type Call, type CallOptions } from './exchange';
import { stringifyJson } from './json';
import type { Overrides, WorkflowApiJson } from './overrides';
import { checkId, submitUrl } from './paths';
import { SUBMIT_RETRIES } from './retry';

export interface SubmitInput {
	deploymentId: string;
	/** What to change in the deployment's saved workflow; `{}` runs it as saved. */
	overrides?: Overrides | undefined;
	/** Another graph to run on the deployment's machine instead of the saved one, API format. */
	workflowApiJson?: WorkflowApiJson | undefined;
	/** Passed through, for example `{ api_key_comfy_org: "…" }` for ComfyUI's partner nodes. */
	extraData?: Record<string, unknown> | undefined;
	/** Public https address that RunComfy calls when the request has ended. */
	webhook?: string | undefined;
	/** Whether the webhook is also called when the state changes before the end. */
	webhookIntermediateStatus?: boolean | undefined;
}

export interface SubmitAnswer {
	request_id: string;
	deployment_id: string;
	status: 'in_queue';
	status_url?: string;
	result_url?: string;
	cancel_url?: string;
}

/** Milliseconds. Long because embedded media makes the body large. */
const SUBMIT_TIMEOUT_MS = 120_000;

/** Milliseconds that a submit already on its way is given after an abort, so that it can be canceled. */
const ABORT_GRACE_MS = 5_000;

/**
 * Starts one run: `POST …/deployments/{deployment_id}/inference`.
 *
 * Not idempotent, and there is no idempotency key: it is repeated only where the call provably did
 * not arrive (connection refused, DNS, 429, 503 with Retry-After). An abort does not tear down a
 * call on its way: its answer is awaited for up to 5 s, since only its request id can be canceled.
 *
 * @throws RunComfyError `submit_unconfirmed` when the request may or may not have been accepted;
 * `invalid_input`, `aborted`, or the error that the service answered with.
 */
export async function submit(
	client: Client,
	input: SubmitInput,
	options: CallOptions = {},
): Promise<SubmitAnswer> {
	const deploymentId = checkId(input.deploymentId, 'deployment id');
	const call: Call = {
		method: 'POST',
		url: withWebhook(submitUrl(client, deploymentId), input),
		body: stringifyJson(
			compact({
				overrides: input.overrides ?? (input.workflowApiJson ? undefined : {}),
				workflow_api_json: input.workflowApiJson,
				extra_data: input.extraData,
			}),
		),
		timeoutMs: SUBMIT_TIMEOUT_MS,
		facts: { deploymentId },
	};
	throwIfAborted(options.signal, call.facts);
	const body = await exchange(client, call, {
		...options,
		signal: undefined,
		pauseSignal: options.signal,
		retries: options.retries ?? SUBMIT_RETRIES,
		mayRepeat: (failed) => failed.undelivered && failed.error.retryable,
		bound: (pending) => withinGrace(client, pending, options.signal, deploymentId),
		refine: (failed) => (failed.undelivered ? failed.error : confirmOrDoubt(failed.error)),
	});
	return readSubmit(body, deploymentId);
}

function readSubmit(body: unknown, deploymentId: string): SubmitAnswer {
	const answer = asObject(body);
	const requestId = textOf(answer['request_id']);
	if (requestId === undefined) {
		throw unconfirmed('the answer holds no request id', { deploymentId });
	}
	return {
		request_id: requestId,
		deployment_id: deploymentId,
		status: 'in_queue',
		...compact({
			status_url: textOf(answer['status_url']),
			result_url: textOf(answer['result_url']),
			cancel_url: textOf(answer['cancel_url']),
		}),
	};
}

/** A refusal is certain; anything that went wrong on the way leaves open whether a run began. */
function confirmOrDoubt(error: RunComfyError): RunComfyError {
	const doubtful = error.code === 'service_unavailable' || error.code === 'bad_response';
	return doubtful
		? unconfirmed(error.message, {
				deploymentId: error.deploymentId,
				httpStatus: error.httpStatus,
				details: error.details,
			})
		: error;
}

function unconfirmed(
	why: string,
	facts: Pick<RunComfyError, 'deploymentId'> &
		Partial<Pick<RunComfyError, 'httpStatus' | 'details'>>,
): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		`Whether RunComfy accepted the request is not known: ${why}`,
		facts,
	);
}

async function withinGrace<T>(
	client: Client,
	answer: Promise<T>,
	signal: AbortSignal | undefined,
	deploymentId: string,
): Promise<T> {
	if (!signal) return answer;
	const patience = new AbortController();
	const tooLate = new Promise<never>((_resolve, reject) => {
		const begin = () => {
			client.host.sleep(ABORT_GRACE_MS, patience.signal).then(
				() => reject(lostOnAbort(deploymentId)),
				() => undefined,
			);
		};
		if (signal.aborted) begin();
		else signal.addEventListener('abort', begin, { once: true, signal: patience.signal });
	});
	return Promise.race([answer, tooLate]).finally(() => patience.abort());
}

function lostOnAbort(deploymentId: string): RunComfyError {
	return abortedError({
		deploymentId,
		hint: 'The run was stopped while it was being submitted, and RunComfy did not answer in time. Look at the deployment’s requests on RunComfy: it may be running.',
	});
}

function withWebhook(url: string, input: SubmitInput): string {
	const webhook = input.webhook?.trim();
	if (!webhook) return url;
	if (!URL.canParse(webhook) || !/^https?:$/.test(new URL(webhook).protocol)) {
		throw new RunComfyError('invalid_input', `The webhook "${webhook}" is not a web address`, {
			hint: 'Use the full https address that RunComfy shall call.',
			deploymentId: input.deploymentId,
		});
	}
	const query = new URLSearchParams({ webhook });
	if (input.webhookIntermediateStatus) query.set('webhook_intermediate_status', 'true');
	return `${url}?${query}`;
}
