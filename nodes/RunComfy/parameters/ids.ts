import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { checkId, type RequestRef, toDeploymentId } from '../../../core';

/** The deployment, chosen from the list, by its id or by its address. */
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

/** The deployment of a request that was submitted earlier. */
export const deploymentOfRequestField: INodeProperties = {
	...deploymentField,
	default: { mode: 'id', value: '={{ $json.deployment_id }}' },
	description: 'The deployment that the request was submitted to',
};

const requestIdField: INodeProperties = {
	displayName: 'Request ID',
	name: 'requestId',
	type: 'string',
	required: true,
	default: '={{ $json.request_id }}',
	description: 'The ID that Submit or Run and Wait gave. By default that of the incoming item.',
};

/** The fields that name a request that was submitted earlier. */
export const requestFields: INodeProperties[] = [deploymentOfRequestField, requestIdField];

/** @throws RunComfyError `invalid_input` */
export function readDeploymentId(context: IExecuteFunctions, itemIndex: number): string {
	const given = context.getNodeParameter('deploymentId', itemIndex, '');
	// If its expression has no value, n8n gives the locator itself.
	const isLocator = typeof given === 'object' && given !== null && '__rl' in given;
	return toDeploymentId(isLocator ? given.value : given);
}

/** @throws RunComfyError `invalid_input` */
export function readRequestRef(context: IExecuteFunctions, itemIndex: number): RequestRef {
	return {
		requestId: checkId(context.getNodeParameter('requestId', itemIndex, ''), 'request id'),
		deploymentId: readDeploymentId(context, itemIndex),
	};
}
