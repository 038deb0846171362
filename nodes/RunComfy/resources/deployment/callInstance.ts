import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { callInstance as call, checkInstanceCall, withoutBigInts } from '../../../../core';
import { readTargetId, targetOfRequestField } from '../../parameters/ids';
import { checkSize, findBinary } from '../../parameters/inputFiles';
import type { Item } from '../../parameters/options';
import type { Operation } from '../operation';

const fields: INodeProperties[] = [
	targetOfRequestField('deployment', 'The deployment that the instance belongs to'),
	{
		displayName: 'Instance ID',
		name: 'instanceId',
		type: 'string',
		required: true,
		default: '={{ $json.instance_id }}',
		description:
			'The machine that runs a request. Get Status returns its ID once the request is in progress. By default, the ID in the incoming item.',
	},
	{
		displayName: 'Method',
		name: 'method',
		type: 'options',
		noDataExpression: true,
		default: 'POST',
		description: 'GET to read data, POST to send data',
		options: [
			{ name: 'GET', value: 'GET' },
			{ name: 'POST', value: 'POST' },
		],
	},
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		required: true,
		default: 'api/free',
		placeholder: 'e.g. api/free',
		description:
			'Path on the ComfyUI server. POST api/free frees GPU memory, POST upload/image uploads a file, and GET object_info lists the nodes.',
	},
	{
		displayName: 'Body',
		name: 'body',
		type: 'json',
		required: true,
		default: '{ "unload_models": true, "free_memory": true }',
		typeOptions: { rows: 4 },
		description: 'The JSON to post. If you send a file, these entries become extra form fields.',
		displayOptions: { hide: { method: ['GET'] } },
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		default: '',
		placeholder: 'e.g. data',
		hint: 'The name of the input field containing the file to send, if there is one',
		displayOptions: { hide: { method: ['GET'] } },
	},
];

interface Parameters {
	checked: ReturnType<typeof checkInstanceCall>;
	/** The binary field with the file to send; empty if there is none. */
	property: string;
}

export const callInstance: Operation<Parameters> = {
	option: {
		name: 'Call Instance',
		action: 'Call deployment instance',
		description:
			'Call the ComfyUI server of a machine that is running a request, for example to free its GPU memory or to upload a file',
	},
	description: fields,

	read(item) {
		const { context, itemIndex } = item;
		const given = (name: string, fallback = ''): unknown =>
			context.getNodeParameter(name, itemIndex, fallback);
		const method = given('method', 'POST');
		const posts = method !== 'GET';
		const property = posts ? String(given('binaryProperty') ?? '').trim() : '';
		if (property !== '') findBinary(item, property);
		const checked = checkInstanceCall({
			deploymentId: readTargetId(item, 'deployment'),
			instanceId: given('instanceId'),
			method,
			path: given('path'),
			body: posts ? given('body') : '',
		});
		return { checked, property };
	},

	async run({ checked, property }, item, { client, signal }) {
		const file = property === '' ? undefined : await readBinary(item, property);
		const answer = await call(client, { ...checked, ...(file && { file }) }, { signal });
		return [{ json: withoutBigInts<unknown>(answer) as IDataObject }];
	},
};

async function readBinary(item: Item, property: string) {
	const { context, itemIndex } = item;
	const binary = findBinary(item, property);
	const { fileName: filename = property, mimeType } = binary;
	await checkSize(item, binary, filename);
	const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, binary);
	return { filename, mimeType, bytes };
}
