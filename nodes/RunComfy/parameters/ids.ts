import type { IDataObject, INodeProperties } from 'n8n-workflow';
import {
	checkId,
	idsIn,
	type RequestRef,
	type Service,
	type Target,
	traitsOf,
} from '../../../core';
import type { Item } from './options';

interface TargetField extends Pick<INodeProperties, 'displayName' | 'description' | 'builderHint'> {
	/** The method of the node that finds targets by name. */
	search: `search${Capitalize<Service>}s`;
	/** Examples of an id and of a URL that contains it. */
	examples: { id: string; url: string };
}

/** Builds the field that chooses a target. */
function targetField(service: Service, { search, examples, ...own }: TargetField): INodeProperties {
	return {
		name: traitsOf({ service }).id,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		...own,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Select a ${service}`,
				typeOptions: { searchListMethod: search, searchable: true },
			},
			{ displayName: 'By ID', name: 'id', type: 'string', placeholder: `e.g. ${examples.id}` },
			{ displayName: 'By URL', name: 'url', type: 'string', placeholder: `e.g. ${examples.url}` },
		],
	};
}

/** The field that chooses a target, for each kind. */
export const TARGET_FIELDS: Record<Service, INodeProperties> = {
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

/** The field for the target of a request that was submitted earlier. */
function targetOfRequestField(service: Service): INodeProperties {
	const value = `={{ $json.${traitsOf({ service }).stored} }}`;
	const description = `The ${service} that the request was submitted to`;
	return { ...TARGET_FIELDS[service], default: { mode: 'id', value }, description };
}

const requestIdField: INodeProperties = {
	displayName: 'Request ID',
	name: 'requestId',
	type: 'string',
	required: true,
	default: '={{ $json.request_id }}',
	description: 'The ID from Submit or Run and Wait. By default, the ID in the incoming item.',
};

/** The fields that name a request that was submitted earlier. */
export function requestFields(service: Service): INodeProperties[] {
	const { needsTarget } = traitsOf({ service });
	return needsTarget ? [targetOfRequestField(service), requestIdField] : [requestIdField];
}

/** Reads the id of the chosen target. @throws RunComfyError `invalid_input` */
export function readTargetId(item: Item, service: Service): string {
	return checkId(readLocator(item, traitsOf({ service }).id), `${service} id`);
}

/** @throws RunComfyError `invalid_input` */
export function readTarget(item: Item, service: Service): Target {
	return idsIn({ service, [traitsOf({ service }).id]: readTargetId(item, service) }) as Target;
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
export function readRequestRef(read: Item, service: Service): RequestRef {
	const { context, itemIndex } = read;
	const given: unknown = context.getNodeParameter('requestId', itemIndex, '');
	const item = isItem(given) ? given : (context.getInputData()[itemIndex]?.json ?? {});
	const requestId = checkId(isItem(given) ? given['request_id'] : given, 'request id');
	const named = item['request_id'] === requestId ? item : {};
	const ids = idsIn({ service: named['service'] });
	const traits = traitsOf(ids);
	const kind = ids.service || isId(named[traits.stored]) ? traits : traitsOf({ service });
	const { id, stored, needsTarget } = kind;
	const fromItem = isItem(given) || !needsTarget || kind.service !== service;
	const inItem = fromItem && isId(named[stored]) ? named[stored] : undefined;
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
