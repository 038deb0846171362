import { CODES, type ErrorCode } from '../errors';
import type { CancelVerdict, Receipt, ReceiptEnd } from './receipt';

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
}

/**
 * What became of a request that nobody waits for any more: RunComfy's answer to its cancel, or else that it had ended
 * before, or goes on.
 */
export type Fate = CancelVerdict | 'had_ended' | 'goes_on';

/** A fate in words, and what it means. Every host prints from this table. */
interface FateWords extends Outcome {
	/** The end of a sentence that begins with the request. */
	fact: string;
	/** What to do about it: whole sentences. */
	advice: string;
	/** The code of a run that ends so, if no message reports it. */
	code: ErrorCode;
}

const UNCONFIRMED_CANCEL: FateWords = {
	request: 'unknown',
	status: 'unknown',
	fact: 'may still be running: RunComfy did not confirm its cancel',
	advice: 'Check its status, or cancel it by its request id.',
	code: 'aborted',
};

export const FATES: Readonly<Record<Fate, FateWords>> = {
	cancellation_requested: {
		request: 'ended',
		status: 'cancellation_requested',
		fact: 'is being canceled',
		advice: 'Run it again if you need the result.',
		code: 'run_canceled',
	},
	not_cancellable: {
		request: 'goes_on',
		fact: 'could not be canceled: it has ended, or it runs and RunComfy cancels it only while it is queued',
		advice: 'Check its status, and fetch its result by its request id.',
		code: 'output_unavailable',
	},
	unknown: UNCONFIRMED_CANCEL,
	'no answer': UNCONFIRMED_CANCEL,
	had_ended: {
		request: 'goes_on',
		fact: 'has ended',
		advice: 'Fetch its result by its request id.',
		code: 'output_unavailable',
	},
	goes_on: {
		request: 'goes_on',
		fact: 'goes on at RunComfy',
		advice: 'Fetch its result later by its request id.',
		code: 'aborted',
	},
};

/** The hint of an error after which nobody waits for its request any more. */
export function fateHint(fate: Fate): string {
	const { fact, advice } = FATES[fate];
	return `The request ${fact}. ${advice}`;
}

/** Decides what an error means for its request. Every host uses this function. */
export function requestOutcome({
	code,
	requestId,
	details,
}: Pick<ReceiptEnd, 'code' | 'requestId' | 'details'>): Outcome {
	const status = endStatus(code);
	if (status !== undefined) return { request: 'ended', status };
	if (CODES[code].request === 'unknown' || details?.['submit'] === 'unconfirmed') {
		return { request: 'unknown', status: 'unconfirmed' };
	}
	const cancel = details?.['cancel'];
	if (typeof cancel === 'string') return afterCancel(cancel);
	return { request: requestId === undefined ? 'never_started' : 'goes_on' };
}

function afterCancel(verdict: string): Outcome {
	const known = Object.hasOwn(FATES, verdict) ? FATES[verdict as Fate] : UNCONFIRMED_CANCEL;
	const { request, status } = known;
	return status === undefined ? { request } : { request, status };
}

/** How a request with this error code ended; undefined if the code does not tell. */
export function endStatus(code: string): 'failed' | 'canceled' | undefined {
	const request = Object.hasOwn(CODES, code) ? CODES[code as ErrorCode].request : undefined;
	return request === 'failed' || request === 'canceled' ? request : undefined;
}

/** The last known state of a request: in the API's words, or `unconfirmed`. */
export function lastStatus({ end, cancel, state, seen }: Receipt): string {
	if (end) return requestOutcome(end).status ?? 'unknown';
	if (cancel?.verdict) {
		// RunComfy also refuses to cancel a request that runs.
		const running = seen?.state === 'in_progress' ? seen.state : 'unknown';
		return FATES[cancel.verdict].status ?? running;
	}
	return seen?.result ?? seen?.state ?? (state === 'accepted' ? 'in_queue' : 'unknown');
}
