import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	mapSettled,
	readEnd,
	type Receipt,
	requestOutcome,
	RunComfyError,
	type Settled,
	takingTurns,
	type Target,
	valueOf,
} from '../../../core';
import { type Item, type NodeOptions, readItem } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { CANCELS_AT_ONCE, isInterrupted, NotStarted, Parked } from '../session/aborts';
import { endErrorOf, isAccepted, paidRequestOf, requestOf } from '../session/entry';
import type { LedgerItem } from '../session/item';
import type { RunSession } from '../session/session';

/** What to do for an item, depending on what earlier tries have done. */
type Plan =
	| { kind: 'run'; operation: Operation; item: Item; parameters: unknown }
	| { kind: 'resume'; operation: Operation; item: Item; receipt: Receipt };

type SettledItem = Settled<INodeExecutionData[]>;

/**
 * Reads and checks all items, and then runs them, several at a time. After a park, an item is read and checked when
 * its turn comes, because all items were checked before the first submit. Never throws.
 * @param leaving aborts with `Parked` when the node should leave n8n's memory
 * @returns the output or error of each item, the first failure by time, and whether the node parks to wait for the rest
 */
export async function runBatch(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	session: RunSession,
	options: NodeOptions,
	leaving?: AbortSignal,
) {
	const { ledger, signal, trace } = session;
	const items = [...context.getInputData().keys()].map((index) => ledger.item(index));
	const settled = new Map(items.map((item) => [item, item.settledBefore]));
	const open = items.filter((item) => !settled.get(item));
	const read = (own: LedgerItem) => planItem(operation, context, own);
	const planned = ledger.resumed ? [] : await planAll(open, read, session, options);
	const plans = new Map(planned.map((plan, at) => [open[at]!, plan]));
	const planOf = async (own: LedgerItem) => {
		const plan = plans.get(own);
		return plan ? valueOf(plan) : checkPlan(read(own), session);
	};
	for (const [item, plan] of plans) if (!plan.ok) settled.set(item, plan);
	const carriedOut = await carryOutAll(settled, planOf, { session, options, leaving });
	// Also true after a stop before this try: an earlier try may have left requests running.
	if (signal?.aborted) {
		await cancelOpen(session);
		trace.stopped(ledger.entries());
	}
	return { settled: [...settled.values()] as SettledItem[], ...carriedOut };
}

/** Milliseconds after which no more cancels are sent, because n8n waits for them. */
const CANCELS_MS = 5_000;

/** Cancels all requests that may still be running. Never throws. */
async function cancelOpen({ client, ledger }: RunSession): Promise<void> {
	const until = client.host.monotonic() + CANCELS_MS;
	await mapSettled(ledger.entries(), CANCELS_AT_ONCE, async ([index]) => {
		const item = ledger.item(index);
		const isInTime = client.host.monotonic() < until;
		if (item.isUnderWay && isInTime) await item.cancel(client);
	});
}

/** Reads and checks each item. If a failure stops the node, no item is checked until all of them were read. */
async function planAll(
	items: readonly LedgerItem[],
	read: (own: LedgerItem) => Plan,
	session: RunSession,
	{ limit, stopAtFailure }: NodeOptions,
): Promise<Array<Settled<Plan>>> {
	// Reading a thousand items takes seconds. Without pauses, n8n could not answer anybody in that time.
	const turn = takingTurns(session.host);
	const planned = await mapSettled(items, 1, async (own) => {
		await turn();
		return read(own);
	});
	const all = session.ledger.retried ? await lookAtEarlier(planned, session, limit) : planned;
	if (stopAtFailure && hasFailed(all)) return all;
	const ofAccount = await checkTogether(all, (indexes) => session.tokens.expectOneAccount(indexes));
	const checked = await mapSettled(ofAccount, limit, async (plan) => {
		await turn();
		return checkPlan(valueOf(plan), session);
	});
	if (stopAtFailure && hasFailed(checked)) return checked;
	return refuseLost(checked, session);
}

/**
 * A retry by hand first checks every request that it could pick up. Requests that failed or were canceled in the
 * meantime are submitted again. If such a failure were found only later, it would end the node, and need another
 * retry.
 */
function lookAtEarlier(
	plans: ReadonlyArray<Settled<Plan>>,
	{ client, ledger, signal }: RunSession,
	limit: number,
): Promise<Array<Settled<Plan>>> {
	return mapSettled(plans, limit, async (settled): Promise<Plan> => {
		const plan = valueOf(settled);
		const { operation, item } = plan;
		const earlier = ledger.item(item.itemIndex);
		const paid = plan.kind === 'resume' && paidRequestOf(earlier.entry);
		if (!paid) return plan;
		const end = await readEnd(client, paid, { signal });
		if (!end || end.status === 'succeeded') return plan;
		earlier.drop();
		return { kind: 'run', operation, item, parameters: operation.read(item) };
	});
}

/** @throws RunComfyError for invalid parameters, and for a failed run that must not be paid for again */
function planItem(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	own: LedgerItem,
): Plan {
	if (!operation) throw new TypeError('There is no such operation of this resource');
	const item = readItem(context, own.index);
	const { entry, receipt } = own;
	const end = endErrorOf(entry);
	if (end) throw isAccepted(entry) && requestOutcome(end).request === 'ended' ? withLoop(end) : end;
	if (receipt && requestOf(entry) && operation.resume) {
		return { kind: 'resume', operation, item, receipt };
	}
	own.drop();
	return { kind: 'run', operation, item, parameters: operation.read(item) };
}

/** Only a person, or a loop that somebody has drawn, pays for a failed run again. */
function withLoop(end: RunComfyError): RunComfyError {
	return end.with({ hint: `${end.hint} ${LOOP}` });
}

const LOOP =
	'Retry On Fail does not pay for a failed run again. To repeat it, lead the error output through an If node back to this node, or choose Executions > Retry.';

/** Checks the parameters of the plan, without any cost. @throws RunComfyError */
async function checkPlan(plan: Plan, session: RunSession): Promise<Plan> {
	if (plan.kind !== 'run' || !plan.operation.check) return plan;
	const parameters = await plan.operation.check(plan.parameters, plan.item, session);
	return { ...plan, parameters };
}

/**
 * If n8n was killed before it stored its requests, the first retry refuses to submit items that may have been paid
 * for. The second retry submits them, because the user then knows about the risk.
 */
async function refuseLost(
	plans: Array<Settled<Plan>>,
	{ ledger, note }: RunSession,
): Promise<Array<Settled<Plan>>> {
	if (!plans.some(isSubmit)) return plans;
	if (ledger.retried && (await note.isFound())) ledger.noteLost();
	return plans.map((plan) =>
		isSubmit(plan) && ledger.item(plan.value.item.itemIndex).mayBeLost
			? { ok: false, error: lostError(submitTarget(plan.value)) }
			: plan,
	);
}

function isSubmit(plan: Settled<Plan>): plan is { ok: true; value: Plan & { kind: 'run' } } {
	return plan.ok && plan.value.kind === 'run' && submitTarget(plan.value) !== undefined;
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

/** Runs one check for all items to be submitted. If the check fails, all of these items fail. */
async function checkTogether(
	plans: Array<Settled<Plan>>,
	check: (itemIndexes: readonly number[]) => Promise<void>,
): Promise<Array<Settled<Plan>>> {
	const submits = (plan: Settled<Plan>) => plan.ok && plan.value.kind === 'run';
	const itemIndexes = plans.flatMap((plan) =>
		plan.ok && plan.value.kind === 'run' ? [plan.value.item.itemIndex] : [],
	);
	if (itemIndexes.length === 0) return plans;
	try {
		await check(itemIndexes);
		return plans;
	} catch (error) {
		return plans.map((plan) => (submits(plan) ? { ok: false, error } : plan));
	}
}

interface CarryOut {
	session: RunSession;
	options: NodeOptions;
	/** See `runBatch`. */
	leaving: AbortSignal | undefined;
}

interface CarriedOut {
	/** The earliest failure. */
	failure: { item: LedgerItem; error: unknown } | undefined;
	/** Whether the node parks to wait for the items that are not settled yet. */
	parked: boolean;
}

/**
 * Runs the items that are not settled yet, and adds their outputs and errors. Once a failure is to end the node,
 * nothing more is submitted, and what was submitted is waited for, so that a retry finds it paid for only once.
 */
async function carryOutAll(
	settled: Map<LedgerItem, SettledItem | undefined>,
	planOf: (own: LedgerItem) => Promise<Plan>,
	{ session, options: { limit, stopAtFailure }, leaving }: CarryOut,
): Promise<CarriedOut> {
	const { host, ledger } = session;
	const failures: Array<{ item: LedgerItem; error: unknown }> = [];
	const fail = (item: LedgerItem, error: unknown) => {
		failures.push({ item, error });
		if (stopAtFailure) ledger.endSubmits();
	};
	for (const [item, one] of settled) if (one?.ok === false) fail(item, one.error);
	const signals = [session.signal, leaving].filter((one) => one !== undefined);
	const parked = () => signals.find(({ aborted }) => aborted)?.reason instanceof Parked;
	const open = [...settled.keys()].filter((item) => !settled.get(item));
	open.sort((a, b) => a.turn - b.turn);
	for (const item of open) item.take('queued');
	const turn = takingTurns(host);
	const done = await mapSettled(open, limit, async (own) => {
		const signal = AbortSignal.any(signals);
		try {
			await turn();
			if (parked() || !own.mayBegin) throw new NotStarted();
			own.take('works');
			const plan = await planOf(own);
			return await carryOut(plan, { ...session, signal });
		} catch (error) {
			const isLeft = isInterrupted(error) && signal.reason instanceof Parked;
			if (!isLeft && !(error instanceof NotStarted)) {
				own.fail(error);
				fail(own, error);
			}
			return await Promise.reject<never>(error);
		} finally {
			own.take('done');
		}
	});
	for (const [at, item] of open.entries()) settled.set(item, done[at]);
	return { failure: failures[0], parked: parked() };
}

/** @throws RunComfyError */
function carryOut(plan: Plan, session: RunSession): Promise<INodeExecutionData[]> {
	const { operation, item } = plan;
	if (plan.kind === 'run') return operation.run(plan.parameters, item, session);
	return operation.resume!(plan.receipt, item, session);
}

/** The target that the plan submits to; undefined if the plan submits nothing. */
function submitTarget(plan: Plan): Target | undefined {
	return plan.kind === 'run' ? plan.operation.target?.(plan.parameters) : undefined;
}

function hasFailed(settled: ReadonlyArray<Settled<unknown>>): boolean {
	return settled.some(({ ok }) => !ok);
}
