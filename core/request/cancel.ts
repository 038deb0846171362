import type { Client } from '../http/client';
import type { Body, CallOptions } from '../http/exchange';
import { asObject, type JsonObject } from '../json/objects';
import { idsOf, type RequestIds, type RequestRef } from '../target/ref';
import { withTimeLimit } from '../time/waiting';
import { ask } from './ask';
import { type CancelOutcome, cancelOutcome } from './state';

export interface CancelAnswer extends RequestIds {
	/**
	 * `cancellation_requested` is no guarantee: the run may still end either way.
	 * `not_cancellable`: it had ended, or it is a hosted model's request and has begun.
	 */
	status: CancelOutcome;
	/** The answer as it came. */
	raw: JsonObject;
}

/**
 * `POST …/requests/{request_id}/cancel` (docs.runcomfy.com/serverless/async-queue-endpoints): a queued or running
 * request; for a hosted model only a queued one (docs.runcomfy.com/model-apis). Asking twice does no harm.
 * @throws RunComfyError
 */
export async function cancel(
	client: Client,
	ref: RequestRef,
	options: CallOptions & { timeoutMs?: number } = {},
): Promise<CancelAnswer> {
	const { timeoutMs, ...rest } = options;
	return ask(client, ref, 'cancel', { method: 'POST', idempotent: true, timeoutMs, read }, rest);
}

function read(ref: RequestRef, body: Body): CancelAnswer {
	const raw = asObject(body);
	return { ...idsOf(ref), status: cancelOutcome(raw), raw };
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
