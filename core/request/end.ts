import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import type { CallOptions } from '../http/exchange';
import { LOOK_UP_RETRIES } from '../http/retry';
import type { RequestRef } from '../target';
import { attemptOf, withTimeLimit } from '../waiting';
import { cancel, getStatus } from './calls';
import { addPoll, type Observed } from './observed';
import type { CancelVerdict } from './receipt';
import { getResult, readResult, type ResultAnswer } from './result';
import { isFinalResult, type RequestState, requestState } from './state';

/** Time limit for one look at a request, in milliseconds. */
const LOOK_MS = 10_000;

/** What one look has shown: the result of a request that has ended, its state beside what was seen, or why it could not be read. */
export type Look =
	| { result: ResultAnswer; seen?: undefined; error?: undefined }
	| { seen: Observed; result?: undefined; error?: undefined }
	| { error: unknown; result?: undefined; seen?: undefined };

/** Looks once at a request, without waiting for its end. Reads the result first, since the status may be stuck. */
export async function lookAt(
	client: Client,
	ref: RequestRef,
	{ signal, seen }: Pick<CallOptions, 'signal'> & { seen?: Observed | undefined } = {},
): Promise<Look> {
	const look = (limit: AbortSignal) =>
		lookOnce(client, ref, { signal: limit, retries: LOOK_UP_RETRIES });
	try {
		const found = await withTimeLimit(client.host, LOOK_MS, signal, look);
		if (typeof found !== 'string') return { result: found };
		return { seen: addPoll(seen, found, client.host.now()) };
	} catch (error) {
		return { error };
	}
}

/** The result of a request that has ended, or else its state. */
async function lookOnce(
	client: Client,
	ref: RequestRef,
	calls: CallOptions,
): Promise<ResultAnswer | RequestState> {
	const result = await getResult(client, ref, calls).catch((error: unknown) => {
		if (error instanceof RunComfyError && error.code === 'not_found') return undefined;
		throw error;
	});
	if (result && isFinalResult(result.status)) return result;
	if (result && result.status !== 'unknown') return requestState(result.status);
	// A canceled request has no result.
	const { status, raw } = await getStatus(client, ref, calls);
	return status === 'canceled' ? readResult(ref, raw) : status;
}

/** Time limit for a cancel during shutdown, in milliseconds: hosts end a stopping flow soon after. */
export const LAST_CANCEL_MS = 5_000;

/** Sends one cancel. Never throws, and takes at most 5 s. */
export async function sendLastCancel(client: Client, ref: RequestRef): Promise<CancelVerdict> {
	const sent = await attemptOf(() =>
		withTimeLimit(client.host, LAST_CANCEL_MS, undefined, (signal) =>
			cancel(client, ref, { signal, timeoutMs: LAST_CANCEL_MS }),
		),
	);
	return sent.ok ? sent.value.status : 'no answer';
}
