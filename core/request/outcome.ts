import { CODES, type ErrorCode } from '../errors';
import type { ReceiptEnd } from './receipt';

/** What happens to a paid request after an error. */
export interface Outcome {
	/**
	 * `ended`: there is no result to wait for. `goes_on`: its result can be fetched by its id, now or
	 * later. `unknown`: RunComfy may or may not have accepted it, or carried out its cancel.
	 * `never_started`: nothing was paid for. Only then is another submit sure not to be paid for twice.
	 */
	request: 'ended' | 'goes_on' | 'unknown' | 'never_started';
	/** Its state in the API's words, or `unconfirmed`; absent if the error does not say. */
	status?: string;
	/** Whether the answer to its submit may still come, and tell: see `SubmitOptions.onLateAnswer`. */
	answerDue?: true;
}

/** The one place that decides what becomes of a request after an error, for every host. */
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
	if (typeof cancel === 'string') return AFTER_CANCEL[cancel] ?? UNKNOWN;
	return { request: requestId === undefined ? 'never_started' : 'goes_on' };
}

const UNKNOWN: Outcome = { request: 'unknown', status: 'unknown' };

/** Goes by RunComfy's answer to the cancel that the error reports. */
const AFTER_CANCEL: Readonly<Record<string, Outcome>> = {
	cancellation_requested: { request: 'ended', status: 'cancellation_requested' },
	// It had ended before, or RunComfy cancels it only while it is queued.
	not_cancellable: { request: 'goes_on' },
};

/** How the request of an error with this code has ended; undefined if the code does not say. */
export function endStatus(code: string): 'failed' | 'canceled' | undefined {
	const request = Object.hasOwn(CODES, code) ? CODES[code as ErrorCode].request : undefined;
	return request === 'failed' || request === 'canceled' ? request : undefined;
}
