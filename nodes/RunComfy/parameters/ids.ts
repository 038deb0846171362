import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { checkId, type RequestRef, type Target, type TargetKind } from '../../../core';
import type { Item } from './options';

interface TargetField extends Pick<INodeProperties, 'displayName' | 'description' | 'builderHint'> {
	/** The method of the node that finds targets by name. */
	search: `search${Capitalize<TargetKind>}s`;
	/** Examples of an id and of a URL that contains it. */
	examples: { id: string; url: string };
}

/** Builds the field that chooses a target. */
function targetField(kind: TargetKind, { search, examples, ...own }: TargetField): INodeProperties {
	return {
		name: `${kind}Id`,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		...own,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Select a ${kind}`,
				typeOptions: { searchListMethod: search, searchable: true },
			},
			{ displayName: 'By ID', name: 'id', type: 'string', placeholder: `e.g. ${examples.id}` },
			{ displayName: 'By URL', name: 'url', type: 'string', placeholder: `e.g. ${examples.url}` },
		],
	};
}

/** The field that chooses a target, for each kind. */
export const TARGET_FIELDS = {
	deployment: targetField('deployment', {
		displayName: 'Deployment',
		description: 'The deployed ComfyUI workflow',
		search: 'searchDeployments',
		examples: {
			id: '7f2ebf4d-0000-4000-8000-000000000001',
			url: 'https://www.runcomfy.com/deployments/7f2ebf4d-…',
		},
	}),
	model: targetField('model', {
		displayName: 'Model',
		description: 'The hosted model. Search the list by name; it shows the price of each model.',
		builderHint: {
			propertyHint:
				'Search the list by name, such as "flux". The operation Search also finds by category.',
		},
		search: 'searchModels',
		examples: {
			id: 'blackforestlabs/flux-2/flash/text-to-image',
			url: 'https://www.runcomfy.com/models/blackforestlabs/flux-2/…',
		},
	}),
};

/** The field for the deployment of a request that was submitted earlier. */
const deploymentOfRequestField: INodeProperties = {
	...TARGET_FIELDS.deployment,
	default: { mode: 'id', value: '={{ $json.deployment_id }}' },
	description: 'The deployment that the request was submitted to',
};

const requestIdField: INodeProperties = {
	displayName: 'Request ID',
	name: 'requestId',
	type: 'string',
	required: true,
	default: '={{ $json.request_id }}',
	description: 'The ID from Submit or Run and Wait. By default, the ID in the incoming item.',
};

/** The fields that name a request that was submitted earlier. */
export function requestFields(kind: TargetKind): INodeProperties[] {
	return kind === 'model' ? [requestIdField] : [deploymentOfRequestField, requestIdField];
}

/** Reads the id of the chosen target. @throws RunComfyError `invalid_input` */
export function readTargetId(item: Item, kind: TargetKind): string {
	return checkId(readLocator(item, `${kind}Id`), `${kind} id`);
}

/** @throws RunComfyError `invalid_input` */
export function readTarget(item: Item, kind: TargetKind): Target {
	const id = readTargetId(item, kind);
	return kind === 'model' ? { modelId: id } : { deploymentId: id };
}

function readLocator({ context, itemIndex }: Item, name: string): unknown {
	const given = context.getNodeParameter(name, itemIndex, '');
	// n8n returns the whole locator if its expression has no value.
	const isLocator = typeof given === 'object' && given !== null && '__rl' in given;
	return isLocator ? given.value : given;
}

/**
 * Reads the request to act on. If the id comes from the incoming item, that item also says what runs the request, whatever
 * the node's resource is: an item from Submit can be passed on unchanged.
 * @throws RunComfyError `invalid_input`
 */
export function readRequestRef(read: Item, kind: TargetKind): RequestRef {
	const { context, itemIndex } = read;
	const given: unknown = context.getNodeParameter('requestId', itemIndex, '');
	const item = isItem(given) ? given : (context.getInputData()[itemIndex]?.json ?? {});
	const requestId = checkId(isItem(given) ? given['request_id'] : given, 'request id');
	const named = item['request_id'] === requestId ? item : {};
	if (isId(named['model_id']))
		return { modelId: checkId(named['model_id'], 'model id'), requestId };
	if (isId(named['deployment_id']) && (isItem(given) || kind === 'model')) {
		return { deploymentId: checkId(named['deployment_id'], 'deployment id'), requestId };
	}
	return kind === 'model' ? { requestId } : { deploymentId: readTargetId(read, kind), requestId };
}

function isItem(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && 'request_id' in value;
}

function isId(value: unknown): value is string {
	return typeof value === 'string' && value.trim() !== '';
}
