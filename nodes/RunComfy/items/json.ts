import type { INodeExecutionData } from 'n8n-workflow';
import type { Notes } from '../../../core';

/** The answer without `raw`. Users see the other fields. */
export function withoutRaw<T extends { raw: unknown }>({
	raw: _raw,
	...fields
}: T): Omit<T, 'raw'> {
	return fields;
}

/** Adds seeds, warnings about the inputs, and a hosted model's price to an item. */
export function annotate(
	item: INodeExecutionData,
	{ seeds = {}, warnings, base_price: basePrice }: Notes,
): INodeExecutionData {
	const drawn = Object.values(seeds);
	const before = Array.isArray(item.json['warnings']) ? item.json['warnings'] : [];
	const all = [...new Set<unknown>([...warnings, ...before])];
	return {
		...item,
		json: {
			...item.json,
			...(drawn.length === 1 ? { seed: drawn[0] } : {}),
			...(drawn.length > 0 ? { seeds } : {}),
			...(basePrice ? { base_price: basePrice } : {}),
			...(all.length > 0 || 'warnings' in item.json ? { warnings: all } : {}),
		},
	};
}
