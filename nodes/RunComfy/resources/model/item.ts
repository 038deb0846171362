import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { type Model, modelPrice } from '../../../../core';
import { withoutBigInts } from '../../items/json';

/** A model as RunComfy describes it, with its price as people read it. */
export function toModelItem(model: Model): INodeExecutionData {
	const price = modelPrice(model);
	const json = withoutBigInts({ ...model, ...(price ? { price } : {}) });
	return { json: json as IDataObject };
}
