import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { mapSettled, type Settled } from '../../../core';
import { parseOptions, readOptions } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { isInterrupted, NotStarted, Parked, type RunSession } from '../session/session';
import { type Failure, Failures } from './failures';
import { cancelRest } from './givingUp';
import { carryOut, checkPlan, type Plan, planItem, stopBelow } from './plan';

export interface BatchResult {
	/** The outcome of each item, in order. */
	outcomes: Array<Settled<INodeExecutionData[]>>;
	/** The first failure by time. */
	failure: Failure | undefined;
	/** Whether a failure is a reason to cancel what has not ended. */
	cancels: boolean;
	/** Whether the unfinished items are to be waited for elsewhere. */
	parked: boolean;
}

type BatchOptions = ReturnType<typeof batchOptions>;

/** The options of the first item count for all of them. */
export function batchOptions(
	context: IExecuteFunctions,
	operation: Operation | undefined,
	continueOnFail: boolean,
) {
	const { concurrency, cancelOnFailure, cancelOnStop, waitMode, stopBelowBalance } =
		optionsOfFirst(context);
	return {
		/** Items at the same time. */
		limit: operation?.inTurn ? 1 : concurrency,
		/** Whether the first failure ends the node. */
		stopAtFailure: !continueOnFail,
		/** Whether that cancels what the other items have under way. */
		cancelOnFailure,
		/** Whether a stop of the execution cancels it. */
		cancelOnStop: cancelOnStop ?? operation?.cancelsOnStop ?? true,
		waitMode,
		stopBelowBalance,
	};
}

function optionsOfFirst(context: IExecuteFunctions) {
	try {
		return readOptions(context, 0);
	} catch {
		// Reading the item reports what is wrong with them.
		return parseOptions({});
	}
}

/**
 * Reads all items, checks all of them, and then runs them, several at a time. A try that resumes after a
 * park reads and checks an item when its turn comes: all were checked before the first submit. Never throws.
 */
export async function runBatch(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	session: RunSession,
	options: BatchOptions,
): Promise<BatchResult> {
	const result = await planAndCarryOut(operation, context, session, options);
	// Even if the stop came before this try: an earlier one may have left requests running.
	if (session.signal?.aborted) {
		if (options.cancelOnStop) await cancelRest(session);
		session.trace.stopped(session.ledger.entries());
	}
	return result;
}

async function planAndCarryOut(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	session: RunSession,
	options: BatchOptions,
): Promise<BatchResult> {
	const items = [...context.getInputData().keys()];
	const read = (itemIndex: number) => planItem(operation, context, itemIndex, session.ledger);
	const plans = session.ledger.resumed ? undefined : await planAll(items, read, session, options);
	const planOf = async (itemIndex: number) =>
		plans ? valueOf(plans[itemIndex]!) : checkPlan(read(itemIndex), session);
	const known = items.map((itemIndex) => {
		const plan = plans?.[itemIndex];
		return session.ledger.storedOutcome(itemIndex) ?? (plan?.ok === false ? plan : undefined);
	});
	return carryOutAll(known, planOf, session, options);
}

/** The plan of each item, read and checked. If one failure ends the node, nothing is checked unless everything can be read. */
async function planAll(
	items: readonly number[],
	read: (itemIndex: number) => Plan,
	session: RunSession,
	{ limit, stopAtFailure, stopBelowBalance }: BatchOptions,
): Promise<Array<Settled<Plan>>> {
	const all = await mapSettled(items, 1, async (itemIndex) => {
		// Reading a thousand items takes seconds in which n8n would answer nobody.
		if (itemIndex % READ_AT_ONCE === READ_AT_ONCE - 1) await session.host.sleep(0);
		return read(itemIndex);
	});
	if (stopAtFailure && hasFailed(all)) return all;
	const checked = await mapSettled(all, limit, async (plan) => checkPlan(valueOf(plan), session));
	if (stopAtFailure && hasFailed(checked)) return checked;
	return stopBelow(checked, session, stopBelowBalance);
}

const READ_AT_ONCE = 25;

/** Runs the items of which nothing is known yet. */
async function carryOutAll(
	known: ReadonlyArray<Settled<INodeExecutionData[]> | undefined>,
	planOf: (itemIndex: number) => Promise<Plan>,
	session: RunSession,
	options: BatchOptions,
): Promise<BatchResult> {
	const { ledger, parking } = session;
	const failures = new Failures(ledger, options);
	for (const [itemIndex, one] of known.entries()) {
		if (one?.ok === false) failures.add(itemIndex, one.error, 'refused');
	}
	const signals = [session.signal, failures.signal, parking?.signal].filter(
		(one) => one !== undefined,
	);
	const parked = () => AbortSignal.any(signals).reason instanceof Parked;
	const open = [...known.keys()].filter((itemIndex) => !known[itemIndex]);
	const beforeSubmit = () => failures.refuseNew();
	const done = await mapSettled(open, options.limit, async (itemIndex) => {
		if (failures.signal.aborted || parked()) throw new NotStarted();
		if (ledger.find(itemIndex) === undefined) failures.refuseNew();
		const signal = AbortSignal.any(signals);
		const rejectAs = (kind: 'failed' | 'refused') => (error: unknown) => {
			const isLeft = isInterrupted(error) && signal.reason instanceof Parked;
			if (!isLeft && !(error instanceof NotStarted)) {
				ledger.fail(itemIndex, error);
				failures.add(itemIndex, error, kind);
			}
			return Promise.reject(error);
		};
		parking?.begin(itemIndex);
		return planOf(itemIndex)
			.catch(rejectAs('refused'))
			.then((plan) =>
				carryOut(plan, { ...session, beforeSubmit, signal }).catch(rejectAs('failed')),
			)
			.finally(() => parking?.end(itemIndex));
	});
	return {
		outcomes: known.map((one) => one ?? done.shift()!),
		failure: failures.first,
		cancels: failures.cancels,
		parked: parked(),
	};
}

function hasFailed(settled: ReadonlyArray<Settled<unknown>>): boolean {
	return settled.some(({ ok }) => !ok);
}

function valueOf<T>(entry: Settled<T>): T {
	if (entry.ok) return entry.value;
	throw entry.error;
}
