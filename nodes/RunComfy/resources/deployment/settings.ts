import type { INodeProperties } from 'n8n-workflow';
import {
	DEPLOYMENT_DEFAULTS,
	type DeploymentChanges,
	type DeploymentFields,
	type Given,
	HARDWARE,
} from '../../../../core';

const {
	hardware,
	keep_warm_duration_in_seconds: keepWarmDuration,
	max_instances: maxInstances,
	min_instances: minInstances,
	queue_size: queueSize,
} = DEPLOYMENT_DEFAULTS;

type ApiName = keyof DeploymentFields | keyof DeploymentChanges;

/** The API's fields under the names of n8n's parameters. */
const API_NAMES = {
	hardware: 'hardware',
	isEnabled: 'is_enabled',
	keepWarmDuration: 'keep_warm_duration_in_seconds',
	maxInstances: 'max_instances',
	minInstances: 'min_instances',
	name: 'name',
	queueSize: 'queue_size',
	workflowId: 'workflow_id',
	workflowVersion: 'workflow_version',
} as const satisfies Record<string, ApiName>;

export const nameField: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Product pictures',
	description: 'What the deployment is called in lists',
};

export const workflowIdField: INodeProperties = {
	displayName: 'Workflow ID',
	name: 'workflowId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 7f2ebf4d-0000-4000-8000-000000000001',
	description: 'The ID of a ComfyUI workflow saved to the RunComfy cloud',
};

export const workflowVersionField: INodeProperties = {
	displayName: 'Workflow Version',
	name: 'workflowVersion',
	type: 'string',
	default: 'v1',
	placeholder: 'e.g. v1',
	description: 'The saved version of the workflow to run. Every save to the cloud makes a new one.',
};

export const hardwareField: INodeProperties = {
	displayName: 'Hardware',
	name: 'hardware',
	type: 'options',
	default: hardware,
	description: 'The GPU that every instance of the deployment runs on',
	options: HARDWARE.map(({ sku, gpus, vramGb }) => ({
		name: `${gpus.join(' or ')}, ${vramGb} GB`,
		value: sku,
		description: sku,
	})).sort((a, b) => a.name.localeCompare(b.name)),
};

/** The fields that say how a deployment scales, sorted by their display names. */
export const scalingFields: INodeProperties[] = [
	{
		displayName: 'Keep Warm Duration (Seconds)',
		name: 'keepWarmDuration',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: keepWarmDuration,
		description:
			'How long an instance stays after its last request. It costs during that time, and saves the next request the start.',
	},
	{
		displayName: 'Max Instances',
		name: 'maxInstances',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: maxInstances,
		description: 'How many requests can run at the same time, each on an instance of its own',
	},
	{
		displayName: 'Min Instances',
		name: 'minInstances',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: minInstances,
		description:
			'How many instances run, and cost, all the time. With 0 an idle deployment costs nothing.',
	},
	{
		displayName: 'Queue Size',
		name: 'queueSize',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: queueSize,
		description: 'How many requests may wait per instance before another instance is started',
	},
];

/** The parameters as fields of the API. */
export function toApiFields(parameters: Record<string, unknown>): Given<Record<ApiName, unknown>> {
	return Object.fromEntries(
		Object.entries(API_NAMES).flatMap(([name, apiName]) =>
			name in parameters ? [[apiName, parameters[name]]] : [],
		),
	);
}
