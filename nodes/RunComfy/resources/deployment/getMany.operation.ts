import { listDeployments } from '../../../../core';
import { limitFields, readLimit } from '../../parameters/limit';
import { simplifyField } from '../../parameters/optionFields';
import type { Operation } from '../operation';
import { toDeploymentItem } from './item';

interface Parameters {
	limit: number;
	simplify: boolean;
}

export const getMany: Operation<Parameters> = {
	option: {
		name: 'Get Many',
		action: 'Get many deployments',
		description: 'Retrieve the deployments of the account: their IDs, names and settings',
	},
	description: [...limitFields, simplifyField],

	read({ context, itemIndex }) {
		return {
			limit: readLimit(context, itemIndex, 'deployment'),
			simplify: context.getNodeParameter('simplify', itemIndex, true) !== false,
		};
	},

	async run({ limit, simplify }, _item, { client, signal }) {
		const deployments = await listDeployments(client, {}, { signal });
		return deployments
			.slice(0, limit)
			.map((deployment) => toDeploymentItem(deployment, { simplify }));
	},
};
