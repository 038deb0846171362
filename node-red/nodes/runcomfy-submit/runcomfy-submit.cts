import type { NodeAPI } from 'node-red';
import { cancelBestEffort, submit } from '../../../core/index.js';
import { registerAction, type Action, type Answer } from '../../runtime/node/action.cjs';
import { readSubmission } from '../../runtime/inputs/submission.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-submit', submitOnly, { submits: true });

async function submitOnly(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const { input, notes } = await readSubmission(action);
	const answer = await submit(connection.client, input, { signal });
	const ref = { deploymentId: answer.deployment_id, requestId: answer.request_id };
	if (signal.aborted) {
		// Nobody can be told the id any more: a run that nobody waits for would only cost.
		const outcome = (await cancelBestEffort(connection.client, ref)) ?? 'no answer';
		action.node.warn(
			`Request ${ref.requestId} was submitted while the node closed, and canceled: ${outcome}`,
		);
	}
	return { ...ref, payload: answer, status: answer.status, runcomfy: { ...notes } };
}
