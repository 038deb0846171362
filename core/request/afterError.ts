import { CODES, type RunComfyError } from '../errors';

/** What an error leaves of the request that it is about. */
export interface AfterError {
	/**
	 * `ended`: nothing more comes of it. `goes_on`: its result can be fetched by its id, now or later.
	 * `unknown`: RunComfy may or may not have accepted it, or carried out its cancel. `never_started`:
	 * nothing was paid for. Only after the last one is another submit certain to be paid for once.
	 */
	request: 'ended' | 'goes_on' | 'unknown' | 'never_started';
	/** Its state in the API's words, or `unconfirmed`; absent where the error does not tell. */
	status?: string;
}

/** What becomes of the paid request after an error: the one place that decides it, for every host. */
export function afterError({
	code,
	requestId,
	details,
}: Pick<RunComfyError, 'code' | 'requestId' | 'details'>): AfterError {
	const status = endStatus(code);
	if (status !== undefined) return { request: 'ended', status };
	if (CODES[code].request === 'unknown' || details?.['submit'] === 'unconfirmed') {
		return { request: 'unknown', status: 'unconfirmed' };
	}
	const cancel = details?.['cancel'];
	if (typeof cancel === 'string') return AFTER_CANCEL[cancel] ?? UNKNOWN;
	return { request: requestId === undefined ? 'never_started' : 'goes_on' };
}

const UNKNOWN: AfterError = { request: 'unknown', status: 'unknown' };

/** By RunComfy's answer to the cancel that the error reports. */
const AFTER_CANCEL: Readonly<Record<string, AfterError>> = {
	cancellation_requested: { request: 'ended', status: 'cancellation_requested' },
	// It had ended before.
	not_cancellable: { request: 'goes_on', status: 'completed' },
};

/** How a request has ended of which an error has this code; undefined where it says nothing of that. */
export function endStatus(code: string): 'failed' | 'canceled' | undefined {
	const request = factsOf(code)?.request;
	return request === 'failed' || request === 'canceled' ? request : undefined;
}

function factsOf(code: string) {
	return Object.hasOwn(CODES, code) ? CODES[code as keyof typeof CODES] : undefined;
}
