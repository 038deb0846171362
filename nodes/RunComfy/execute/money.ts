import { checkBalance, RunComfyError, type Settled } from '../../../core';
import type { RunSession } from '../session/session';
import type { Plan } from './plan';

/**
 * The plans, of which those that would submit fail if the balance is below the limit, or cannot be read.
 * One free call, and none if nothing is to be submitted or there is no limit.
 */
export async function stopBelow(
	plans: Array<Settled<Plan>>,
	{ client, signal }: RunSession,
	limit: number,
): Promise<Array<Settled<Plan>>> {
	if (limit === 0 || !plans.some(submits)) return plans;
	try {
		await checkBalance(client, limit, { signal });
		return plans;
	} catch (error) {
		return plans.map((plan) => (submits(plan) ? { ok: false, error } : plan));
	}
}

function submits(plan: Settled<Plan>): boolean {
	return plan.ok && plan.value.kind === 'run';
}

/** Whether RunComfy refuses whatever else is submitted, too. */
export function isBroke(error: unknown): boolean {
	return error instanceof RunComfyError && error.code === 'insufficient_funds';
}

/** Of an item that was not submitted, since another one was refused. */
export function notSubmitted(itemIndex: number): RunComfyError {
	return new RunComfyError(
		'insufficient_funds',
		`Not submitted: the balance was used up at item ${itemIndex}`,
		{ details: { reason: 'not_submitted', item: itemIndex } },
	);
}
