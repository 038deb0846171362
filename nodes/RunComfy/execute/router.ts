import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { forAgent, isAgentCall } from '../items/agent';
import { toErrorItem, toNodeError } from '../items/errors';
import { fingerprints } from '../parameters/fingerprint';
import { RESOURCES } from '../resources';
import type { Operation } from '../resources/operation';
import { hintOnce } from '../session/hints';
import { describeRequest, type Entry, Ledger, requestOf } from '../session/ledger';
import { createTrace } from '../session/trace';
import { comeBack, findWayOut } from '../wait/park';
import { removeMark } from '../wait/reentry';
import { batchOptions, runBatch } from './batch';
import { giveUp } from './givingUp';
import { openOrName } from './namedRequests';

/**
 * Runs the chosen operation for every item, several at a time, and gives the items in their order.
 * @throws NodeApiError, NodeOperationError for the first item that went wrong, unless `continueOnFail`.
 */
export async function route(
	context: IExecuteFunctions,
	continueOnFail: boolean,
): Promise<INodeExecutionData[][]> {
	removeMark(context);
	const opened = await openOrName(context);
	const trace = createTrace(context);
	const ledger = new Ledger(context, {
		fingerprint: fingerprints(context),
		onAccepted: trace.submitted,
		onLeftBehind: trace.leftBehind,
		onLateCancel: trace.canceledLate,
		now: opened.host.now,
	});
	const renewed = await comeBack(context, { ledger, host: opened.host });
	const severalItems = context.getInputData().length > 1;
	const agent = isAgentCall(context);
	const { secrets } = opened;
	const shown = { node: context.getNode(), namesItem: severalItems, forAgent: agent, secrets };

	const operation = operationOf(context);
	const options = batchOptions(context, operation, continueOnFail);
	const wayOut = findWayOut(context, opened, options, renewed);
	const session = { ...opened, ledger, trace, forAgent: agent, parking: wayOut?.parking };
	const { outcomes, failure, cancels, parked } = await runBatch(
		operation,
		context,
		session,
		options,
	);
	hintOnce(context, session, ledger.leftBehind().map(leftBehindHint));
	if (parked && wayOut) return await wayOut.leave(session, outcomes);
	if (failure && options.stopAtFailure) {
		const error = await giveUp(failure.error, session, { cancels, severalItems });
		throw toNodeError(error, { ...shown, itemIndex: failure.itemIndex });
	}
	const items = outcomes.flatMap((outcome, itemIndex) => {
		const pairedItem = { item: itemIndex };
		if (outcome.ok) return outcome.value.map((item) => ({ ...item, pairedItem }));
		const { status } = ledger.find(itemIndex) ?? {};
		return [toErrorItem(outcome.error, { ...shown, itemIndex, status })];
	});
	// n8n also retries a node that continues on failure, if the first item that comes out is an error.
	ledger.close(ledger.triesLeft && items[0]?.json['error'] ? 'retry' : 'done');
	return [agent ? items.map(forAgent) : items];
}

function leftBehindHint([item, earlier]: [item: number, earlier: Entry]): string {
	const request = describeRequest(requestOf(earlier)!);
	return `${request} was submitted for item ${item} before its inputs changed, so the node has submitted the item again. You pay for both: fetch the earlier one with Get Result, or end it with Cancel.`;
}

/** One for all items: it takes no expression. */
function operationOf(context: IExecuteFunctions): Operation | undefined {
	const operations = RESOURCES[context.getNodeParameter('resource', 0)];
	return operations?.[context.getNodeParameter('operation', 0)];
}
