import type { INodeProperties } from 'n8n-workflow';
import { type Model, searchModels } from '../../../../core';
import { limitFields, readLimit } from '../../parameters/limit';
import type { Operation } from '../operation';
import { toModelItem } from './item';

const fields: INodeProperties[] = [
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		default: '',
		placeholder: 'e.g. flux',
		description: 'A part of the name or the description. Empty means every model.',
	},
	{
		displayName: 'Category Name or ID',
		name: 'category',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getModelCategories' },
		default: '',
		description:
			'Only models of this category. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	...limitFields,
];

interface Parameters {
	search: string;
	category: string;
	limit: number;
}

/** Models in one answer. */
const PAGE = 100;

export const search: Operation<Parameters> = {
	option: {
		name: 'Search',
		action: 'Search models',
		description: 'Find hosted models by name or category, with their prices',
	},
	description: fields,

	read: ({ context, itemIndex }) => ({
		search: String(context.getNodeParameter('search', itemIndex, '')).trim(),
		category: String(context.getNodeParameter('category', itemIndex, '')).trim(),
		limit: readLimit(context, itemIndex, 'model'),
	}),

	async run({ search: text, category, limit }, _item, { client, signal }) {
		const models: Model[] = [];
		let offset: number | undefined = 0;
		while (offset !== undefined && models.length < limit) {
			const query = { limit: Math.min(PAGE, limit - models.length), offset };
			const wanted = { ...query, ...(text && { search: text }), ...(category && { category }) };
			const page = await searchModels(client, wanted, { signal });
			models.push(...page.models);
			offset = page.nextOffset;
		}
		return models.slice(0, limit).map(toModelItem);
	},
};
