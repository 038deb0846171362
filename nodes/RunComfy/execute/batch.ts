import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { mapSettled, RunComfyError, type Settled } from '../../../core';
import { parseOptions, readOptions } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { leavesRunning } from '../session/entries';
import { isInterrupted, NotStarted, Parked } from '../session/parking';
import { GaveUp, type RunSession } from '../session/session';
import { cancelRest, type Failure } from './givingUp';
import { carryOut, checkPlan, isBroke, notSubmitted, type Plan, planItem, stopBelow } from './plan';

export interface BatchResult {
	/** The outcome of each item, in order. Empty if an item was refused before any was run. */
	outcomes: Array<Settled<INodeExecutionData[]>>;
	/** The first failure by time. */
	failure: Failure | undefined;
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
	const refused = plans && options.stopAtFailure ? firstFailure(plans) : undefined;
	if (refused) return { outcomes: [], failure: refused, parked: false };

	const planOf = async (itemIndex: number) =>
		plans ? valueOf(plans[itemIndex]!) : checkPlan(read(itemIndex), session);
	return carryOutAll(items, planOf, session, options);
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
	if (stopAtFailure && firstFailure(all)) return all;
	const checked = await mapSettled(all, limit, async (plan) => checkPlan(valueOf(plan), session));
	if (stopAtFailure && firstFailure(checked)) return checked;
	return stopBelow(checked, session, stopBelowBalance);
}

const READ_AT_ONCE = 25;

/**
 * If a failure ends the node, the remaining items are not started and those under way are no longer waited
 * for: nobody would get what they cost. If the request of the failed item goes on, nothing is canceled;
 * after a temporary failure, such as a timeout, the others are still waited for.
 */
async function carryOutAll(
	items: readonly number[],
	planOf: (itemIndex: number) => Promise<Plan>,
	session: RunSession,
	{ limit, stopAtFailure, cancelOnFailure }: BatchOptions,
): Promise<BatchResult> {
	const { ledger, parking } = session;
	const gaveUp = new AbortController();
	const signals = [session.signal, gaveUp.signal, parking?.signal].filter(
		(one) => one !== undefined,
	);
	const parked = () => AbortSignal.any(signals).reason instanceof Parked;
	const kept = items.map((itemIndex) => ledger.kept(itemIndex));
	let failure = firstFailure(kept);
	let broke = firstFailure(kept, isBroke)?.itemIndex;
	const open = items.filter((itemIndex) => !kept[itemIndex]);
	let begun = 0;
	const othersWait = () => begun < open.length;
	const done = await mapSettled(open, limit, async (itemIndex) => {
		const isNew = ledger.find(itemIndex) === undefined;
		const unwanted = failure && stopAtFailure && (gaveUp.signal.aborted || isNew);
		if (unwanted || parked()) throw new NotStarted();
		if (isNew && broke !== undefined) throw notSubmitted(broke);
		const signal = AbortSignal.any(signals);
		parking?.begin(itemIndex);
		begun += 1;
		return planOf(itemIndex)
			.then((plan) => carryOut(plan, { ...session, signal, othersWait }))
			.finally(() => parking?.end(itemIndex))
			.catch((error: unknown) => {
				if (isInterrupted(error) && signal.reason instanceof Parked) return Promise.reject(error);
				ledger.fail(itemIndex, error);
				failure ??= { itemIndex, error };
				if (isBroke(error)) broke ??= itemIndex;
				const running = leavesRunning(error);
				const isTransient = error instanceof RunComfyError && error.retryable;
				if (stopAtFailure && !(running && isTransient)) {
					gaveUp.abort(new GaveUp(cancelOnFailure && !ledger.triesLeft && !running));
				}
				return Promise.reject(error);
			});
	});
	return { outcomes: kept.map((one) => one ?? done.shift()!), failure, parked: parked() };
}

function firstFailure(
	settled: ReadonlyArray<Settled<unknown> | undefined>,
	counts: (error: unknown) => boolean = () => true,
): Failure | undefined {
	for (const [itemIndex, entry] of settled.entries()) {
		if (entry?.ok === false && counts(entry.error)) return { itemIndex, error: entry.error };
	}
	return undefined;
}

function valueOf<T>(entry: Settled<T>): T {
	if (entry.ok) return entry.value;
	throw entry.error;
}
