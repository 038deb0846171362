import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';
import {
	currentValueHint,
	type Prepared,
	type Receipt,
	type RequestRef,
	type TimedResult,
} from '../../../core';
import { mistake, readFlag, toFiniteNumber } from '../parameters/mistakes';
import type { Item } from '../parameters/options';
import type { RunSession } from '../session/session';

/** An entry in the editor's list of resources. */
export type Resource = Record<'name' | 'value' | 'description', string>;

/**
 * One operation of a resource. The node reads all items, then checks all, then runs them, so that a mistake in the last
 * item shows before you pay for the first. Output items are paired with their input item afterwards.
 */
export interface Operation<Parameters = unknown, Checked = Parameters> {
	option: { name: string; action: string; description: string };
	/** Its fields; the resource adds the display options. */
	description: INodeProperties[];
	/** Set if items may change the same object, so they must run one after another. */
	inTurn?: true;
	/** Reads one item's parameters without any call. @throws RunComfyError */
	read(item: Item): Parameters;
	/** Validates the parameters against the account, free of charge. @throws RunComfyError */
	check?(parameters: Parameters, item: Item, session: RunSession): Promise<Checked>;
	/** Makes the operation's calls, and returns the output. @throws RunComfyError */
	run?(checked: Checked, item: Item, session: RunSession): Promise<INodeExecutionData[]>;

	/* Instead of `run`, for an operation about a request that may outlive this execution: the batch submits, waits,
	   and picks up what an earlier try has submitted. */

	/** What to submit. */
	submits?(checked: Checked): Prepared;
	/** The request to wait for, which was submitted elsewhere; undefined if `run` is to be called. */
	attaches?(checked: Checked): RequestRef | undefined;
	/** The output if the item ends with the acceptance of its request. */
	accepted?(receipt: Receipt): INodeExecutionData[];
	/** The output at the end of the request. @throws RunComfyError */
	ended?(
		result: TimedResult,
		receipt: Receipt,
		item: Item,
		session: RunSession,
	): Promise<INodeExecutionData[]>;
}

const returnAllField: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

/** Fields of an operation that returns a list. */
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

/** Returns `Infinity` for all. @throws RunComfyError `invalid_input` */
export function readLimit(item: Item, what: string): number {
	if (readFlag(item, returnAllField)) return Infinity;
	const { context, itemIndex } = item;
	const given: unknown = context.getNodeParameter('limit', itemIndex, 50);
	const limit = toFiniteNumber(given) ?? 0;
	if (Number.isSafeInteger(limit) && limit >= 1) return limit;
	const hint = `${currentValueHint(given)} To get every ${what}, turn Return All on.`;
	throw mistake('Limit', 'must be a whole number, 1 or more', hint);
}
