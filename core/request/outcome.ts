import { CODES, type ErrorCode } from '../errors';
import type { ReceiptEnd } from './receipt';

/** What an error means for its request. */
export interface Outcome {
	/**
	 * `ended`: there is no result to wait for. `goes_on`: the result can be fetched by the request id, now or later.
	 * `unknown`: RunComfy may or may not have accepted the request, or canceled it. `never_started`: nothing was paid
	 * for. Only then can you submit again without paying twice.
	 */
	request: 'ended' | 'goes_on' | 'unknown' | 'never_started';
	/** The state of the request in the API's words, or `unconfirmed`; absent if the error does not tell. */
	status?: string;
	/** Set if the answer to the submit may still come and show what happened: see `SubmitOptions.onLateAnswer`. */
	answerDue?: true;
}

/** Decides what an error means for its request. Every host uses this function. */
export function requestOutcome({
	code,
	requestId,
	details,
}: Pick<ReceiptEnd, 'code' | 'requestId' | 'details'>): Outcome {
	const status = endStatus(code);
	if (status !== undefined) return { request: 'ended', status };
	if (CODES[code].request === 'unknown') return { request: 'unknown', status: 'unconfirmed' };
	if (details?.['submit'] === 'unconfirmed') {
		return { request: 'unknown', status: 'unconfirmed', answerDue: true };
	}
	const cancel = details?.['cancel'];
	if (typeof cancel === 'string') return AFTER_CANCEL[cancel] ?? UNKNOWN_OUTCOME;
	return { request: requestId === undefined ? 'never_started' : 'goes_on' };
}

const UNKNOWN_OUTCOME: Outcome = { request: 'unknown', status: 'unknown' };

/** Chosen by RunComfy's answer to the cancel, which the error reports. */
const AFTER_CANCEL: Readonly<Record<string, Outcome>> = {
	cancellation_requested: { request: 'ended', status: 'cancellation_requested' },
	// The request had already ended, or RunComfy cancels this kind of request only while it is queued.
	not_cancellable: { request: 'goes_on' },
};

/** How a request with this error code ended; undefined if the code does not tell. */
export function endStatus(code: string): 'failed' | 'canceled' | undefined {
	const request = Object.hasOwn(CODES, code) ? CODES[code as ErrorCode].request : undefined;
	return request === 'failed' || request === 'canceled' ? request : undefined;
}
