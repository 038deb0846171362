import { asObject, type JsonObject } from './answers';
import type { Client } from './client';
import { exchange, type CallOptions } from './exchange';
import { requestUrl, type RequestRef } from './paths';
import { READ_RETRIES } from './retry';
import { cancelOutcome, type CancelOutcome } from './state';
import { READ_TIMEOUT_MS } from './status';

export interface CancelAnswer {
	request_id: string;
	deployment_id: string;
	/**
	 * `cancellation_requested` is no guarantee: the run may still end either way.
	 * `not_cancellable`: it had ended, or cannot be canceled any more.
	 */
	status: CancelOutcome;
	/** The answer as it came. */
	raw: JsonObject;
}

/**
 * `POST …/requests/{request_id}/cancel`: a queued or running request. Asking twice does no harm, so
 * this is repeated like a read.
 * @throws RunComfyError
 */
export async function cancel(
	client: Client,
	ref: RequestRef,
	options: CallOptions & { timeoutMs?: number } = {},
): Promise<CancelAnswer> {
	const { timeoutMs = READ_TIMEOUT_MS, ...rest } = options;
	const body = await exchange(
		client,
		{ method: 'POST', url: requestUrl(client, ref, 'cancel'), timeoutMs, facts: ref },
		{ ...rest, retries: rest.retries ?? READ_RETRIES },
	);
	const raw = asObject(body);
	return {
		request_id: ref.requestId.trim(),
		deployment_id: ref.deploymentId.trim(),
		status: cancelOutcome(raw),
		raw,
	};
}

/** Milliseconds that a cancel on the way out may take: hosts end a stopping flow soon after. */
export const LAST_CANCEL_MS = 5_000;

/** One cancel that never throws and never takes longer than 5 s; undefined when it got no answer. */
export async function cancelBestEffort(
	client: Client,
	ref: RequestRef,
): Promise<CancelOutcome | undefined> {
	const bound = new AbortController();
	const timer = client.host.sleep(LAST_CANCEL_MS, bound.signal).then(
		() => undefined,
		() => undefined,
	);
	const answer = cancel(client, ref, { signal: bound.signal, timeoutMs: LAST_CANCEL_MS }).then(
		({ status }) => status,
		() => undefined,
	);
	return Promise.race([answer, timer]).finally(() => bound.abort());
}
