import {
	CODES,
	getResult,
	isFinalResult,
	type RequestRef,
	type ResultAnswer,
	resultState,
	type RunComfyError,
	toRunComfyError,
} from '../../../core/index.js';
import type { Connection } from '../account/config.cjs';
import type { RequestStore } from '../journal/requestStore.cjs';
import { remember, submitsSettled, wakeAwaiting } from '../runs/awaited.cjs';
import type { Callback } from './callback.cjs';

/**
 * The HTTP status that a callback is answered with. RunComfy takes 2xx for received; after anything
 * else, and after 10 s without an answer, it calls again with growing pauses for up to 24 hours.
 */
export type Verdict = 200 | 404 | 503;

export interface CallbackCheckOptions {
	nodeId: string;
	/** @throws RunComfyError where the account is not usable */
	connect(): Connection;
	/** Whether states before the end are news, too. */
	intermediate: boolean;
	/** Whether the end of a request is news though another node waits for it. */
	alsoAwaited: boolean;
	/** Takes a result that was read from RunComfy. @returns false where the node has closed */
	accept(callback: Callback, result: ResultAnswer): Promise<boolean>;
	/** Where it is kept over a restart what was delivered. */
	store?: RequestStore | undefined;
	/** Requests whose messages an earlier process has left on their way. */
	underWay?: readonly string[];
	/** Told of a callback that could not be checked, once per kind of trouble. */
	onTrouble(ref: RequestRef, error: RunComfyError): void;
	/** Milliseconds on a clock that only goes forward. */
	now?: () => number;
}

/** Milliseconds for the look at RunComfy: with the way to us and back it must end within 10 s. */
const CHECK_MS = 8_000;

/** Looks at the same time. Whoever floods the address must not make us flood RunComfy. */
const MAX_CHECKS = 50;

/** Looks a minute, on average and at once. Whoever knows the secret must not spend the account's limit. */
const LOOKS_A_MINUTE = 300;

/** Events that are remembered of each node, so as not to be told twice. */
const REMEMBERED = 10_000;

/** By node id. Kept by the module, so that a deploy does not make old callbacks new. */
const delivered = new Map<string, Set<string>>();

/** To be called when a node is deleted. */
export function forgetCallbacks(nodeId: string): void {
	delivered.delete(nodeId);
}

/** Decides what becomes of callbacks. The state is RunComfy's own, asked for with the token. */
export function createCallbackCheck(
	options: CallbackCheckOptions,
): (callback: Callback) => Promise<Verdict> {
	const { nodeId, intermediate, alsoAwaited } = options;
	const { store, underWay = [] } = options;
	const known =
		delivered.get(nodeId) ?? new Set([...(store?.deliveredBy(nodeId) ?? []), ...underWay]);
	delivered.set(nodeId, known);
	const checks = new Map<string, Promise<Verdict>>();
	const mayLook = createAllowance(LOOKS_A_MINUTE, options.now ?? (() => performance.now()));
	let trouble: string | undefined;

	const check = async (callback: Callback, begun: boolean): Promise<Verdict> => {
		const { ref } = callback;
		const patience = AbortSignal.timeout(CHECK_MS);
		try {
			const result = await lookUp(options, ref, patience);
			trouble = undefined;
			if (isFinalResult(result.status)) return await tellEnd(callback, result, patience);
			// The result may lag behind the callback; where that is forged, calling again does no harm.
			return begun ? await tell(callback, result, `${ref.requestId} ${result.status}`) : 503;
		} catch (thrown) {
			const error = toRunComfyError(thrown, 'bad_response').with(ref);
			if (trouble !== error.code) options.onTrouble(ref, error);
			trouble = error.code;
			return mayPass(error) ? 503 : 404;
		}
	};

	const tellEnd = async (
		callback: Callback,
		result: ResultAnswer,
		patience: AbortSignal,
	): Promise<Verdict> => {
		const { ref } = callback;
		// The callback of a short run may come before the answer to its submit.
		if (!(await inTime(submitsSettled(ref.deploymentId), patience))) return 503;
		if (wakeAwaiting(ref.requestId) && !alsoAwaited) return 200;
		return tell(callback, result, ref.requestId);
	};

	const tell = async (
		callback: Callback,
		result: ResultAnswer,
		event: string,
	): Promise<Verdict> => {
		if (known.has(callback.ref.requestId) || known.has(event)) return 200;
		remember(known, event, REMEMBERED);
		if (!(await options.accept(callback, result))) {
			known.delete(event);
			return 503;
		}
		store?.delivered(nodeId, event);
		return 200;
	};

	return async (callback) => {
		const { ref, status } = callback;
		const said = resultState(status);
		const begun = said === 'in_queue' || said === 'in_progress';
		if (known.has(ref.requestId) || (begun && !intermediate)) return 200;
		// Not one check for both kinds: the answer to the first may be older than the second.
		const key = JSON.stringify([ref.deploymentId, ref.requestId, begun]);
		const running = checks.get(key);
		if (running) return running;
		if (checks.size >= MAX_CHECKS || !mayLook()) return 503;
		const checking = check(callback, begun).finally(() => checks.delete(key));
		checks.set(key, checking);
		return checking;
	};
}

/** @returns a function that takes one out of what is allowed, and says whether there was one */
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

/** Whether the look may succeed while RunComfy still calls again. */
function mayPass({ code }: RunComfyError): boolean {
	// The callback's ids were checked before: an unusable value is one of the account's.
	return code === 'invalid_input' || CODES[code].repeat !== 'no';
}

async function lookUp(
	{ connect }: CallbackCheckOptions,
	ref: RequestRef,
	signal: AbortSignal,
): Promise<ResultAnswer> {
	const connection = connect();
	try {
		return await getResult(connection.client, ref, { signal });
	} finally {
		connection.release();
	}
}

function inTime(work: Promise<unknown>, patience: AbortSignal): Promise<boolean> {
	return new Promise((resolve) => {
		if (patience.aborted) resolve(false);
		patience.addEventListener('abort', () => resolve(false), { once: true });
		void work.then(() => resolve(true));
	});
}
