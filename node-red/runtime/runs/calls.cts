import type { NodeAPI } from 'node-red';
import { toNodeError } from '../errors.cjs';
import type { Action, Answer } from '../node/action.cjs';
import { registerLasting, Work } from '../node/lasting.cjs';

/**
 * Registers a node that makes a call to RunComfy for each message and waits for no run. A call outlives a deploy, and
 * a stop waits for its answer. One that changes something must not take the signal of its action: RunComfy may carry
 * it out all the same.
 */
export function registerCalls(
	RED: NodeAPI,
	type: string,
	perform: (action: Action) => Promise<Answer>,
): void {
	registerLasting(RED, type, (actor) => ({
		begin(msg) {
			const work = new Work(actor, msg);
			work.setAtRisk();
			return work.act(async (action) => {
				try {
					const answer = await perform(action);
					tellIfUnheard(work, `, and RunComfy answered: ${inShort(answer)}`);
					return answer;
				} catch (error) {
					const { code, message } = toNodeError(error, action.secrets);
					if (code !== 'aborted') tellIfUnheard(work, `: ${message}`);
					throw error;
				}
			});
		},
		resume: () => undefined,
		fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
	}));
}

/** Logs what came of a call whose message may not leave any more. */
function tellIfUnheard({ actor, stopped }: Work, came: string): void {
	const { node, lifecycle } = actor;
	if (stopped === undefined && !lifecycle.endsNow()) return;
	node.warn(`The node closed while RunComfy was asked${came}`);
}

function inShort({ requestId, deploymentId, status = 'done' }: Answer): string {
	return [status, requestId ?? deploymentId].filter(Boolean).join(', ');
}
