import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { checkDeploymentChanges, HARDWARE, updateDeployment } from '../../../../core';
import { readTargetId, TARGET_FIELDS } from '../../parameters/ids';
import type { Operation } from '../operation';
import { toDeploymentItem } from './reading';

// The defaults are the service's own (runcomfy-mcp, server.py).

const nameField: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Product pictures',
	description: 'Name of the deployment in lists',
};

const workflowVersionField: INodeProperties = {
	displayName: 'Workflow Version',
	name: 'workflowVersion',
	type: 'string',
	default: 'v1',
	placeholder: 'e.g. v1',
	description:
		'The saved version of the workflow to run. Each save to the cloud creates a new version.',
};

const hardwareField: INodeProperties = {
	displayName: 'Hardware',
	name: 'hardware',
	type: 'options',
	default: 'AMPERE_48',
	description: 'The GPU that every instance of the deployment runs on',
	options: HARDWARE.map(({ sku, gpus, vramGb }) => ({
		name: `${gpus.join(' or ')}, ${vramGb} GB`,
		value: sku,
		description: sku,
	})).sort((a, b) => a.name.localeCompare(b.name)),
};

/** The scaling fields, sorted by display name. */
const scalingFields: INodeProperties[] = [
	{
		displayName: 'Keep Warm Duration (Seconds)',
		name: 'keepWarmDuration',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 60,
		description:
			'How long an instance stays on after its last request. You pay for this time, but the next request starts immediately.',
	},
	{
		displayName: 'Max Instances',
		name: 'maxInstances',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 1,
		description: 'How many requests can run at the same time, each on its own instance',
	},
	{
		displayName: 'Min Instances',
		name: 'minInstances',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 0,
		description:
			'How many instances always run and are billed. With 0, an idle deployment costs nothing.',
	},
	{
		displayName: 'Queue Size',
		name: 'queueSize',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		default: 1,
		description: 'How many requests may wait per instance before another instance is started',
	},
];

type Changes = ReturnType<typeof checkDeploymentChanges>;

const enabledField: INodeProperties = {
	displayName: 'Enabled',
	name: 'isEnabled',
	type: 'boolean',
	default: true,
	description:
		'Whether the deployment accepts requests. Turning this off ends the runs in progress and switches the machines off, but keeps the deployment.',
};

const updateFields: INodeProperties = {
	displayName: 'Update Fields',
	name: 'updateFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	description: 'The settings to change. All others are kept.',
	options: [enabledField, hardwareField, nameField, workflowVersionField, ...scalingFields].sort(
		(a, b) => a.displayName.localeCompare(b.displayName),
	),
};

export const update: Operation<{ id: string; changes: Changes }> = {
	option: {
		name: 'Update',
		action: 'Update deployment',
		description:
			'Change settings of a deployment: its instances, hardware or workflow version, or pause and resume it',
	},
	inTurn: true,
	description: [TARGET_FIELDS.deployment, updateFields],

	read(item) {
		const { context, itemIndex } = item;
		const given = context.getNodeParameter('updateFields', itemIndex, {}) as IDataObject;
		return {
			id: readTargetId(item, 'deployment'),
			changes: checkDeploymentChanges(toApiFields(given)),
		};
	},

	async run({ id, changes }, _item, { client, signal }) {
		const deployment = await updateDeployment(client, id, changes, { signal });
		return [toDeploymentItem(deployment, { simplify: false })];
	},
};

/** The API's names of n8n's parameters. */
const API_NAMES = {
	hardware: 'hardware',
	isEnabled: 'is_enabled',
	keepWarmDuration: 'keep_warm_duration_in_seconds',
	maxInstances: 'max_instances',
	minInstances: 'min_instances',
	name: 'name',
	queueSize: 'queue_size',
	workflowVersion: 'workflow_version',
} as const satisfies Record<string, keyof Changes>;

function toApiFields(parameters: Record<string, unknown>): Partial<Record<keyof Changes, unknown>> {
	return Object.fromEntries(
		Object.entries(API_NAMES).flatMap(([name, apiName]) =>
			name in parameters ? [[apiName, parameters[name]]] : [],
		),
	);
}
