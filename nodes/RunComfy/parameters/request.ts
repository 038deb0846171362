import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { checkId, type RequestRef } from '../../../core';
import { deploymentOfRequestField, readDeploymentId } from './deployment';

const requestIdField: INodeProperties = {
	displayName: 'Request ID',
	name: 'requestId',
	type: 'string',
	required: true,
	default: '={{ $json.request_id }}',
	description: 'The ID that Submit or Run and Wait gave. By default that of the incoming item.',
};

/** The fields that name a request submitted earlier. */
export const requestFields: INodeProperties[] = [deploymentOfRequestField, requestIdField];

/** @throws RunComfyError `invalid_input` */
export function readRequestRef(context: IExecuteFunctions, itemIndex: number): RequestRef {
	return {
		requestId: checkId(context.getNodeParameter('requestId', itemIndex, ''), 'request id'),
		deploymentId: readDeploymentId(context, itemIndex),
	};
}
