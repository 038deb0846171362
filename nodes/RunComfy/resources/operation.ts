import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { currentValueHint, type Receipt, type Target } from '../../../core';
import { mistake, readFlag } from '../parameters/mistakes';
import type { Item } from '../parameters/options';
import type { RunSession } from '../session/session';

/**
 * One operation of one resource. The node reads all items, then checks all of them, then runs them, so
 * that you see a mistake in the last one before you pay for the first.
 */
export interface Operation<Parameters = unknown, Checked = Parameters> {
	option: { name: string; action: string; description: string };
	/** Its fields. The resource adds when they show. */
	description: INodeProperties[];
	/** Set if items may change the same thing: they run one after another, in their order. */
	inTurn?: true;
	/** The default of Cancel on Stop: true if absent. */
	cancelsOnStop?: false;
	/** Reads the parameters of one item. Makes no call. @throws RunComfyError */
	read(item: Item): Parameters;
	/** Compares the parameters with the account. Costs nothing. @throws RunComfyError */
	check?(parameters: Parameters, item: Item, session: RunSession): Promise<Checked>;
	/** What it submits to, if it submits. */
	target?(checked: Checked): Target;
	/** The items that come out; the router pairs them with the one that came in. @throws RunComfyError */
	run(checked: Checked, item: Item, session: RunSession): Promise<INodeExecutionData[]>;
	/** Replaces all three if an earlier try has a request of the item: gets its receipt. @throws RunComfyError */
	resume?(receipt: Receipt, item: Item, session: RunSession): Promise<INodeExecutionData[]>;
}

const returnAllField: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

/** Fields of an operation that lists something. */
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
