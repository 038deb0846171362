import type { NodeAPI } from 'node-red';
import { toNodeError } from '../errors';
import { perRuntime } from '../runtime';
import { act, type Answer, type Perform } from './action';
import { deliver, isReturning } from './deliver';
import { endedInTime, type Exit, inBackground } from './handler';
import { type Instance, registerNode } from './instances';

/** A call to RunComfy for one message, which has not reached the next nodes yet. */
export interface Call {
	readonly nodeId: string;
	/** Aborts once nobody can hear of the answer. */
	readonly gone: AbortController;
	/** Resolves when RunComfy has answered. */
	readonly answered: Promise<void>;
}

export const calls = perRuntime(() => new Set<Call>());

/**
 * Registers a node that calls RunComfy once for each message, and does not wait for a run. A call outlives a deploy,
 * and a stop waits for its answer. A call that changes something must not use the signal of its action: RunComfy may
 * carry out an aborted call.
 * @param begin called when a message arrives
 */
export function registerCall(RED: NodeAPI, type: string, begin: () => Perform): void {
	registerNode(RED, type, {
		take(instance, exit) {
			if (!isReturning(exit)) makeCall(instance, exit, begin());
		},
		beforeStop: untilAnswered,
	});
}

/** Resolves when the calls of a node were answered, or the time for that is over. */
export function untilAnswered(nodeId: string): Promise<void> {
	const own = [...calls()].filter((call) => call.nodeId === nodeId);
	return endedInTime(own.map(({ answered }) => answered));
}

/** Makes a call for a message, and sends the answer. */
export function makeCall(instance: Instance, exit: Exit, perform: Perform): void {
	const { node, board, lifecycle } = instance;
	const { msg } = exit;
	const gone = new AbortController();
	const { signal } = gone;
	const shown = { view: { state: 'submitting' } } as const;
	const subject = { msg, signal, onFetching: () => undefined };
	board.show(shown);
	const end = act(instance, subject, async (action) => {
		const isUnheard = () => signal.aborted || lifecycle.isStopping();
		try {
			const answer = await perform(action);
			if (isUnheard()) node.warn(`${CLOSED}, and RunComfy answered: ${inShort(answer)}`);
			return answer;
		} catch (error) {
			const { code, message } = toNodeError(error, action.secrets);
			if (isUnheard() && code !== 'aborted') node.warn(`${CLOSED}: ${message}`);
			throw error;
		}
	});
	const call: Call = { nodeId: node.id, gone, answered: end.then(() => undefined) };
	calls().add(call);
	const leave = async () => {
		const leaving = { nodeId: node.id, lifecycle, msg, exit, signal, work: shown };
		await deliver({ ...leaving, end: await end, claim: () => true });
	};
	const sent = leave().catch((error: unknown) => {
		if (!signal.aborted) throw error;
	});
	inBackground(
		node,
		sent.finally(() => calls().delete(call)),
	);
}

const CLOSED = 'The node closed while RunComfy was asked';

function inShort({ requestId, deploymentId, status = 'done' }: Answer): string {
	return [status, requestId ?? deploymentId].filter(Boolean).join(', ');
}
