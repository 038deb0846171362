import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Settled } from '../../../core';
import { toErrorItem, toNodeError, type ErrorPlace } from '../errors';
import { openSession } from '../session';
import { DEFAULT_CONCURRENCY } from '../shared/optionFields';
import { concurrencyOf, readOptions } from '../shared/options';
import { checkAll, firstFailure, withSiblings, workThrough } from './items';
import { account } from './account';
import { deployment } from './deployment';
import type { Checked, Operation, Resource, Work } from './operation';
import { request } from './request';

/** A new resource is one folder and one entry here. */
export const RESOURCES: Record<string, Resource> = { request, deployment, account };

/**
 * Runs the chosen operation for every item, several at a time, and gives the items in their order.
 * @throws NodeApiError, NodeOperationError for the first item that went wrong, unless `continueOnFail`.
 */
export async function route(
	context: IExecuteFunctions,
	continueOnFail: boolean,
): Promise<INodeExecutionData[][]> {
	const node = context.getNode();
	const count = context.getInputData().length;
	const place: ErrorPlace = { node, named: count > 1 };

	const session = await openSession(context).catch((thrown: unknown) =>
		Promise.reject(toNodeError(thrown, { node })),
	);
	const { token } = session;
	const refuse = (settled: ReadonlyArray<Settled<unknown>>) => {
		const failure = continueOnFail ? undefined : firstFailure(settled);
		if (failure) throw toNodeError(failure.error, { ...place, ...failure, token });
	};
	const prepared = Array.from({ length: count }, (_, itemIndex) => prepare(context, itemIndex));
	refuse(prepared);

	const limit = operationOf(context)?.inTurn
		? 1
		: prepared[0]?.ok
			? concurrencyOf(readOptions(context, 0))
			: DEFAULT_CONCURRENCY;
	const works = await checkAll(prepared, session, limit);
	refuse(works);
	const { outcomes, failure } = await workThrough(works, session, limit, continueOnFail);
	if (failure && !continueOnFail) {
		const error = withSiblings(failure, outcomes);
		throw toNodeError(error, { ...place, itemIndex: failure.itemIndex, token });
	}
	const items = outcomes.map((outcome, itemIndex) =>
		outcome.ok
			? outcome.value.map((item) => ({ ...item, pairedItem: { item: itemIndex } }))
			: [toErrorItem(outcome.error, { ...place, itemIndex, token })],
	);
	return [items.flat()];
}

/** The same for all items: it takes no expression. */
function operationOf(context: IExecuteFunctions): Operation | undefined {
	const { operations } = RESOURCES[context.getNodeParameter('resource', 0)] ?? {};
	return operations?.[context.getNodeParameter('operation', 0)];
}

function prepare(context: IExecuteFunctions, itemIndex: number): Settled<Work | Checked> {
	try {
		const chosen = operationOf(context);
		if (!chosen) throw new TypeError('There is no such operation of this resource');
		// Only the first item's value is used, but a wrong one must not pass unnoticed.
		concurrencyOf(readOptions(context, itemIndex));
		return { ok: true, value: chosen.execute(context, itemIndex) };
	} catch (error) {
		return { ok: false, error };
	}
}
