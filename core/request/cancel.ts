import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkRef, type RequestRef, requestUrl } from '../http/paths';
import { asObject, type JsonObject } from '../json/objects';
import { withTimeLimit } from '../time/waiting';
import { expectOwn } from './own';
import { type CancelOutcome, cancelOutcome } from './state';

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
 * `POST …/requests/{request_id}/cancel` (docs.runcomfy.com/serverless/async-queue-endpoints): a queued or running request. Asking twice does no harm, so
 * this is repeated like a read.
 * @throws RunComfyError
 */
export async function cancel(
	client: Client,
	ref: RequestRef,
	options: CallOptions & { timeoutMs?: number } = {},
): Promise<CancelAnswer> {
	const { timeoutMs, ...rest } = options;
	const facts = checkRef(ref);
	return exchange(
		client,
		{
			method: 'POST',
			url: requestUrl(client, facts, 'cancel'),
			timeoutMs,
			idempotent: true,
			facts,
			read: (body) => readCancel(facts, asObject(expectOwn(facts, body))),
		},
		rest,
	);
}

function readCancel(ref: RequestRef, raw: JsonObject): CancelAnswer {
	return {
		request_id: ref.requestId,
		deployment_id: ref.deploymentId,
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
	return withTimeLimit(client.host, LAST_CANCEL_MS, undefined, (signal) =>
		cancel(client, ref, { signal, timeoutMs: LAST_CANCEL_MS }),
	).then(
		({ status }) => status,
		() => undefined,
	);
}
