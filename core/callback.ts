import { CODES, RunComfyError, toRunComfyError } from './errors';
import type { Host } from './host';
import { checkId } from './http/paths';
import { asObject, tried } from './json/objects';
import type { Recent } from './recent';
import type { ResultAnswer } from './request/result';
import { isFinalResult, type ResultState, resultState } from './request/state';
import type { RequestRef } from './targets';
import { timeLimit } from './waiting';

/**
 * What RunComfy tells an address when the state of a request changes (docs.runcomfy.com/serverless/webhooks).
 * Nothing is signed: only the ids are used, and they are looked up.
 */
export interface Callback {
	/** Only deployments have callbacks. */
	ref: RequestRef & { deploymentId: string };
	/** The state it reports, in `status` or, on one revision of RunComfy's page, in `outcome`. */
	said: ResultState;
	/** The query of the called address without the secret; the last value of each name. */
	query: Record<string, string>;
}

/** The query parameter of an address that carries its secret. */
const SECRET_PARAMETER = 'secret';

/**
 * The callback in a call; undefined if the call is not one.
 * @param url as it was called, with or without its origin
 * @param body parsed
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
 * Whether a call brings the secret, in the query of its address or as `given` beside it. Always compares all of it: the
 * time must not show at which character the two differ.
 */
export function bringsSecret(url: string | undefined, secret: string, given?: string): boolean {
	const brought = given ?? queryOf(url).get(SECRET_PARAMETER) ?? '';
	let different = brought.length ^ secret.length;
	for (let at = 0; at < brought.length; at += 1) {
		different |= brought.charCodeAt(at) ^ secret.charCodeAt(at % secret.length);
	}
	return different === 0;
}

/** The name of the secret, and a name that flows may not copy safely. */
const UNWANTED = new Set([SECRET_PARAMETER, '__proto__']);

function plainQuery(url: string | undefined): Record<string, string> {
	return Object.fromEntries([...queryOf(url)].filter(([name]) => !UNWANTED.has(name)));
}

function queryOf(url = ''): URLSearchParams {
	const at = url.indexOf('?');
	return new URLSearchParams(at < 0 ? '' : url.slice(at));
}

/**
 * The HTTP status that a callback is answered with. RunComfy takes 2xx to mean received; after anything
 * else, and after 10 s without an answer, it calls again with growing pauses for up to 24 hours.
 */
type Verdict = 200 | 404 | 503;

/**
 * What happens to a callback: after `again`, RunComfy calls again; `others` leaves it to whatever waits for the
 * request.
 */
type Reception = 'taken' | 'others' | 'again';

/** Who a callback is for. */
interface Receiver {
	/** @throws RunComfyError */
	readResult(ref: RequestRef, signal: AbortSignal): Promise<ResultAnswer>;
	/**
	 * Takes the end of a request, at most once. `signal` aborts when RunComfy waits no longer.
	 * @param result RunComfy's own answer, whatever the callback says
	 */
	take(
		callback: Callback,
		result: ResultAnswer,
		signal: AbortSignal,
	): Reception | Promise<Reception>;
	/** Called if a callback cannot be checked: once per kind of trouble. */
	onTrouble(ref: RequestRef, error: RunComfyError): void;
}

/** Milliseconds to ask RunComfy: including the way to us and back, it must end within 10 s. */
const CHECK_MS = 8_000;

/** Results read a minute, on average and at once: otherwise anyone who knows the address could use up the account's limit. */
const READS_A_MINUTE = 300;

/** Checks the callbacks of one address: only the state that RunComfy itself gives counts, asked for with the token. */
export class CallbackCheck {
	readonly #running = new Map<string, Promise<Verdict>>();
	readonly #mayRead: () => boolean;
	#trouble: string | undefined;

	/** @param delivered the requests whose end was taken, with the moment in milliseconds since the epoch */
	constructor(
		private readonly delivered: Recent<string, number>,
		private readonly clock: Pick<Host, 'now' | 'monotonic' | 'sleep'>,
	) {
		this.#mayRead = createAllowance(READS_A_MINUTE, () => clock.monotonic());
	}

	async check(callback: Callback, receiver: Receiver): Promise<Verdict> {
		const { ref, said } = callback;
		// Only a submit that another program sends can ask for such calls.
		if (said === 'in_queue' || said === 'in_progress') return 200;
		const key = JSON.stringify([ref.deploymentId, ref.requestId]);
		const running = this.#running.get(key);
		if (running) return running;
		if (this.delivered.has(ref.requestId)) return 200;
		if (!this.#mayRead()) return 503;
		const checking = this.#confirm(callback, receiver).finally(() => this.#running.delete(key));
		this.#running.set(key, checking);
		return checking;
	}

	async #confirm(callback: Callback, receiver: Receiver): Promise<Verdict> {
		const { ref } = callback;
		const { signal: patience, release } = timeLimit(this.clock, CHECK_MS);
		try {
			const result = await receiver.readResult(ref, patience);
			this.#trouble = undefined;
			// The result may lag behind the callback; if that is forged, calling again does no harm.
			if (!isFinalResult(result.status)) return 503;
			const take = () => receiver.take(callback, result, patience);
			return await this.#deliver(ref.requestId, take);
		} catch (thrown) {
			const failure = toRunComfyError(thrown, 'bad_response').with(ref);
			const error = failure.code === 'aborted' && patience.aborted ? tooLate(ref) : failure;
			if (this.#trouble !== error.code) receiver.onTrouble(ref, error);
			this.#trouble = error.code;
			// The callback's ids were checked before: an invalid value comes from the account.
			const mayPass = error.code === 'invalid_input' || CODES[error.code].repeat !== 'no';
			return mayPass ? 503 : 404;
		} finally {
			release();
		}
	}

	async #deliver(requestId: string, take: () => Reception | Promise<Reception>): Promise<Verdict> {
		if (this.delivered.has(requestId)) return 200;
		this.delivered.set(requestId, this.clock.now());
		let reception: Reception = 'again';
		try {
			reception = await take();
		} finally {
			if (reception !== 'taken') this.delivered.delete(requestId);
		}
		return reception === 'again' ? 503 : 200;
	}
}

/** In place of the call's own error, which says that it was stopped. */
function tooLate(ref: RequestRef): RunComfyError {
	const message = `RunComfy gave no usable answer within ${CHECK_MS / 1000} s`;
	return new RunComfyError('service_unavailable', message, ref);
}

/** A function that uses up one of the allowed calls, and says whether there was one left. */
function createAllowance(perMinute: number, now: () => number): () => boolean {
	let left = perMinute;
	let at = now();
	return () => {
		const passedMs = now() - at;
		at += passedMs;
		left = Math.min(perMinute, left + (passedMs * perMinute) / 60_000);
		if (left < 1) return false;
		left -= 1;
		return true;
	};
}
