import type { NodeAPI } from 'node-red';
import { cancel } from '../../../core/index.js';
import { invalidInput } from '../../runtime/errors.cjs';
import { readRequestRef } from '../../runtime/inputs/ids.cjs';
import { isEmpty } from '../../runtime/inputs/inputs.cjs';
import { type Action, type Answer, registerAction } from '../../runtime/node/action.cjs';
import { stateOutcome } from '../../runtime/node/status.cjs';
import { cancelAndReport, noteCancel, type Target } from '../../runtime/runs/cancel.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-cancel', async (action) => {
		const target = readTarget(action.fields['target']);
		return target === 'request' ? cancelRequest(action) : cancelRuns(action, target);
	});

const TARGETS = ['request', 'topic', 'node', 'all'] as const;

function readTarget(value: unknown): 'request' | Target {
	const target = isEmpty(value) ? 'request' : TARGETS.find((known) => known === value);
	if (target) return target;
	throw invalidInput(
		`There is no target "${String(value)}" of a cancel`,
		`Choose one of ${TARGETS.join(', ')}.`,
	);
}

async function cancelRequest(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const ref = await readRequestRef(action);
	const answered = await cancel(connection.client, ref, { signal });
	noteCancel(answered);
	const { raw, ...answer } = answered;
	return {
		...ref,
		payload: answer,
		status: answer.status,
		runcomfy: { raw },
		outcome: stateOutcome(answer.status),
	};
}

async function cancelRuns(action: Action, target: Target): Promise<Answer> {
	const payload = await cancelAndReport(action, target);
	const status = payload.length > 0 ? 'cancellation_requested' : 'not_cancellable';
	return { payload, status, outcome: stateOutcome(status) };
}
