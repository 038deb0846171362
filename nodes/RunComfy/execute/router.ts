import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { DEFAULTS, type RunComfyError, type Settled } from '../../../core';
import { forAgent, isAgentCall } from '../items/agent';
import { toErrorItem, toNodeError, type ErrorPlace } from '../items/errors';
import { fingerprints } from '../parameters/fingerprint';
import { OPTIONS } from '../parameters/optionFields';
import { concurrencyOf, guardOptions, readOptions } from '../parameters/options';
import { RESOURCES } from '../resources';
import type { Checked, Operation, Work } from '../resources/operation';
import { endOf, isUnconfirmed, openLedger } from '../session/ledger';
import { openSession, type RunSession } from '../session/session';
import {
	checkAll,
	firstFailure,
	workThrough,
	type Course,
	type Failure,
	type Outcome,
} from './batch';
import { cancelRest, giveUp } from './givingUp';

/**
 * Runs the chosen operation for every item, several at a time, and gives the items in their order.
 * @throws NodeApiError, NodeOperationError for the first item that went wrong, unless `continueOnFail`.
 */
export async function route(
	context: IExecuteFunctions,
	continueOnFail: boolean,
): Promise<INodeExecutionData[][]> {
	const node = context.getNode();
	const opened = await openSession(context).catch((thrown: unknown) =>
		Promise.reject(toNodeError(thrown, { node, forAgent: isAgentCall(context) })),
	);
	const session = {
		...opened,
		ledger: openLedger(context, fingerprints(context)),
		forAgent: isAgentCall(context),
	};
	const { ledger, token } = session;
	const severalItems = context.getInputData().length > 1;
	const place: ErrorPlace = { node, named: severalItems, forAgent: session.forAgent, token };

	const course = courseOf(context, continueOnFail);
	const { outcomes, failure } = await perform(context, session, course);
	if (failure && course.stopAtFailure) {
		const error = await giveUp(failure, session, { cancels: course.cancelOnFailure, severalItems });
		throw toNodeError(error, { ...place, itemIndex: failure.itemIndex });
	}
	const items = outcomes.flatMap((outcome, itemIndex) =>
		outcome.ok
			? outcome.value.map((item) => ({ ...item, pairedItem: { item: itemIndex } }))
			: [toErrorItem(outcome.error, { ...place, itemIndex })],
	);
	// n8n also runs a node again that goes on after failures, where the first item that comes out is one.
	ledger.close(ledger.triesLeft && items[0]?.json['error'] ? 'retry' : 'done');
	return [session.forAgent ? items.map(forAgent) : items];
}

async function perform(
	context: IExecuteFunctions,
	session: RunSession,
	course: Course,
): Promise<{ outcomes: Outcome[]; failure: Failure | undefined }> {
	const refusal = (settled: ReadonlyArray<Settled<unknown>>) =>
		course.stopAtFailure ? firstFailure(settled) : undefined;
	const prepared = context
		.getInputData()
		.map((_item, itemIndex) => prepare(context, session, itemIndex));
	const unreadable = refusal(prepared);
	if (unreadable) return { outcomes: [], failure: unreadable };
	const works = await checkAll(prepared, session, course.limit);
	const refused = refusal(works);
	if (refused) return { outcomes: [], failure: refused };

	const worked = await workThrough(works, session, course);
	if (session.signal?.aborted && course.cancelOnStop) await cancelRest(session);
	return worked;
}

function courseOf(context: IExecuteFunctions, continueOnFail: boolean): Course {
	const { inTurn } = operationOf(context) ?? {};
	const stopAtFailure = !continueOnFail;
	try {
		const given = readOptions(context, 0);
		const limit = inTurn ? 1 : concurrencyOf(given);
		return { limit, stopAtFailure, ...guardOptions(given) };
	} catch {
		// What is wrong with them is told where the item is read.
		const limit = inTurn ? 1 : DEFAULTS.n8n.concurrency;
		return { limit, stopAtFailure, ...guardOptions({}) };
	}
}

/** The same for all items: it takes no expression. */
function operationOf(context: IExecuteFunctions): Operation | undefined {
	const { operations } = RESOURCES[context.getNodeParameter('resource', 0)] ?? {};
	return operations?.[context.getNodeParameter('operation', 0)];
}

function prepare(
	context: IExecuteFunctions,
	{ ledger }: RunSession,
	itemIndex: number,
): Settled<Work | Checked> {
	try {
		const chosen = operationOf(context);
		if (!chosen) throw new TypeError('There is no such operation of this resource');
		const given = readOptions(context, itemIndex);
		// Only the first item's value is used, but a wrong one must not pass unnoticed.
		concurrencyOf(given);
		const { retryFailedRuns } = guardOptions(given);

		const earlier = ledger.find(itemIndex);
		const end = earlier && endOf(earlier);
		if (end && isUnconfirmed(end)) throw end;
		if (end && !retryFailedRuns) throw notPaidAgain(end);
		if (earlier?.accepted && !end && chosen.resume) {
			return { ok: true, value: chosen.resume(context, itemIndex, earlier.accepted) };
		}
		const created = earlier?.created;
		if (created) return { ok: true, value: async () => [{ json: created }] };
		ledger.drop(itemIndex);
		return { ok: true, value: chosen.execute(context, itemIndex) };
	} catch (error) {
		return { ok: false, error };
	}
}

function notPaidAgain(end: RunComfyError): RunComfyError {
	const hint = `${end.hint} Retry On Fail did not pay for another run: the option ${OPTIONS.retryFailedRuns.displayName} makes it do so.`;
	return end.with({ hint });
}
