import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { LOOK_UP_RETRIES } from '../http/retry';
import type { RequestRef } from '../target';
import { withTimeLimit } from '../waiting';
import { cancel, getStatus } from './calls';
import { getResult, readResult, type ResultAnswer } from './result';
import { type CancelStatus, isFinalResult } from './state';

/** Time limit for `readEnd`, in milliseconds. */
const READ_END_MS = 10_000;

/**
 * Reads how a request ended, without waiting for its end.
 * @returns undefined if the request has not ended, or its result cannot be read now
 */
export async function readEnd(
	client: Client,
	ref: RequestRef,
	{ signal }: Pick<CallOptions, 'signal'> = {},
): Promise<ResultAnswer | undefined> {
	const read = (limit: AbortSignal) =>
		readOnce(client, ref, { signal: limit, retries: LOOK_UP_RETRIES });
	return withTimeLimit(client.host, READ_END_MS, signal, read).catch(() => undefined);
}

async function readOnce(
	client: Client,
	ref: RequestRef,
	calls: CallOptions,
): Promise<ResultAnswer | undefined> {
	const result = await getResult(client, ref, calls).catch(async (error: unknown) => {
		if (!(error instanceof RunComfyError) || error.code !== 'not_found') throw error;
		// A canceled request has no result.
		const { status, raw } = await getStatus(client, ref, calls);
		return status === 'canceled' ? readResult(ref, raw) : undefined;
	});
	return result && isFinalResult(result.status) ? result : undefined;
}

/** RunComfy's answer to a cancel and, if the cancel was refused, how the request ended. */
export interface LastCancel {
	/** Absent if RunComfy did not answer in time. */
	status?: CancelStatus | undefined;
	/** The result, if RunComfy refused the cancel because the request had already ended. */
	result?: ResultAnswer | undefined;
}

/** Time limit for a cancel during shutdown, in milliseconds: hosts end a stopping flow soon after. */
export const LAST_CANCEL_MS = 5_000;

/** Sends one cancel. Never throws, and takes at most 5 s. If RunComfy refuses, reads once how the request ended. */
export async function sendLastCancel(client: Client, ref: RequestRef): Promise<LastCancel> {
	const last: LastCancel = {};
	await withTimeLimit(client.host, LAST_CANCEL_MS, undefined, async (signal) => {
		last.status = (await cancel(client, ref, { signal, timeoutMs: LAST_CANCEL_MS })).status;
		if (last.status === 'not_cancellable') last.result = await readEnd(client, ref, { signal });
	}).catch(() => undefined);
	return { ...last };
}
