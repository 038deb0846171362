import type { NodeAPI } from 'node-red';
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
				const answer = await perform(action);
				const isUnheard = work.stopped !== undefined || actor.lifecycle.endsNow();
				if (isUnheard) actor.node.warn(unheardText(answer));
				return answer;
			});
		},
		resume: () => undefined,
		fateOf: (closing) => (closing === 'delete' ? 'leave' : 'keep'),
	}));
}

function unheardText({ requestId, deploymentId, status = 'done' }: Answer): string {
	const about = [requestId ?? deploymentId, status].filter(Boolean).join(': ');
	return `The node was closed before its message could leave. RunComfy had answered (${about}).`;
}
