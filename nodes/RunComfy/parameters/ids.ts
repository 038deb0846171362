import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { checkId, idsIn, type RequestRef, type Service, traitsOf } from '../../../core';
import type { Item } from './options';

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

export const modelField: INodeProperties = {
	displayName: 'Model',
	name: 'modelId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description:
		'The hosted model. Search the list by name or category; it shows the price of each model.',
	builderHint: {
		propertyHint:
			'Search the list by category, such as "text to image", or by name, such as "flux".',
	},
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a model',
			typeOptions: { searchListMethod: 'searchModels', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. blackforestlabs/flux-2/flash/text-to-image',
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://www.runcomfy.com/models/blackforestlabs/flux-2/…',
		},
	],
};

const requestIdField: INodeProperties = {
	displayName: 'Request ID',
	name: 'requestId',
	type: 'string',
	required: true,
	default: '={{ $json.request_id }}',
	description: 'The ID from Submit or Run and Wait. By default, the ID in the incoming item.',
};

export const requestFields: INodeProperties[] = [deploymentOfRequestField, requestIdField];

/** The API of hosted models needs only the request id. */
export const modelRequestFields: INodeProperties[] = [requestIdField];

/** @throws RunComfyError `invalid_input` */
export function readDeploymentId(item: Item): string {
	return checkId(readLocator(item, 'deploymentId'), 'deployment id');
}

/** @throws RunComfyError `invalid_input` */
export function readModelId(item: Item): string {
	return checkId(readLocator(item, 'modelId'), 'model id');
}

function readLocator({ context, itemIndex }: Item, name: string): unknown {
	const given = context.getNodeParameter(name, itemIndex, '');
	// n8n returns the whole locator if its expression has no value.
	const isLocator = typeof given === 'object' && given !== null && '__rl' in given;
	return isLocator ? given.value : given;
}

/**
 * Reads the request to act on. If the id comes from the incoming item, that item also says whether a deployment or a
 * model runs the request, whatever the node's resource is: an item from Submit can be passed on unchanged.
 * @throws RunComfyError `invalid_input`
 */
export function readRequestRef(read: Item, service: Service = 'deployment'): RequestRef {
	const { context, itemIndex } = read;
	const given: unknown = context.getNodeParameter('requestId', itemIndex, '');
	const item = isItem(given) ? given : (context.getInputData()[itemIndex]?.json ?? {});
	const requestId = checkId(isItem(given) ? given['request_id'] : given, 'request id');
	const known = item['request_id'] === requestId ? item : {};
	const named = idsIn({ service: known['service'] });
	const said = traitsOf(named);
	const kind = named.service || isId(known[said.stored]) ? said : traitsOf({ service });
	const { id, stored, needsTarget } = kind;
	const fromItem = isItem(given) || !needsTarget || kind.service !== service;
	const inItem = fromItem && isId(known[stored]) ? known[stored] : undefined;
	const checked = () => checkId(inItem ?? readLocator(read, id), `${kind.service} id`);
	const target = needsTarget || inItem ? { [id]: checked() } : {};
	return { ...idsIn({ service: kind.service, ...target }), requestId };
}

function isItem(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && 'request_id' in value;
}

function isId(value: unknown): value is string {
	return typeof value === 'string' && value.trim() !== '';
}
