import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { mapSettled, RunComfyError, type Settled } from '../../../core';
import { parseOptions, readOptions, type WaitMode } from '../parameters/options';
import type { Operation } from '../resources/operation';
import { leavesRunning } from '../session/entries';
import { isInterrupted, NotStarted, Parked } from '../session/parking';
import { GaveUp, type RunSession } from '../session/session';
import { cancelRest, type Failure } from './givingUp';
import { carryOut, checkPlan, type Plan, planItem } from './plan';

export interface BatchResult {
	/** What became of each item, in their order. Empty where an item was refused before any was run. */
	outcomes: Array<Settled<INodeExecutionData[]>>;
	/** The first failure by time. */
	failure: Failure | undefined;
	/** Whether the items that have not come to their end are to be waited for elsewhere. */
	parked: boolean;
}

/** How the items of one node are worked through. */
export interface BatchOptions {
	/** Items at the same time. */
	limit: number;
	/** Whether the first failure ends the node. */
	stopAtFailure: boolean;
	/** Whether that cancels what the other items have under way. */
	cancelOnFailure: boolean;
	/** Whether a stop of the execution cancels it. */
	cancelOnStop: boolean;
	/** Where the execution is while the node waits. */
	waitMode: WaitMode;
	/** Whether RunComfy is to call when a request has ended. */
	resumeByWebhook: boolean;
}

/** The options of the first item count for all of them. */
export function batchOptions(
	context: IExecuteFunctions,
	operation: Operation | undefined,
	continueOnFail: boolean,
): BatchOptions {
	const { concurrency, cancelOnFailure, cancelOnStop, waitMode, resumeByWebhook } =
		optionsOfFirst(context);
	return {
		limit: operation?.inTurn ? 1 : concurrency,
		stopAtFailure: !continueOnFail,
		cancelOnFailure,
		cancelOnStop: cancelOnStop ?? operation?.cancelsOnStop ?? true,
		waitMode,
		resumeByWebhook,
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

/** Reads all items, checks all of them, and then runs them, several at the same time. Never throws. */
export async function runBatch(
	operation: Operation | undefined,
	context: IExecuteFunctions,
	session: RunSession,
	options: BatchOptions,
): Promise<BatchResult> {
	const refusalIn = (settled: ReadonlyArray<Settled<unknown>>) =>
		options.stopAtFailure ? firstFailure(settled) : undefined;
	const read = context
		.getInputData()
		.map((_item, itemIndex) =>
			settle(() => planItem(operation, context, itemIndex, session.ledger)),
		);
	const unreadable = refusalIn(read);
	if (unreadable) return { outcomes: [], failure: unreadable, parked: false };
	const checked = await mapSettled(read, options.limit, async (plan) =>
		checkPlan(valueOf(plan), session),
	);
	const refused = refusalIn(checked);
	if (refused) return { outcomes: [], failure: refused, parked: false };

	const result = await carryOutAll(checked, session, options);
	if (session.signal?.aborted) {
		if (options.cancelOnStop) await cancelRest(session);
		session.trace.stopped(session.ledger.entries());
	}
	return result;
}

/**
 * Where a failure ends the node, it keeps the rest from being started, and those under way from being
 * waited for: nobody would get what they cost. Where the request of the failed item goes on, nothing is
 * canceled; after a failure that may pass, such as a timeout, the others also come to their end.
 */
async function carryOutAll(
	plans: ReadonlyArray<Settled<Plan>>,
	session: RunSession,
	{ limit, stopAtFailure, cancelOnFailure }: BatchOptions,
): Promise<BatchResult> {
	const { ledger, parking } = session;
	const gaveUp = new AbortController();
	const signals = [session.signal, gaveUp.signal, parking?.signal].filter(
		(one) => one !== undefined,
	);
	const parked = () => AbortSignal.any(signals).reason instanceof Parked;
	let failure = keptFailure(plans);
	let begun = 0;
	const othersWait = () => begun < plans.length;
	const outcomes = await mapSettled(plans, limit, async (plan, itemIndex) => {
		const unwanted = failure && stopAtFailure && (gaveUp.signal.aborted || isNew(plan));
		if (unwanted || parked()) throw new NotStarted();
		const signal = AbortSignal.any(signals);
		parking?.begin(itemIndex);
		begun += 1;
		const done = plan.ok
			? carryOut(plan.value, { ...session, signal, othersWait })
			: Promise.reject(plan.error);
		return done
			.finally(() => parking?.end(itemIndex))
			.catch((error: unknown) => {
				if (isInterrupted(error) && signal.reason instanceof Parked) return Promise.reject(error);
				ledger.fail(itemIndex, error);
				failure ??= { itemIndex, error };
				const running = leavesRunning(error);
				if (stopAtFailure && !(running && isTransient(error))) {
					gaveUp.abort(new GaveUp(cancelOnFailure && !ledger.triesLeft && !running));
				}
				return Promise.reject(error);
			});
	});
	return { outcomes, failure, parked: parked() };
}

/** The failure of an item that came before the execution was parked. */
function keptFailure(plans: ReadonlyArray<Settled<Plan>>): Failure | undefined {
	for (const [itemIndex, plan] of plans.entries()) {
		if (plan.ok && plan.value.kind === 'failed') return { itemIndex, error: plan.value.error };
	}
	return undefined;
}

/** Whether nothing was paid for yet. */
function isNew(plan: Settled<Plan>): boolean {
	return !plan.ok || plan.value.kind === 'run';
}

function isTransient(error: unknown): boolean {
	return error instanceof RunComfyError && error.retryable;
}

function firstFailure(settled: ReadonlyArray<Settled<unknown>>): Failure | undefined {
	for (const [itemIndex, entry] of settled.entries()) {
		if (!entry.ok) return { itemIndex, error: entry.error };
	}
	return undefined;
}

function settle<T>(work: () => T): Settled<T> {
	try {
		return { ok: true, value: work() };
	} catch (error) {
		return { ok: false, error };
	}
}

function valueOf<T>(entry: Settled<T>): T {
	if (entry.ok) return entry.value;
	throw entry.error;
}
