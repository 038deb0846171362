import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { LOOK_UP_RETRIES } from '../http/retry';
import type { RequestRef } from '../targets';
import { withTimeLimit } from '../waiting';
import { cancel, getStatus } from './calls';
import { getResult, readResult, type ResultAnswer } from './result';
import { type CancelOutcome, isFinalResult } from './state';

/** Milliseconds for one look at a request. */
const LOOK_MS = 10_000;

/**
 * How a request has ended: one look, which waits for nothing.
 * @returns undefined if it goes on, or if that cannot be read now
 */
export async function readEnd(
	client: Client,
	ref: RequestRef,
	{ signal }: Pick<CallOptions, 'signal'> = {},
): Promise<ResultAnswer | undefined> {
	const look = (limit: AbortSignal) =>
		readOnce(client, ref, { signal: limit, retries: LOOK_UP_RETRIES });
	return withTimeLimit(client.host, LOOK_MS, signal, look).catch(() => undefined);
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

/** What came of a cancel. */
export interface Canceled {
	/** Absent if no answer came in time. */
	answer?: CancelOutcome | undefined;
	/** How the request has ended, if RunComfy refused the cancel for that. */
	end?: ResultAnswer | undefined;
}

/** Milliseconds that a cancel on the way out may take: hosts end a stopping flow soon after. */
export const LAST_CANCEL_MS = 5_000;

/** One cancel that never throws, and takes no longer than 5 s; if it is refused, the end of the request is read once. */
export async function cancelAndLook(client: Client, ref: RequestRef): Promise<Canceled> {
	const came: Canceled = {};
	await withTimeLimit(client.host, LAST_CANCEL_MS, undefined, async (signal) => {
		came.answer = (await cancel(client, ref, { signal, timeoutMs: LAST_CANCEL_MS })).status;
		if (came.answer === 'not_cancellable') came.end = await readEnd(client, ref, { signal });
	}).catch(() => undefined);
	return { ...came };
}
