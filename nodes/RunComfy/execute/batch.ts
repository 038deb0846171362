import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	checkBalance,
	clientAt,
	getBalance,
	mapSettled,
	readEnd,
	type Receipt,
	requestIn,
	RunComfyError,
	type Settled,
	takingTurns,
	type Target,
} from '../../../core';
import { OPTIONS } from '../parameters/optionFields';
import { type Item, type NodeOptions, readItem } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { isInterrupted, NotStarted, Parked } from '../session/aborts';
import { endErrorOf, isAccepted, isNew, mayRun } from '../session/entry';
import type { Ledger } from '../session/ledger';
import { renewed, type RunSession } from '../session/session';
import { cancelRest, Failures } from './failures';

/** What is left to do for one item, given what earlier tries of the node have done. */
type Plan =
	| { kind: 'run'; operation: Operation; item: Item; parameters: unknown }
	| { kind: 'resume'; operation: Operation; item: Item; paid: Receipt }
	| { kind: 'done'; items: INodeExecutionData[] };

type Outcome = Settled<INodeExecutionData[]>;

/**
 * Reads all items, checks all of them, and then runs them, several at a time. A try that resumes after a
 * park reads and checks an item when its turn comes: all were checked before the first submit. Never throws.
 * @param leaving aborts with `Parked` once the node is to leave n8n's memory
 * @returns the outcome of each item, the first failure by time, and whether the node parks to wait for the rest
 */
export async function runBatch(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	session: RunSession,
	options: NodeOptions,
	leaving?: AbortSignal,
) {
	const { ledger, signal, trace } = session;
	const indexes = [...context.getInputData().keys()];
	const read = (itemIndex: number) => readPlan(operation, context, itemIndex, ledger);
	const plans = ledger.resumed ? undefined : await planAll(indexes, read, session, options);
	const planOf = async (itemIndex: number) =>
		plans ? valueOf(plans[itemIndex]!) : checkPlan(read(itemIndex), session);
	const settled = indexes.map((itemIndex): Outcome | undefined => {
		const plan = plans?.[itemIndex];
		return ledger.item(itemIndex).storedOutcome ?? (plan?.ok === false ? plan : undefined);
	});
	const failures = new Failures(ledger, options);
	const { limit } = options;
	const result = await carryOutAll(settled, planOf, { session, failures, limit, leaving });
	// This also runs if the stop came before this try, because an earlier try may have left requests running.
	const isStopped = signal?.aborted === true;
	if (isStopped) await cancelRest(session, options.cancelsOnStop, true);
	else if (failures.cancels) await cancelRest(session, () => true, false);
	if (isStopped) trace.stopped(ledger.entries());
	return { ...result, failure: failures.first };
}

/** The plan of each item, read and checked. If one failure ends the node, nothing is checked unless everything can be read. */
async function planAll(
	indexes: readonly number[],
	read: (itemIndex: number) => Plan,
	session: RunSession,
	{ limit, stopAtFailure, stopBelowBalance }: NodeOptions,
): Promise<Array<Settled<Plan>>> {
	// A thousand items take seconds, in which n8n would answer no request.
	const turn = takingTurns(session.host);
	const planned = await mapSettled(indexes, 1, async (itemIndex) => {
		await turn();
		return read(itemIndex);
	});
	const all = session.ledger.retried ? await lookAtEarlier(planned, session, limit) : planned;
	if (stopAtFailure && hasFailed(all)) return all;
	const known = await checkTogether(all, (items) => session.tokens.expectOneAccount(items));
	const checked = await mapSettled(known, limit, async (plan) => {
		await turn();
		return checkPlan(valueOf(plan), session);
	});
	if (stopAtFailure && hasFailed(checked)) return checked;
	const wanted = await refuseLost(checked, session);
	return checkTogether(wanted, async () => stopBelow(session, stopBelowBalance()));
}

/**
 * A retry by hand first looks once at each request that it may pick up. What has failed or was canceled since is
 * submitted again: if it were found only later, that would end the node, and cancel what was submitted meanwhile.
 */
function lookAtEarlier(
	plans: ReadonlyArray<Settled<Plan>>,
	{ client, ledger, signal }: RunSession,
	limit: number,
): Promise<Array<Settled<Plan>>> {
	return mapSettled(plans, limit, async (settled): Promise<Plan> => {
		const plan = valueOf(settled);
		if (plan.kind !== 'resume') return plan;
		const { operation, item, paid } = plan;
		const earlier = ledger.item(item.itemIndex);
		const own = clientAt(client, earlier.entry?.baseUrl);
		const end = await readEnd(own, requestIn(paid.ids)!, { signal });
		if (!end || end.status === 'succeeded') return plan;
		earlier.drop();
		return { kind: 'run', operation, item, parameters: operation.read(item) };
	});
}

/** @throws RunComfyError for parameters that cannot be right, and for a run that must not be paid again. */
function readPlan(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	itemIndex: number,
	ledger: Ledger,
): Plan {
	if (!operation) throw new TypeError('There is no such operation of this resource');
	const item = readItem(context, itemIndex);
	const own = ledger.item(itemIndex);
	const earlier = own.entry;
	const end = earlier && endErrorOf(earlier);
	// The run of a request that was submitted elsewhere was never this node's to pay.
	if (end && (mayRun(end) || earlier.receipt?.state === 'attached')) throw end;
	if (end && !item.options.retryFailedRuns) throw notPaidAgain(end, OPTION_IS_OFF);
	if (end && !own.mayPayAgain) throw notPaidAgain(end, NO_TRIES_LEFT);
	if (isAccepted(earlier) && !end && operation.resume) {
		return { kind: 'resume', operation, item, paid: earlier.receipt };
	}
	const done = earlier?.created ?? earlier?.deleted;
	if (done) return { kind: 'done', items: [{ json: done }] };
	// If the item only waits for a request, or for another attempt of its submit, it goes on waiting.
	const waits = earlier?.receipt?.state === 'attached' || isNew(earlier);
	if (!(ledger.resumed && waits)) own.drop();
	return { kind: 'run', operation, item, parameters: operation.read(item) };
}

function notPaidAgain(end: RunComfyError, why: string): RunComfyError {
	return end.with({ hint: `${end.hint} ${why}` });
}

const OPTION_IS_OFF = `Retry On Fail did not pay for another run: the option ${OPTIONS.retryFailedRuns.displayName} makes it do so.`;

const NO_TRIES_LEFT =
	'This execution has paid for as many runs as Max Tries allows. Executions > Retry submits it again.';

/** The plan with its parameters checked. Costs nothing. @throws RunComfyError */
async function checkPlan(plan: Plan, session: RunSession): Promise<Plan> {
	if (plan.kind !== 'run' || !plan.operation.check) return plan;
	const parameters = await plan.operation.check(plan.parameters, plan.item, session);
	return { ...plan, parameters };
}

/**
 * If n8n was killed before it had stored what an execution has submitted, a retry submits nothing of which it cannot
 * know. The one after that does: by then, the user has been told.
 */
async function refuseLost(
	plans: Array<Settled<Plan>>,
	{ ledger, note }: RunSession,
): Promise<Array<Settled<Plan>>> {
	if (!plans.some(isSubmit)) return plans;
	if (ledger.retried && (await note.isFound())) ledger.noteLost();
	return plans.map((plan) =>
		isSubmit(plan) && ledger.mayBeLost(plan.value.item.itemIndex)
			? { ok: false, error: lostError(targetOf(plan.value)) }
			: plan,
	);
}

function isSubmit(plan: Settled<Plan>): plan is { ok: true; value: Plan & { kind: 'run' } } {
	return plan.ok && plan.value.kind === 'run' && targetOf(plan.value) !== undefined;
}

function lostError(target: Target | undefined): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		'It is not known whether RunComfy accepted the request: the execution ended before n8n could store that',
		{ ...target, hint: LOST_HINT },
	);
}

const LOST_HINT =
	'If it did, you pay for the request, and n8n’s log has its ID ("RunComfy request … submitted"): fetch its result with Get Result. Then run the workflow again for the other items, or choose Executions > Retry once more, which submits all of these again.';

/** Fails all plans that would submit if what counts for all of them is not as it has to be. */
async function checkTogether(
	plans: Array<Settled<Plan>>,
	check: (itemIndexes: readonly number[]) => Promise<void>,
): Promise<Array<Settled<Plan>>> {
	const submits = (plan: Settled<Plan>) => plan.ok && plan.value.kind === 'run';
	const itemIndexes = [...plans.keys()].filter((itemIndex) => submits(plans[itemIndex]!));
	if (itemIndexes.length === 0) return plans;
	try {
		await check(itemIndexes);
		return plans;
	} catch (error) {
		return plans.map((plan) => (submits(plan) ? { ok: false, error } : plan));
	}
}

/** One free call. @throws RunComfyError if the balance is below the limit, or cannot be read */
async function stopBelow({ client, signal }: RunSession, limit: number): Promise<void> {
	if (limit > 0) checkBalance(await getBalance(client, { signal }), limit);
}

interface CarryOut {
	session: RunSession;
	failures: Failures;
	limit: number;
	/** See `runBatch`. */
	leaving: AbortSignal | undefined;
}

/** Runs the items that are not settled yet. */
async function carryOutAll(
	settled: ReadonlyArray<Outcome | undefined>,
	planOf: (itemIndex: number) => Promise<Plan>,
	{ session, failures, limit, leaving }: CarryOut,
): Promise<{ outcomes: Outcome[]; parked: boolean }> {
	const { ledger } = session;
	for (const [itemIndex, one] of settled.entries()) {
		if (one?.ok === false) failures.add(itemIndex, one.error, 'refused');
	}
	const signals = [session.signal, failures.signal, leaving].filter((one) => one !== undefined);
	const parked = () => signals.find(({ aborted }) => aborted)?.reason instanceof Parked;
	const open = [...settled.keys()].filter((itemIndex) => !settled[itemIndex]);
	const turn = takingTurns(session.host);
	const done = await mapSettled(open, limit, async (itemIndex) => {
		await turn();
		if (failures.signal.aborted || parked()) throw new NotStarted();
		const entered = ledger.item(itemIndex);
		if (isNew(entered.entry)) failures.refuseNew();
		const signal = AbortSignal.any(signals);
		let kind: 'refused' | 'failed' = 'refused';
		entered.work();
		try {
			const plan = await planOf(itemIndex);
			const own = await sessionOf(itemIndex, session);
			refuseToSubmit(plan, failures);
			kind = 'failed';
			return await carryOut(plan, { ...own, signal });
		} catch (error) {
			const isLeft = isInterrupted(error) && signal.reason instanceof Parked;
			if (!isLeft && !(error instanceof NotStarted)) {
				entered.fail(error);
				failures.add(itemIndex, error, kind);
			}
			return await Promise.reject<never>(error);
		} finally {
			entered.done();
		}
	});
	return { outcomes: settled.map((one) => one ?? done.shift()!), parked: parked() };
}

/** A request stays at the address that accepted it; what is submitted goes to the one that the credential has now. */
async function sessionOf(itemIndex: number, session: RunSession): Promise<RunSession> {
	const { ledger, client } = session;
	const own = ledger.item(itemIndex);
	const { baseUrl } = own.entry ?? {};
	if (baseUrl !== undefined) return { ...session, client: clientAt(client, baseUrl) };
	const now = await renewed(session);
	own.goesTo(now.client.baseUrl);
	return now;
}

/** @throws RunComfyError */
async function carryOut(plan: Plan, session: RunSession): Promise<INodeExecutionData[]> {
	if (plan.kind === 'done') return plan.items;
	const { operation, item } = plan;
	if (plan.kind === 'run') return operation.run(plan.parameters, item, session);
	return operation.resume!(plan.paid, item, session);
}

/** @throws RunComfyError if RunComfy has refused another item for want of money, and would refuse this one */
function refuseToSubmit(plan: Plan, failures: Failures): void {
	const target = targetOf(plan);
	if (target) failures.refuseTo(target);
}

/** What it submits to, if it submits. */
function targetOf(plan: Plan): Target | undefined {
	return plan.kind === 'run' ? plan.operation.target?.(plan.parameters) : undefined;
}

function hasFailed(settled: ReadonlyArray<Settled<unknown>>): boolean {
	return settled.some(({ ok }) => !ok);
}

function valueOf<T>(entry: Settled<T>): T {
	if (entry.ok) return entry.value;
	throw entry.error;
}
