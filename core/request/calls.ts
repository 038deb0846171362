import type { Client } from '../http/client';
import {
	type Body,
	type Call,
	type CallOptions,
	exchange,
	type TryOptions,
} from '../http/exchange';
import { checkRef, type Leaf, requestUrl } from '../http/paths';
import {
	asNumber,
	asObject,
	asString,
	compact,
	expectState,
	type JsonObject,
} from '../json/objects';
import { idsOf, type RequestIds, type RequestRef } from '../target';
import { type CancelStatus, cancelStatus, type RequestState, requestState } from './state';

export interface StatusAnswer extends RequestIds {
	status: RequestState;
	/** The status word of the answer, if this client does not know it. */
	reported_status?: string;
	/** For display only: RunComfy does not document whether it counts from 0 or 1. */
	queue_position?: number;
	/** The machine that runs the request, for the instance proxy. Present only while the machine is up. */
	instance_id?: string;
	/** The parsed answer, unchanged. */
	raw: JsonObject;
}

/**
 * `GET …/requests/{request_id}/status` (docs.runcomfy.com/serverless/async-queue-endpoints, and model-apis).
 * @throws RunComfyError
 */
export async function getStatus(
	client: Client,
	ref: RequestRef,
	options: CallOptions = {},
): Promise<StatusAnswer> {
	return ask(client, ref, 'status', { read: toStatus }, options);
}

function toStatus(ref: RequestRef, body: Body): StatusAnswer {
	const raw = expectState(body);
	const status = requestState(raw.status);
	return {
		...idsOf(ref),
		status,
		...compact({
			reported_status: status === 'unknown' ? raw.status : undefined,
			queue_position: asNumber(raw['queue_position']),
			instance_id: asString(raw['instance_id']),
		}),
		raw,
	};
}

export interface CancelAnswer extends RequestIds {
	/**
	 * `cancellation_requested` is no guarantee: the run may still end either way.
	 * `not_cancellable`: the run has already ended, or it has started and RunComfy cancels this kind of request only
	 * while it is queued.
	 */
	status: CancelStatus;
	/** The parsed answer, unchanged. */
	raw: JsonObject;
}

/**
 * `POST …/requests/{request_id}/cancel` (docs.runcomfy.com/serverless/async-queue-endpoints). Cancels a queued or
 * running request. A request to a hosted model (docs.runcomfy.com/model-apis), and perhaps to a LoRA deployment, can
 * be canceled only while it is queued. Safe to repeat. If the answer to one attempt was lost and the next attempt is
 * refused, the status is `unknown`: the first may have canceled the request.
 * @throws RunComfyError
 */
export async function cancel(
	client: Client,
	ref: RequestRef,
	options: CallOptions & { timeoutMs?: number } = {},
): Promise<CancelAnswer> {
	const { timeoutMs, ...rest } = options;
	let mayBeDone = false;
	const read = (of: RequestRef, body: Body): CancelAnswer => {
		const raw = asObject(body);
		const status = cancelStatus(raw);
		const unclear = mayBeDone && status === 'not_cancellable';
		return { ...idsOf(of), status: unclear ? 'unknown' : status, raw };
	};
	const question = { method: 'POST', idempotent: true, timeoutMs, read } as const;
	return ask(client, ref, 'cancel', question, {
		...rest,
		onRepeat: ({ notTaken }) => void (mayBeDone ||= !notTaken),
	});
}

export interface Question<T>
	extends Pick<
		Call<T>,
		'method' | 'idempotent' | 'timeoutMs' | 'maxBytes' | 'acceptsErrorCode' | 'exactIntegers'
	> {
	read: (ref: RequestRef, body: Body) => T;
}

/** One call about an accepted request, for any kind of target. @throws RunComfyError */
export async function ask<T>(
	client: Client,
	unchecked: RequestRef,
	leaf: Leaf,
	{ read, ...question }: Question<T>,
	options: TryOptions,
): Promise<T> {
	const ref = checkRef(unchecked);
	const call: Call<T> = {
		...question,
		url: requestUrl(client, ref, leaf),
		facts: { ...ref },
		read: (body) => read(ref, body),
	};
	return exchange(client, call, options);
}
