import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { checkDeploymentChanges, type DeploymentChanges, updateDeployment } from '../../../../core';
import { deploymentField, readDeploymentId } from '../../parameters/ids';
import type { Operation } from '../operation';
import { toDeploymentItem } from './item';
import {
	hardwareField,
	nameField,
	scalingFields,
	toApiFields,
	workflowVersionField,
} from './settings';

const enabledField: INodeProperties = {
	displayName: 'Enabled',
	name: 'isEnabled',
	type: 'boolean',
	default: true,
	description:
		'Whether the deployment takes requests. Turn it off to pause the deployment without losing anything.',
};

const updateFields: INodeProperties = {
	displayName: 'Update Fields',
	name: 'updateFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	description: 'What to change. The rest stays as it is.',
	options: [enabledField, hardwareField, nameField, workflowVersionField, ...scalingFields].sort(
		(a, b) => a.displayName.localeCompare(b.displayName),
	),
};

interface Parameters {
	id: string;
	changes: DeploymentChanges;
}

export const update: Operation<Parameters> = {
	option: {
		name: 'Update',
		action: 'Update deployment',
		description:
			'Change settings of a deployment: its instances, hardware or workflow version, or pause and resume it',
	},
	inTurn: true,
	description: [deploymentField, updateFields],

	read({ context, itemIndex }) {
		const given = context.getNodeParameter('updateFields', itemIndex, {}) as IDataObject;
		return {
			id: readDeploymentId(context, itemIndex),
			changes: checkDeploymentChanges(toApiFields(given)),
		};
	},

	async run({ id, changes }, _item, { client, signal }) {
		const deployment = await updateDeployment(client, id, changes, { signal });
		return [toDeploymentItem(deployment, { simplify: false })];
	},
};
