import type { IExecuteFunctions } from 'n8n-workflow';
import { type Options, readOptions } from './options';

/** One input item of the node, with its options read. */
export interface Item {
	context: IExecuteFunctions;
	itemIndex: number;
	options: Options;
}

/** @throws RunComfyError `invalid_input` that names the option. */
export function readItem(context: IExecuteFunctions, itemIndex: number): Item {
	return { context, itemIndex, options: readOptions(context, itemIndex) };
}
