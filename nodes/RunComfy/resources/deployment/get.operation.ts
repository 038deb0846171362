import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { type DeploymentInclude, getDeployment } from '../../../../core';
import { deploymentField, readDeploymentId } from '../../parameters/ids';
import { simplifyField } from '../../parameters/optionFields';
import type { Operation } from '../operation';
import { type Shape, toDeploymentItem } from './item';

const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Include Readme',
			name: 'includeReadme',
			type: 'boolean',
			default: false,
			description: 'Whether to include the description of the workflow, as <code>readme</code>',
		},
		{
			displayName: 'Include Workflow',
			name: 'includePayload',
			type: 'boolean',
			default: false,
			description:
				'Whether to include the deployed ComfyUI workflow in API format, which shows the node IDs and input names for overrides, as <code>payload</code>',
		},
	],
};

interface Parameters {
	id: string;
	shape: Shape;
}

const INCLUDES = ['payload', 'readme'] as const satisfies readonly DeploymentInclude[];

export const get: Operation<Parameters> = {
	option: {
		name: 'Get',
		action: 'Get deployment',
		description: 'Retrieve the settings of a deployment and, if you want, its workflow',
	},
	description: [deploymentField, simplifyField, optionsField],

	read({ context, itemIndex }) {
		const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		return {
			id: readDeploymentId(context, itemIndex),
			shape: {
				simplify: context.getNodeParameter('simplify', itemIndex, true) !== false,
				payload: options['includePayload'] === true,
				readme: options['includeReadme'] === true,
			},
		};
	},

	async run({ id, shape }, _item, { client, signal }) {
		const includes = INCLUDES.filter((name) => shape[name]);
		const deployment = await getDeployment(client, id, { includes }, { signal });
		return [toDeploymentItem(deployment, shape)];
	},
};
