import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { forAgent, isAgentCall } from '../items/agent';
import { toErrorItem, toNodeError } from '../items/errors';
import { fingerprints } from '../parameters/fingerprint';
import { readNodeOptions } from '../parameters/options';
import { findOperation } from '../resources';
import { Ledger } from '../session/ledger';
import type { RunSession } from '../session/session';
import { createTrace } from '../session/trace';
import { CLOCK } from '../transport/host';
import { comeBack, findWayOut } from '../wait/park';
import { isOnNewEngine, removeMark } from '../wait/reentry';
import { RunNote } from '../wait/runNote';
import { runBatch } from './batch';
import { openOrName, shownTo, withRequests } from './namedRequests';

/**
 * Runs the chosen operation for all items, several at a time, and returns the output in the order of the items.
 * @throws NodeApiError, NodeOperationError for the first item that failed, unless `continueOnFail`
 */
export async function route(
	context: IExecuteFunctions,
	continueOnFail: boolean,
): Promise<INodeExecutionData[][]> {
	removeMark(context);
	const trace = createTrace(context);
	const ledger = new Ledger(context, {
		...trace,
		submitted(item) {
			trace.submitted(item);
			note.accepted();
		},
		fingerprint: fingerprints(context),
		now: CLOCK.now,
	});
	const note = new RunNote(context, ledger);
	try {
		return await runTry(context, continueOnFail, { ledger, trace, note });
	} finally {
		note.close();
		ledger.release();
	}
}

async function runTry(
	context: IExecuteFunctions,
	continueOnFail: boolean,
	{ ledger, trace, note }: Pick<RunSession, 'ledger' | 'trace'> & { note: RunNote },
): Promise<INodeExecutionData[][]> {
	const renewed = comeBack(context, ledger);
	const opened = await openOrName(context, ledger);
	const { secrets } = opened;
	// The same for all items, because these fields allow no expression.
	const operation = findOperation(
		context.getNodeParameter('resource', 0),
		context.getNodeParameter('operation', 0),
	);
	const read = readNodeOptions(context, operation, continueOnFail);
	const options = { ...read, limit: Math.min(read.limit, ledger.places ?? read.limit) };
	const wayOut = findWayOut(context, { ...opened, ledger }, options, renewed);

	const agent = isAgentCall(context);
	const session = { ...opened, ledger, trace, note, forAgent: agent };
	let batch = await runBatch(operation, context, session, options, wayOut?.signal);
	if (batch.parked) {
		if (await wayOut?.leave(batch)) return [[]];
		batch = await runBatch(operation, context, session, options);
	}

	const { settled, failure } = batch;
	const severalItems = settled.length > 1;
	const shown = { ...shownTo(context), namesItem: severalItems, secrets };
	if (failure && options.stopAtFailure) {
		const hasRetry = !isOnNewEngine(context);
		const unsent = settled.flatMap(({ ok }, item) => (ok || ledger.item(item).entry ? [] : [item]));
		const error = withRequests(failure.error, ledger.entries(), severalItems, { hasRetry, unsent });
		ledger.close('failed');
		throw toNodeError(error, { ...shown, itemIndex: failure.item.index });
	}
	const inputs = context.getInputData();
	const items = settled.flatMap((one, itemIndex) => {
		const pairedItem = { item: itemIndex };
		if (one.ok) return one.value.map((item) => ({ ...item, pairedItem }));
		const { request, status } = ledger.item(itemIndex);
		const { binary } = inputs[itemIndex]!;
		return [toErrorItem(one.error, { ...shown, itemIndex, binary, request, status })];
	});
	// n8n also retries a node that continues on errors if its first output item is an error.
	ledger.close(ledger.triesLeft && items[0]?.json['error'] ? 'failed' : 'done');
	return [agent ? items.map(forAgent) : items];
}
