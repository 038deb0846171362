import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import {
	compact,
	getModel,
	type Model,
	modelTexts,
	oneLine,
	searchModels,
	withoutBigInts,
} from '../../../../core';
import { readTargetId, TARGET_FIELDS } from '../../parameters/ids';
import { limitFields, type Operation, readLimit } from '../operation';

const searchFields: INodeProperties[] = [
	{
		displayName: 'Search',
		name: 'search',
		type: 'string',
		default: '',
		placeholder: 'e.g. flux',
		description: 'Part of the name or description. Leave empty to list every model.',
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

const PAGE = 100;

/**
 * Limits for a list given to an AI agent, in models and in characters per description: a longer list would cost more
 * tokens than it is worth.
 */
const FOR_AGENT = { models: 40, description: 120 };

const MORE_MODELS = 'There are more models: search by name or category.';

export const search: Operation<{ search: string; category: string; limit: number }> = {
	option: {
		name: 'Search',
		action: 'Search models',
		description: 'Find hosted models by name or category, with their prices',
	},
	description: searchFields,

	read(item) {
		const text = (name: string) =>
			String(item.context.getNodeParameter(name, item.itemIndex, '')).trim();
		return { search: text('search'), category: text('category'), limit: readLimit(item, 'model') };
	},

	async run({ search: text, category, limit }, _item, { client, signal, forAgent }) {
		const models: Model[] = [];
		const most = forAgent ? Math.min(limit, FOR_AGENT.models) : limit;
		let offset: number | undefined = 0;
		while (offset !== undefined && models.length < most) {
			const query = { limit: Math.min(PAGE, most - models.length), offset };
			const wanted = { ...query, ...(text && { search: text }), ...(category && { category }) };
			const page = await searchModels(client, wanted, { signal });
			models.push(...page.models);
			offset = page.nextOffset;
		}
		const found = models.slice(0, most);
		if (!forAgent) return found.map(toModelItem);
		return [
			...found.map(toBriefItem),
			...(offset === undefined ? [] : [{ json: { next_step: MORE_MODELS } }]),
		];
	},
};

export const get: Operation<string> = {
	option: {
		name: 'Get',
		action: 'Get model',
		description: 'Retrieve the inputs and the price of a model',
	},
	description: [TARGET_FIELDS.model],

	read: (item) => readTargetId(item, 'model'),

	async run(modelId, _item, { client, signal }) {
		return [toModelItem(await getModel(client, modelId, { signal }))];
	},
};

/** A model as RunComfy describes it, with a readable price. */
function toModelItem(model: Model): INodeExecutionData {
	const { price } = modelTexts(model);
	const json = withoutBigInts({ ...model, ...(price ? { price } : {}) });
	return { json: json as IDataObject };
}

/** The facts by which an agent chooses a model. */
function toBriefItem(model: Model): INodeExecutionData {
	const { model_id, categories, description } = model;
	return {
		json: compact({
			model_id,
			categories,
			description: description && oneLine(description, FOR_AGENT.description),
			price: modelTexts(model).price,
		}),
	};
}
