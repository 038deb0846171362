import type { IDataObject, INodeProperties } from 'n8n-workflow';
import {
	checkNewDeployment,
	createDeployment,
	DEPLOYMENT_DEFAULTS,
	type DeploymentFields,
} from '../../../../core';
import type { Operation } from '../operation';
import { toDeploymentItem } from './item';
import {
	hardwareField,
	nameField,
	scalingFields,
	toApiFields,
	workflowIdField,
	workflowVersionField,
} from './settings';

const required = [nameField, workflowIdField, workflowVersionField, hardwareField];

const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	options: scalingFields,
};

export const create: Operation<DeploymentFields> = {
	option: {
		name: 'Create',
		action: 'Create deployment',
		description: 'Create a new deployment from a workflow saved to the RunComfy cloud',
	},
	inTurn: true,
	description: [...required.map((field) => ({ ...field, required: true })), additionalFields],

	read({ context, itemIndex }) {
		const given = required.map(({ name }) => [name, context.getNodeParameter(name, itemIndex, '')]);
		const more = context.getNodeParameter('additionalFields', itemIndex, {}) as IDataObject;
		return checkNewDeployment({
			...DEPLOYMENT_DEFAULTS,
			...toApiFields({ ...Object.fromEntries(given), ...more }),
		});
	},

	async run(fields, { itemIndex }, { client, ledger, signal }) {
		const deployment = await createDeployment(client, fields, { signal });
		const item = toDeploymentItem(deployment, { simplify: false });
		ledger.create(itemIndex, item.json);
		return [item];
	},
};
