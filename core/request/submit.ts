import { ANSWER_BYTES } from '../defaults';
import { ifLora } from '../deployments/lora';
import { type ErrorFacts, RunComfyError } from '../errors';
import type { Client } from '../http/client';
import {
	type Body,
	type Call,
	type CallOptions,
	type FailedAttempt,
	mayHaveTakenEffect,
	tryExchange,
} from '../http/exchange';
import { canBeId, checkTarget, submitUrl } from '../http/paths';
import { NO_RETRIES } from '../http/retry';
import { stringifyJson } from '../json/numbers';
import { asId, asObject, asString, compact } from '../json/objects';
import { type Ids, idsOf, pageOf, type RequestRef, type Target } from '../target';
import { oneLine } from '../text';
import { warnOfDropped } from './failures';
import { bodyOf, type SubmitInput } from './input';
import type { Acceptance } from './receipt';
import { checkWebhook } from './webhookUrl';

export interface SubmitOptions extends Pick<CallOptions, 'signal'> {
	/** See `TryOptions`: a run must not start if no flow waits for it. An attempt that was already sent is waited for. */
	deadline?: (() => number) | undefined;
	/** Called and awaited before each attempt. If it throws, the submit ends and nothing was accepted. */
	beforeSubmit?: (() => Promise<void>) | undefined;
	/** Called before each wait for another attempt, because RunComfy has refused the request for now. */
	onNotTaken?: (() => void) | undefined;
	/**
	 * Has the submit sent only once. Called if RunComfy has refused it for now, or it did not arrive; the error follows.
	 */
	onRefused?: ((refusal: FailedAttempt) => void) | undefined;
}

const ANSWER_TIMEOUT_MS = 120_000;

/** In bytes per millisecond: an uplink of 1 Mbit/s. Embedded media makes the body large. */
const SLOWEST_UPLOAD = 125;

/**
 * `POST …/deployments/{deployment_id}/inference` (docs.runcomfy.com/serverless/async-queue-endpoints), or
 * `POST /v1/models/{model_id}` (docs.runcomfy.com/model-apis).
 *
 * Not idempotent, and RunComfy has no idempotency key. A submit is repeated only if it provably did not arrive
 * (connection refused, DNS) or was refused for now (a 429, or a 503 with Retry-After). An abort does not cut off a
 * submit on its way, because a request can only be canceled by its id. If an answer has both a request id and an error,
 * no other submit follows, and the error carries the request id.
 *
 * @throws RunComfyError `submit_unconfirmed` if the request may or may not have been accepted
 */
export async function submit(
	client: Client,
	input: SubmitInput,
	options: SubmitOptions = {},
): Promise<Acceptance> {
	const target = checkTarget(input);
	const body = writeBody(client, input, target);
	const call: Call<Acceptance> = {
		method: 'POST',
		url: withWebhook(client, submitUrl(client, target), input),
		body,
		// A refusal may repeat the request body.
		maxBytes: ANSWER_BYTES.plain + body.length,
		timeoutMs: ANSWER_TIMEOUT_MS + Math.floor(body.length / SLOWEST_UPLOAD),
		facts: { ...target },
		factsBeside: (answer) => compact({ requestId: requestIdOf(answer) }),
		exactIntegers: true,
		read: (answer) => readSubmit(answer, target),
	};
	const last = await tryExchange(client, call, {
		signal: options.signal,
		deadline: options.deadline,
		beforeAttempt: options.beforeSubmit,
		onRepeat: options.onNotTaken,
		...(options.onRefused ? { retries: NO_RETRIES } : {}),
		outlastsAbort: true,
	});
	if (last.ok) return last.value;
	if (last.notTaken && last.error.retryable) options.onRefused?.(last);
	const { message, httpStatus, requestId, details } = last.error;
	const error = mayHaveTakenEffect(last)
		? unconfirmed(message, target, { requestId, httpStatus, details })
		: last.error;
	if (error.requestId === undefined) throw explained(error, client, input);
	throw error.with({ hint: `${ACCEPTED_HINT} ${error.hint}` });
}

/**
 * A refused submit. A LoRA deployment refuses overrides, so the hint mentions that case, unless the refusal names a node:
 * then it is about a workflow.
 */
function explained(
	refusal: RunComfyError,
	{ host }: Client,
	{ inputs }: SubmitInput,
): RunComfyError {
	const { details, httpStatus, message, hint } = refusal;
	const ofInputs = /^422/.test(String(details?.['error_code'] ?? httpStatus));
	if (inputs || !ofInputs || /\bnode\b/i.test(message)) return refusal;
	return refusal.with({ hint: `${hint} ${ifLora(host.labels)}` });
}

function writeBody({ host }: Client, input: SubmitInput, target: Target): string {
	try {
		return stringifyJson(bodyOf(input, host));
	} catch (error) {
		throw new RunComfyError(
			'invalid_input',
			`The request cannot be written as JSON: ${error instanceof Error ? error.message : ''}`,
			{ ...target, hint: 'Use plain JSON: strings, numbers, arrays and objects.' },
		);
	}
}

function readSubmit(body: Body, target: Target): Acceptance {
	const answer = asObject(body);
	const requestId = requestIdOf(answer);
	if (requestId === undefined) {
		const id = asId(answer['request_id']);
		const what = id === undefined ? '' : ` that can be one: it has "${oneLine(id, 60)}"`;
		throw unconfirmed(`the answer holds no request id${what}`, target);
	}
	const dropped = warnOfDropped(answer);
	return {
		...idsOf({ ...target, requestId }),
		status: 'in_queue',
		...compact({
			warnings: dropped.length > 0 ? dropped : undefined,
			status_url: asString(answer['status_url']),
			result_url: asString(answer['result_url']),
			cancel_url: asString(answer['cancel_url']),
		}),
	};
}

const ACCEPTED_HINT =
	'The answer also names a request, which may be running and billed: fetch its result by its request id before you run it again.';

/** The request whose id came in an answer together with an error. */
export function acceptedBeside({ requestId }: RunComfyError, target: Ids): Acceptance | undefined {
	if (requestId === undefined) return undefined;
	const ref = { ...target, requestId } as RequestRef;
	return { ...idsOf(ref), status: 'in_queue' };
}

function requestIdOf(body: unknown): string | undefined {
	const id = asId(asObject(body)['request_id'])?.trim();
	return id !== undefined && canBeId(id) ? id : undefined;
}

export function unconfirmed(why: string, target: Ids, facts?: ErrorFacts): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		`It is not known whether RunComfy accepted the request: ${why}`,
		{
			...target,
			...facts,
			hint: `The request may be running and billed. Look at ${pageOf(target)} on RunComfy before you run it again.`,
		},
	);
}

function withWebhook(client: Client, url: string, input: SubmitInput): string {
	const webhook = input.webhook?.trim();
	if (!webhook || input.modelId !== undefined) return url;
	checkWebhook(client, webhook);
	return `${url}?${new URLSearchParams({ webhook })}`;
}
