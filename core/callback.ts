import { CODES, RunComfyError, toRunComfyError } from './errors';
import type { Host } from './host';
import { checkId } from './http/paths';
import { asObject, tried } from './json/objects';
import type { Recent } from './recent';
import type { ResultAnswer } from './request/result';
import { isFinalResult, type ResultState, resultState } from './request/state';
import type { RequestRef } from './target';
import { timeLimit } from './waiting';

/**
 * A webhook call that RunComfy makes when the state of a request changes (docs.runcomfy.com/serverless/webhooks).
 * The call is not signed, so only its ids are used: the state is read from RunComfy.
 */
export interface Callback {
	/** Only deployments have callbacks. */
	ref: RequestRef & { deploymentId: string };
	/** The reported state, from `status` or, in one version of RunComfy's documentation, `outcome`. */
	said: ResultState;
	/** The query of the called URL without the secret. If a name occurs twice, the last value counts. */
	query: Record<string, string>;
}

/** The query parameter that carries the secret. */
const SECRET_PARAMETER = 'secret';

/**
 * Reads the callback from a call; undefined if the call is not one.
 * @param url as called, with or without its origin
 * @param body the parsed JSON
 */
export function toCallback(url: string | undefined, body: unknown): Callback | undefined {
	const { request_id, deployment_id, status, outcome } = asObject(body);
	const ref = tried(() => ({
		deploymentId: checkId(deployment_id, 'deployment id'),
		requestId: checkId(request_id, 'request id'),
	}));
	return ref && { ref, said: resultState(status ?? outcome), query: plainQuery(url) };
}

/**
 * Whether a call carries the secret in the query of its URL. Always compares every character, so that the time taken
 * does not reveal where the two differ.
 */
export function bringsSecret(url: string | undefined, secret: string): boolean {
	const brought = queryOf(url).get(SECRET_PARAMETER) ?? '';
	let different = brought.length ^ secret.length;
	for (let at = 0; at < brought.length; at += 1) {
		different |= brought.charCodeAt(at) ^ secret.charCodeAt(at % secret.length);
	}
	return different === 0;
}

/** The name of the secret, and a name that flows cannot copy safely. */
const UNWANTED = new Set([SECRET_PARAMETER, '__proto__']);

function plainQuery(url: string | undefined): Record<string, string> {
	return Object.fromEntries([...queryOf(url)].filter(([name]) => !UNWANTED.has(name)));
}

function queryOf(url = ''): URLSearchParams {
	const at = url.indexOf('?');
	return new URLSearchParams(at < 0 ? '' : url.slice(at));
}

/**
 * The HTTP status of our answer to a callback. To RunComfy, any 2xx means received. After any other status, or 10 s
 * without an answer, RunComfy calls again, with growing pauses, for up to 24 hours.
 */
type ReplyStatus = 200 | 404 | 503;

/** Handles the callbacks of one URL. */
interface Receiver {
	/** @throws RunComfyError */
	readResult(ref: RequestRef, signal: AbortSignal): Promise<ResultAnswer>;
	/**
	 * Handles the end of a request, at most once.
	 * @param result the result as read from RunComfy, whatever the callback says
	 * @returns whether it was handled; if not, RunComfy is asked to call again
	 */
	take(callback: Callback, result: ResultAnswer): boolean;
	/** Called if a callback cannot be checked, once for each kind of error. */
	onTrouble(ref: RequestRef, error: RunComfyError): void;
}

/** Time limit for reading the result, in milliseconds: RunComfy must have our answer within 10 s. */
const CHECK_MS = 8_000;

/** Checks the callbacks of one URL. Reads the result with the token, because anyone can send a callback. */
export class CallbackCheck {
	readonly #running = new Map<string, Promise<ReplyStatus>>();
	#trouble: string | undefined;

	/** @param delivered the requests whose results were delivered, with the time in milliseconds since the epoch */
	constructor(
		private readonly delivered: Recent<string, number>,
		private readonly clock: Pick<Host, 'now' | 'sleep'>,
	) {}

	async check(callback: Callback, receiver: Receiver): Promise<ReplyStatus> {
		const { ref, said } = callback;
		// Only a request that another program submitted can cause such calls.
		if (said === 'in_queue' || said === 'in_progress') return 200;
		const key = JSON.stringify([ref.deploymentId, ref.requestId]);
		const running = this.#running.get(key);
		if (running) return running;
		if (this.delivered.has(ref.requestId)) return 200;
		const checking = this.#confirm(callback, receiver).finally(() => this.#running.delete(key));
		this.#running.set(key, checking);
		return checking;
	}

	async #confirm(callback: Callback, receiver: Receiver): Promise<ReplyStatus> {
		const { ref } = callback;
		const { signal: patience, release } = timeLimit(this.clock, CHECK_MS);
		try {
			const result = await receiver.readResult(ref, patience);
			this.#trouble = undefined;
			// The result may lag behind the callback. If the callback is forged, another call does no harm.
			if (!isFinalResult(result.status)) return 503;
			if (this.delivered.has(ref.requestId)) return 200;
			if (!receiver.take(callback, result)) return 503;
			this.delivered.set(ref.requestId, this.clock.now());
			return 200;
		} catch (thrown) {
			const failure = toRunComfyError(thrown, 'bad_response').with(ref);
			const error = failure.code === 'aborted' && patience.aborted ? noResultInTime(ref) : failure;
			if (this.#trouble !== error.code) receiver.onTrouble(ref, error);
			this.#trouble = error.code;
			// The callback's ids were checked before, so an invalid value comes from the account's settings.
			const mayPass = error.code === 'invalid_input' || CODES[error.code].repeat !== 'no';
			return mayPass ? 503 : 404;
		} finally {
			release();
		}
	}
}

/** Replaces the call's own error, which would say that the run was stopped. */
function noResultInTime(ref: RequestRef): RunComfyError {
	const message = `RunComfy gave no usable answer within ${CHECK_MS / 1000} s`;
	return new RunComfyError('service_unavailable', message, ref);
}
