import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { callInstance as call, checkInstanceCall } from '../../../../core';
import { withoutBigInts } from '../../items/json';
import { deploymentOfRequestField, readDeploymentId } from '../../parameters/ids';
import type { Operation } from '../operation';

const fields: INodeProperties[] = [
	{ ...deploymentOfRequestField, description: 'The deployment that the instance belongs to' },
	{
		displayName: 'Instance ID',
		name: 'instanceId',
		type: 'string',
		required: true,
		default: '={{ $json.instance_id }}',
		description:
			'The machine that a request runs on. Get Status gives it once the request is in progress. By default that of the incoming item.',
	},
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		required: true,
		default: 'api/free',
		placeholder: 'e.g. api/free',
		description: 'The path of the ComfyUI server to post to. The path api/free frees GPU memory.',
	},
	{
		displayName: 'Body',
		name: 'body',
		type: 'json',
		required: true,
		default: '{ "unload_models": true, "free_memory": true }',
		typeOptions: { rows: 4 },
		description: 'The JSON to post',
	},
];

export const callInstance: Operation<ReturnType<typeof checkInstanceCall>> = {
	option: {
		name: 'Call Instance',
		action: 'Call deployment instance',
		description:
			'Post to the ComfyUI server of a machine that is running a request, for example to free its GPU memory',
	},
	description: fields,

	read: ({ context, itemIndex }) =>
		checkInstanceCall({
			deploymentId: readDeploymentId(context, itemIndex),
			instanceId: context.getNodeParameter('instanceId', itemIndex, ''),
			path: context.getNodeParameter('path', itemIndex, ''),
			body: context.getNodeParameter('body', itemIndex, ''),
		}),

	async run(checked, _item, { client, signal }) {
		const answer = await call(client, checked, { signal });
		return [{ json: withoutBigInts(answer) as IDataObject }];
	},
};
