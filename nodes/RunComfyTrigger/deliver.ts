import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { expectSuccess, type ResultAnswer } from '../../core';
import { type ShownError, toErrorItem, toNodeError } from '../RunComfy/items/errors';
import { toItems } from '../RunComfy/items/result';
import { readOptions } from '../RunComfy/parameters/options';
import { openSession } from '../RunComfy/session/session';

/**
 * Turns the results of callbacks into items with their files, as Get Result does. A run that failed or was canceled
 * also becomes an item, because the workflow is waiting for its end.
 * @throws NodeApiError, NodeOperationError
 */
export async function deliver(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const node = context.getNode();
	try {
		const items = context.getInputData().map((item, index) => deliverOne(context, item, index));
		return [(await Promise.all(items)).flat()];
	} catch (error) {
		throw toNodeError(error, { node, itemIndex: 0 });
	}
}

async function deliverOne(
	context: IExecuteFunctions,
	{ json }: INodeExecutionData,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const { query = {}, ...fields } = json;
	const result = { ...fields, raw: fields } as unknown as ResultAnswer;
	const session = { ...(await openSession(context)), forAgent: false };
	const { outputs: wanted } = readOptions(context, itemIndex);
	const items = await toItems(context, session, result, wanted);
	const shown = { node: context.getNode(), itemIndex, secrets: session.secrets };
	const more = { ...failureOf(result, shown), query };
	return items.map((item) => ({
		...item,
		json: { ...item.json, ...more },
		pairedItem: { item: itemIndex },
	}));
}

/** Why the run did not succeed, in the fields of an error item. */
function failureOf(result: ResultAnswer, shown: ShownError & { itemIndex: number }): IDataObject {
	try {
		expectSuccess(result);
		return {};
	} catch (error) {
		return toErrorItem(error, shown).json;
	}
}
