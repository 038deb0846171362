import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { RunComfyError } from '../../../core';
import { checkBalance, type Settled } from '../../../core';
import { OPTIONS } from '../parameters/optionFields';
import { type Item, readItem } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { endErrorOf, isAccepted, type Ledger, mayRun, type PaidEntry } from '../session/ledger';
import type { RunSession } from '../session/session';

/** What is to be done for one item, after what earlier tries of the node have done for it. */
export type Plan =
	| { kind: 'run'; operation: Operation; item: Item; parameters: unknown }
	| { kind: 'resume'; operation: Operation; item: Item; earlier: PaidEntry }
	| { kind: 'done'; items: INodeExecutionData[] };

/** @throws RunComfyError for parameters that cannot be right, and for a run that must not be paid again. */
export function planItem(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	itemIndex: number,
	ledger: Ledger,
): Plan {
	if (!operation) throw new TypeError('There is no such operation of this resource');
	const item = readItem(context, itemIndex);
	const earlier = ledger.find(itemIndex);
	const end = earlier && endErrorOf(earlier);
	if (end && mayRun(end)) throw end;
	if (end && !item.options.retryFailedRuns) throw notPaidAgain(end, OPTION_IS_OFF);
	if (end && !ledger.mayPayAgain(itemIndex)) throw notPaidAgain(end, NO_TRIES_LEFT);
	if (isAccepted(earlier) && !end && operation.resume) {
		return { kind: 'resume', operation, item, earlier };
	}
	if (earlier?.created) return { kind: 'done', items: [{ json: earlier.created }] };
	// A request that is only waited for is still waited for.
	if (!(ledger.resumed && earlier?.receipt?.state === 'attached')) ledger.drop(itemIndex);
	return { kind: 'run', operation, item, parameters: operation.read(item) };
}

/** The plan with its parameters checked. Costs nothing. @throws RunComfyError */
export async function checkPlan(plan: Plan, session: RunSession): Promise<Plan> {
	if (plan.kind !== 'run' || !plan.operation.check) return plan;
	const parameters = await plan.operation.check(plan.parameters, plan.item, session);
	return { ...plan, parameters };
}

/** @throws RunComfyError */
export async function carryOut(plan: Plan, session: RunSession): Promise<INodeExecutionData[]> {
	switch (plan.kind) {
		case 'run':
			return plan.operation.run(plan.parameters, plan.item, session);
		case 'resume':
			return pickUp(plan, session);
		case 'done':
			return plan.items;
	}
}

/** Resumes a request. In a manual retry, a request that was already canceled is submitted again. */
async function pickUp(
	{ operation, item, earlier }: Extract<Plan, { kind: 'resume' }>,
	session: RunSession,
): Promise<INodeExecutionData[]> {
	const { ledger } = session;
	return operation.resume!(earlier, item, session).catch(async (error: unknown) => {
		if (!ledger.cameCanceled(item.itemIndex, error)) return Promise.reject(error);
		ledger.drop(item.itemIndex);
		session.beforeSubmit?.();
		const again: Plan = { kind: 'run', operation, item, parameters: operation.read(item) };
		return carryOut(await checkPlan(again, session), session);
	});
}

function notPaidAgain(end: RunComfyError, why: string): RunComfyError {
	return end.with({ hint: `${end.hint} ${why}` });
}

const OPTION_IS_OFF = `Retry On Fail did not pay for another run: the option ${OPTIONS.retryFailedRuns.displayName} makes it do so.`;

const NO_TRIES_LEFT =
	'This execution has paid for as many runs as Max Tries allows. Executions > Retry submits it again.';

/** Fails the plans that would submit if the balance is below the limit or cannot be read: one free call. */
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
