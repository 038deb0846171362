import type { INodeExecutionData } from 'n8n-workflow';
import type { Notes } from '../../../core';

/** Adds the seeds and the warnings of the inputs to what came out. */
export function annotate(
	item: INodeExecutionData,
	{ seeds = {}, warnings }: Notes,
): INodeExecutionData {
	const drawn = Object.values(seeds);
	const before = Array.isArray(item.json['warnings']) ? item.json['warnings'] : [];
	const all = [...warnings, ...before];
	return {
		...item,
		json: {
			...item.json,
			...(drawn.length === 1 ? { seed: drawn[0] } : {}),
			...(drawn.length > 0 ? { seeds } : {}),
			...(all.length > 0 || 'warnings' in item.json ? { warnings: all } : {}),
		},
	};
}
