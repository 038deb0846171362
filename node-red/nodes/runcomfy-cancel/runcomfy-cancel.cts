import type { NodeAPI } from 'node-red';
import { cancel, type CancelStatus } from '../../../core/index.js';
import { invalidInput } from '../../runtime/errors.cjs';
import { isEmpty, readRequestRef } from '../../runtime/inputs/inputs.cjs';
import type { Action, Answer } from '../../runtime/node/action.cjs';
import { stateOutcome } from '../../runtime/node/status.cjs';
import {
	cancelAndReport,
	type CancelReport,
	noteCancel,
	type Target,
} from '../../runtime/runs/cancel.cjs';
import { registerCalls } from '../../runtime/runs/nodes.cjs';

export = (RED: NodeAPI): void =>
	registerCalls(RED, 'runcomfy-cancel', async (action) => {
		const target = readTarget(action.fields['target']);
		return target === 'request' ? cancelRequest(action) : cancelRuns(action, target);
	});

const TARGETS = ['request', 'topic', 'all'] as const;

function readTarget(value: unknown): 'request' | Target {
	const target = isEmpty(value) ? 'request' : TARGETS.find((known) => known === value);
	if (target) return target;
	throw invalidInput(
		`Unknown cancel target "${String(value)}"`,
		`Choose one of ${TARGETS.join(', ')}.`,
	);
}

async function cancelRequest(action: Action): Promise<Answer> {
	const ref = await readRequestRef(action);
	const answered = await cancel(action.connection.client, ref);
	noteCancel(answered.request_id, answered.status);
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
	const status = statusOf(payload);
	return { payload, status, outcome: stateOutcome(status) };
}

/** One status for several cancels: canceled if any request was, otherwise unknown if any result is unclear. */
function statusOf(reports: readonly CancelReport[]): CancelStatus {
	const isCanceled = ({ cancel, outcome }: CancelReport) =>
		cancel === 'cancellation_requested' || outcome === 'not_submitted';
	if (reports.some(isCanceled)) return 'cancellation_requested';
	return reports.some(({ outcome }) => outcome === 'unknown') ? 'unknown' : 'not_cancellable';
}
