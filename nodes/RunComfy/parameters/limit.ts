import type { INodeProperties } from 'n8n-workflow';
import { currentValueHint } from '../../../core';
import { mistake } from './mistakes';
import type { Item } from './options';

export const limitFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
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
export function readLimit({ context, itemIndex }: Item, what: string): number {
	if (context.getNodeParameter('returnAll', itemIndex, false) === true) return Infinity;
	const given: unknown = context.getNodeParameter('limit', itemIndex, 50);
	const limit = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	if (Number.isSafeInteger(limit) && Number(limit) >= 1) return Number(limit);
	const hint = `${currentValueHint(given)} To get every ${what}, turn Return All on.`;
	throw mistake('Limit', 'must be a whole number, 1 or more', hint);
}
