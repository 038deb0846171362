import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { RunComfyError } from '../../../core';
import { forAgent, isAgentCall } from '../items/agent';
import { toErrorItem, toNodeError } from '../items/errors';
import { fingerprints } from '../parameters/fingerprint';
import { readNodeOptions } from '../parameters/options';
import { findOperation } from '../resources';
import { requestOf, requestStatus } from '../session/entry';
import { Ledger } from '../session/ledger';
import { createTrace, type Trace } from '../session/trace';
import { comeBack, findWayOut } from '../wait/park';
import { isOnNewEngine, removeMark } from '../wait/reentry';
import { RunNote } from '../wait/runNote';
import { carryOut } from './loop';
import { openOrName, shownTo, withRequests } from './namedRequests';
import { Tally } from './tally';

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
	const ledger = new Ledger(context, fingerprints(context), {
		...trace,
		submitted(...paid) {
			trace.submitted(...paid);
			note.accepted();
		},
	});
	const note = new RunNote(context, ledger);
	try {
		return await runTry(context, continueOnFail, { ledger, trace, note });
	} finally {
		void note.close();
		ledger.release();
	}
}

async function runTry(
	context: IExecuteFunctions,
	continueOnFail: boolean,
	{ ledger, trace, note }: { ledger: Ledger; trace: Trace; note: RunNote },
): Promise<INodeExecutionData[][]> {
	const renewed = comeBack(context, ledger);
	const session = {
		...(await openOrName(context, ledger)),
		ledger,
		forAgent: isAgentCall(context),
	};
	// The same for all items, because these fields allow no expression.
	const operation = findOperation(
		context.getNodeParameter('resource', 0),
		context.getNodeParameter('operation', 0),
	);
	if (!operation) throw new TypeError('There is no such operation of this resource');
	const options = readNodeOptions(context, operation, continueOnFail);
	const tally = new Tally(ledger, options.stopAtFailure);
	const wayOut = findWayOut(context, session, options, renewed);
	const batch = { context, operation, options, session, tally, note };
	if (await carryOut(batch, wayOut)) return [[]];

	const inputs = context.getInputData();
	const severalItems = inputs.length > 1;
	const { secrets, signal, forAgent: agent } = session;
	const shown = { ...shownTo(context), namesItem: severalItems, secrets };
	const { settled } = tally;
	const isStopped = signal?.aborted === true;
	if (isStopped) trace.stopped(ledger.entries());
	const failure = isStopped ? STOPPED : options.stopAtFailure ? tally.failure : undefined;
	if (failure) {
		const hasRetry = !isOnNewEngine(context);
		const unsent = [...inputs.keys()].filter(
			(index) => settled.get(index)?.ok !== true && !ledger.entry(index),
		);
		const told = { severalItems, hasRetry, unsent };
		const error = withRequests(failure.error, ledger.entries(), told);
		ledger.close('failed');
		throw toNodeError(error, { ...shown, itemIndex: failure.index });
	}
	const items = [...settled]
		.sort(([a], [b]) => a - b)
		.flatMap(([itemIndex, one]) => {
			const pairedItem = { item: itemIndex };
			if (one.ok) return one.value.map((item) => ({ ...item, pairedItem }));
			const { binary } = inputs[itemIndex]!;
			const entry = ledger.entry(itemIndex);
			const about = { request: requestOf(entry), status: entry && requestStatus(entry), binary };
			return [toErrorItem(one.error, { ...shown, itemIndex, ...about })];
		});
	// n8n also retries a node that continues on errors if its first output item is an error.
	const isTriedAgain = context.getNode().retryOnFail === true && items[0]?.json['error'];
	ledger.close(isTriedAgain ? 'failed' : 'done');
	return [agent ? items.map(forAgent) : items];
}

const STOPPED = { index: 0, error: new RunComfyError('aborted', 'The run was stopped') };
