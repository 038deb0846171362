import { CODES, RunComfyError, toRunComfyError } from '../errors';
import type { ResultAnswer } from '../request/result';
import { isFinalResult } from '../request/state';
import type { RequestRef } from '../target/ref';
import type { Callback } from './callback';

/**
 * The HTTP status that a callback is answered with. RunComfy takes 2xx for received; after anything
 * else, and after 10 s without an answer, it calls again with growing pauses for up to 24 hours.
 */
export type Verdict = 200 | 404 | 503;

/** What became of the news: `again` has RunComfy call again, `others` leaves it to whoever waits for the request. */
export type Reception = 'taken' | 'others' | 'again';

/** The receiver of a callback. */
export interface Receiver {
	/** @throws RunComfyError */
	lookUp(ref: RequestRef, signal: AbortSignal): Promise<ResultAnswer>;
	/** Takes news, at most once for each request. `signal` aborts when RunComfy waits no longer. */
	take(news: News, signal: AbortSignal): Reception | Promise<Reception>;
	/** If a callback could not be checked: once per kind of trouble. */
	onTrouble(ref: RequestRef, error: RunComfyError): void;
}

export interface News {
	callback: Callback;
	/** RunComfy's own answer, whatever the callback said. */
	result: ResultAnswer;
}

/** Ids of the requests whose end was taken. */
export type Known = Pick<Set<string>, 'has' | 'add' | 'delete'>;

/** Milliseconds for asking RunComfy: with the way to us and back it must end within 10 s. */
const CHECK_MS = 8_000;

/** Status calls a minute, on average and at once: anybody who knows the address could use up the account's limit. */
const LOOKS_A_MINUTE = 300;

/**
 * For the callbacks of one address. The state is RunComfy's own, asked for with the token.
 * @param known kept as long as none may be taken twice
 * @param now milliseconds on a clock that only goes forward
 */
export function createCallbackCheck(
	known: Known,
	now: () => number,
): (callback: Callback, receiver: Receiver) => Promise<Verdict> {
	const checks = new Map<string, Promise<Verdict>>();
	const mayLook = createAllowance(LOOKS_A_MINUTE, now);
	let trouble: string | undefined;

	const check = async (callback: Callback, receiver: Receiver): Promise<Verdict> => {
		const { ref } = callback;
		const patience = AbortSignal.timeout(CHECK_MS);
		try {
			const result = await receiver.lookUp(ref, patience);
			trouble = undefined;
			// The result may lag behind the callback; if that is forged, calling again does no harm.
			if (!isFinalResult(result.status)) return 503;
			return await tell({ callback, result }, receiver, patience);
		} catch (thrown) {
			const failure = toRunComfyError(thrown, 'bad_response').with(ref);
			const error = failure.code === 'aborted' && patience.aborted ? tooLate(ref) : failure;
			if (trouble !== error.code) receiver.onTrouble(ref, error);
			trouble = error.code;
			// The callback's ids were checked before: an unusable value is one of the account's.
			const mayPass = error.code === 'invalid_input' || CODES[error.code].repeat !== 'no';
			return mayPass ? 503 : 404;
		}
	};

	const tell = async (news: News, receiver: Receiver, patience: AbortSignal): Promise<Verdict> => {
		const { requestId } = news.callback.ref;
		if (known.has(requestId)) return 200;
		known.add(requestId);
		let reception: Reception = 'again';
		try {
			reception = await receiver.take(news, patience);
		} finally {
			if (reception !== 'taken') known.delete(requestId);
		}
		return reception === 'again' ? 503 : 200;
	};

	return async (callback, receiver) => {
		const { ref, said } = callback;
		// Only a submit that another program sends can ask for such calls.
		if (said === 'in_queue' || said === 'in_progress') return 200;
		const key = JSON.stringify([ref.deploymentId, ref.requestId]);
		const running = checks.get(key);
		if (running) return running;
		if (known.has(ref.requestId)) return 200;
		if (!mayLook()) return 503;
		const checking = check(callback, receiver).finally(() => checks.delete(key));
		checks.set(key, checking);
		return checking;
	};
}

/** In place of the call's own error, which says that somebody has stopped it. */
function tooLate(ref: RequestRef): RunComfyError {
	const message = `RunComfy gave no usable answer within ${CHECK_MS / 1000} s`;
	return new RunComfyError('service_unavailable', message, ref);
}

/** A function that takes one out of what is allowed, and says whether there was one. */
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
