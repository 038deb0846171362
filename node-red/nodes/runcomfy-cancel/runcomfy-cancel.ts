import type { NodeAPI } from 'node-red';
import { cancel, type CancelStatus } from '../../../core';
import { invalidInput } from '../../runtime/errors';
import { isEmpty, readRequestRef } from '../../runtime/inputs/inputs';
import type { Action, Answer } from '../../runtime/node/action';
import { registerCall } from '../../runtime/node/call';
import { idleStatusOf } from '../../runtime/node/status';
import {
	cancelAndReport,
	type CancelReport,
	noteCancel,
	type Selection,
} from '../../runtime/runs/cancel';
import { type Run, runs } from '../../runtime/runs/run';

export = (RED: NodeAPI): void =>
	registerCall(RED, 'runcomfy-cancel', () => {
		// A message that arrives later begins a run that must not be canceled.
		const present = [...runs().values()];
		return async (action) => {
			const choice = readCancelChoice(action.fields['target']);
			return choice === 'request'
				? cancelRequest(action)
				: cancelSelection(action, present, choice);
		};
	});

const CHOICES = ['request', 'topic', 'all'] as const;

function readCancelChoice(value: unknown): 'request' | Selection {
	const choice = isEmpty(value) ? 'request' : CHOICES.find((one) => one === value);
	if (choice) return choice;
	throw invalidInput(
		`Unknown cancel target "${String(value)}"`,
		`Choose one of ${CHOICES.join(', ')}.`,
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
		nodeStatus: idleStatusOf(answer.status),
	};
}

async function cancelSelection(
	action: Action,
	present: readonly Run[],
	selection: Selection,
): Promise<Answer> {
	const payload = await cancelAndReport(action, present, selection);
	const status = commonStatus(payload);
	return { payload, status, nodeStatus: idleStatusOf(status) };
}

/** One status for several cancels: canceled if any request was, otherwise unknown if any result is unclear. */
function commonStatus(reports: readonly CancelReport[]): CancelStatus {
	const isCanceled = ({ cancel, outcome }: CancelReport) =>
		cancel === 'cancellation_requested' || outcome === 'not_submitted';
	if (reports.some(isCanceled)) return 'cancellation_requested';
	return reports.some(({ outcome }) => outcome === 'unknown') ? 'unknown' : 'not_cancellable';
}
