import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { type Deployment, getDeployment, listDeployments, withoutBigInts } from '../../../../core';
import { readTargetId, TARGET_FIELDS } from '../../parameters/ids';
import { readFlag } from '../../parameters/mistakes';
import { simplifyField } from '../../parameters/optionFields';
import { limitFields, type Operation, readLimit } from '../operation';

export const getMany: Operation<{ limit: number; simplify: boolean }> = {
	option: {
		name: 'Get Many',
		action: 'Get many deployments',
		description: 'Retrieve the deployments of the account: their IDs, names and settings',
	},
	description: [...limitFields, simplifyField],

	read: (item) => ({
		limit: readLimit(item, 'deployment'),
		simplify: readFlag(item, simplifyField, true),
	}),

	async run({ limit, simplify }, _item, { client, signal }) {
		const deployments = await listDeployments(client, {}, { signal });
		return deployments
			.slice(0, limit)
			.map((deployment) => toDeploymentItem(deployment, { simplify }));
	},
};

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

/** Whole documents, by the options that include them. The API may return them without being asked. */
const DOCUMENTS = { includePayload: 'payload', includeReadme: 'readme' } as const;

export const get: Operation<Required<Shape> & { id: string }> = {
	option: {
		name: 'Get',
		action: 'Get deployment',
		description: 'Retrieve the settings of a deployment and optionally its workflow',
	},
	description: [TARGET_FIELDS.deployment, simplifyField, optionsField],

	read(item) {
		const { context, itemIndex } = item;
		const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		return {
			id: readTargetId(item, 'deployment'),
			simplify: readFlag(item, simplifyField, true),
			includes: Object.entries(DOCUMENTS).flatMap(([option, name]) =>
				options[option] === true ? [name] : [],
			),
		};
	},

	async run({ id, ...shape }, _item, { client, signal }) {
		const deployment = await getDeployment(client, id, { includes: shape.includes }, { signal });
		return [toDeploymentItem(deployment, shape)];
	},
};

/** The fields by which people and language models choose. The API's own names, so that expressions stay valid. */
const SIMPLIFIED = [
	'id',
	'name',
	'status',
	'is_enabled',
	'hardware',
	'min_instances',
	'max_instances',
	'queue_size',
	'keep_warm_duration_in_seconds',
	'workflow_version',
] as const satisfies ReadonlyArray<keyof Deployment>;

interface Shape {
	simplify: boolean;
	includes?: Array<(typeof DOCUMENTS)[keyof typeof DOCUMENTS]>;
}

export function toDeploymentItem(
	deployment: Deployment,
	{ simplify, includes = [] }: Shape,
): INodeExecutionData {
	const documents = new Set<string>(Object.values(DOCUMENTS));
	const small = Object.keys(deployment).filter((name) => !documents.has(name));
	const names = [...(simplify ? SIMPLIFIED : small), ...includes] as Array<keyof Deployment>;
	const json = Object.fromEntries(
		names.flatMap((name) => (name in deployment ? [[name, deployment[name]]] : [])),
	);
	return { json: withoutBigInts(json) as IDataObject };
}
