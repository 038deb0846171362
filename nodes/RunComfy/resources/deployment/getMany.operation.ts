import type { INodeProperties } from 'n8n-workflow';
import { currentValueHint, listDeployments, RunComfyError } from '../../../../core';
import { simplifyField } from '../../parameters/optionFields';
import type { Operation } from '../operation';
import { toDeploymentItem } from './item';

const fields: INodeProperties[] = [
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
	simplifyField,
];

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
	description: fields,

	read({ context, itemIndex }) {
		const all = context.getNodeParameter('returnAll', itemIndex, false) === true;
		return {
			limit: all ? Infinity : checkLimit(context.getNodeParameter('limit', itemIndex, 50)),
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

function checkLimit(given: unknown): number {
	const limit = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
	if (Number.isSafeInteger(limit) && Number(limit) >= 1) return Number(limit);
	throw new RunComfyError('invalid_input', 'Limit must be a whole number, 1 or more', {
		hint: `${currentValueHint(given)} To get every deployment, turn Return All on.`,
	});
}
