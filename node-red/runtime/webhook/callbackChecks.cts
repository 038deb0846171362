import {
	type Callback,
	createCallbackCheck as createCheck,
	getResult,
	isFinalResult,
	type News,
	type Reception,
	type RequestRef,
	type ResultAnswer,
	type RunComfyError,
	type Verdict,
} from '../../../core/index.js';
import type { Connection } from '../account/config.cjs';
import type { RequestStore } from '../journal/requestStore.cjs';
import { remember, submitsSettled, wakeAwaiting } from '../runs/awaited.cjs';
import { perRuntime } from '../runtime.cjs';

export interface CallbackCheckOptions {
	nodeId: string;
	/** @throws RunComfyError where the account is not usable */
	connect(): Connection;
	/** Whether states before the end are news, too. */
	intermediate: boolean;
	/** Whether the end of a request is news though another node waits for it. */
	alsoAwaited: boolean;
	/**
	 * Takes a result that was read from RunComfy.
	 * @returns a function that hands on what outlives this process, to be called once it is noted as
	 * delivered; undefined if the node has closed
	 */
	accept(callback: Callback, result: ResultAnswer): Promise<(() => void) | undefined>;
	/** Where it is kept over a restart what was delivered. */
	store?: RequestStore | undefined;
	/** Requests whose messages an earlier process has left on their way. */
	underWay?: readonly string[];
	/** Told of a callback that could not be checked, once per kind of trouble. */
	onTrouble(ref: RequestRef, error: RunComfyError): void;
}

/** Events that are remembered of each node, so as not to be told twice. */
const REMEMBERED = 10_000;

/** By node id, so that a deploy does not make old callbacks new. */
const delivered = perRuntime(() => new Map<string, Set<string>>());

/** To be called when a node is deleted. */
export function forgetCallbacks(nodeId: string): void {
	delivered().delete(nodeId);
}

/** Decides what becomes of the callbacks of one node. */
export function createCallbackCheck(
	options: CallbackCheckOptions,
): (callback: Callback) => Promise<Verdict> {
	const { nodeId, intermediate, alsoAwaited, onTrouble } = options;
	const { store, underWay = [] } = options;
	const known =
		delivered().get(nodeId) ?? new Set([...(store?.deliveredBy(nodeId) ?? []), ...underWay]);
	delivered().set(nodeId, known);

	const take = async (
		{ callback, result, event }: News,
		patience: AbortSignal,
	): Promise<Reception> => {
		const { ref } = callback;
		if (isFinalResult(result.status)) {
			// The callback of a short run may come before the answer to its submit.
			if (!(await inTime(submitsSettled(ref.deploymentId), patience))) return 'again';
			if (wakeAwaiting(ref.requestId) && !alsoAwaited) return 'others';
		}
		const handOn = await options.accept(callback, result);
		if (!handOn) return 'again';
		remember(known, event, REMEMBERED);
		store?.delivered(nodeId, event);
		handOn();
		return 'taken';
	};

	const check = createCheck(known, () => performance.now());
	const receiver = {
		intermediate,
		take,
		onTrouble,
		lookUp: (ref: RequestRef, signal: AbortSignal) => lookUp(options, ref, signal),
	};
	return (callback) => check(callback, receiver);
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
