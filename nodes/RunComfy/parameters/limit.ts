import type { INodeProperties } from 'n8n-workflow';
import { currentValueHint } from '../../../core';
import { mistake, readFlag } from './mistakes';
import type { Item } from './options';

const returnAllField: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

export const limitFields: INodeProperties[] = [
	returnAllField,
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
];

/** Gives `Infinity` for all. @throws RunComfyError `invalid_input` */
export function readLimit(item: Item, what: string): number {
	if (readFlag(item, returnAllField)) return Infinity;
	const { context, itemIndex } = item;
	const given: unknown = context.getNodeParameter('limit', itemIndex, 50);
	const limit = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	if (Number.isSafeInteger(limit) && Number(limit) >= 1) return Number(limit);
	const hint = `${currentValueHint(given)} To get every ${what}, turn Return All on.`;
	throw mistake('Limit', 'must be a whole number, 1 or more', hint);
}
