import { CODES, RunComfyError, toRunComfyError } from '../errors';
import type { Host } from '../host';
import type { Recent } from '../recent';
import type { ResultAnswer } from '../request/result';
import { isFinalResult } from '../request/state';
import type { RequestRef } from '../target/ref';
import type { Callback } from './callback';

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
		private readonly clock: Pick<Host, 'now' | 'monotonic'>,
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
		const patience = AbortSignal.timeout(CHECK_MS);
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
