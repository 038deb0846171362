import { getModel } from '../../../../core';
import { modelField, readModelId } from '../../parameters/ids';
import type { Operation } from '../operation';
import { toModelItem } from './item';

export const get: Operation<string> = {
	option: {
		name: 'Get',
		action: 'Get model',
		description: 'Retrieve the inputs that a model takes, and what it costs',
	},
	description: [modelField],

	read: ({ context, itemIndex }) => readModelId(context, itemIndex),

	async run(modelId, _item, { client, signal }) {
		return [toModelItem(await getModel(client, modelId, { signal }))];
	},
};
