import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { toDeploymentId } from '../../../core';

/** A deployment to choose. */
export const deploymentField: INodeProperties = {
	displayName: 'Deployment',
	name: 'deploymentId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The deployed ComfyUI workflow',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a deployment',
			typeOptions: { searchListMethod: 'searchDeployments', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 7f2ebf4d-0000-4000-8000-000000000001',
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://www.runcomfy.com/deployments/7f2ebf4d-…',
		},
	],
};

/** The deployment of a request that an earlier node submitted. */
export const deploymentOfRequestField: INodeProperties = {
	...deploymentField,
	default: { mode: 'id', value: '={{ $json.deployment_id }}' },
	description: 'The deployment that the request was submitted to',
};

/** @throws RunComfyError `invalid_input` */
export function readDeploymentId(context: IExecuteFunctions, itemIndex: number): string {
	const given = context.getNodeParameter('deploymentId', itemIndex, '');
	// An expression without a value leaves the locator itself.
	const isLocator = typeof given === 'object' && given !== null && '__rl' in given;
	return toDeploymentId(isLocator ? given.value : given);
}
