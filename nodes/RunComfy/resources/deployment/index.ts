import type { INodeProperties } from 'n8n-workflow';
import { withDisplay } from '../display';
import type { Resource } from '../operation';
import { callInstance } from './callInstance.operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { update } from './update.operation';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['deployment'] } },
	default: 'getMany',
	options: [
		{
			name: 'Call Instance',
			value: 'callInstance',
			action: 'Call an instance of a deployment',
			description:
				'Post to the ComfyUI server of a machine that is running a request, for example to free its GPU memory',
		},
		{
			name: 'Create',
			value: 'create',
			action: 'Create a deployment',
			description:
				'Deploy a ComfyUI workflow saved to the RunComfy cloud, so that requests can run it',
		},
		{
			name: 'Delete',
			value: 'delete',
			action: 'Delete a deployment',
			description:
				'Delete a deployment for good. To pause it instead, use Update with Enabled turned off.',
		},
		{
			name: 'Get',
			value: 'get',
			action: 'Get a deployment',
			description: 'Get the settings of a deployment and, if wanted, its workflow',
		},
		{
			name: 'Get Many',
			value: 'getMany',
			action: 'Get many deployments',
			description: 'Get the deployments of the account: their IDs, names and settings',
		},
		{
			name: 'Update',
			value: 'update',
			action: 'Update a deployment',
			description:
				'Change settings of a deployment: its instances, hardware or workflow version, or pause and resume it',
		},
	],
};

const operations = { callInstance, create, delete: remove, get, getMany, update };

export const deployment: Resource = {
	description: [operationField, ...withDisplay('deployment', operations)],
	operations,
};
