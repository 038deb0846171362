import type { NodeAPI } from 'node-red';
import {
	checkDeploymentChanges,
	type Deployment,
	getBalance,
	getDeployment,
	listDeployments,
	updateDeployment,
} from '../../../core';
import { invalidInput } from '../../runtime/errors';
import { isEmpty, readDeploymentId } from '../../runtime/inputs/inputs';
import type { Action, Answer } from '../../runtime/node/action';
import { registerCall } from '../../runtime/node/call';

export = (RED: NodeAPI): void =>
	registerCall(
		RED,
		'runcomfy-deployment',
		() => (action) => readOperation(action.fields['operation'])(action),
	);

type Operation = (action: Action) => Promise<Answer>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
	async list({ connection, signal }) {
		const deployments = await listDeployments(connection.client, {}, { signal });
		return { payload: deployments.map(withoutDocuments) };
	},

	async get({ connection, inputs, signal }) {
		const deploymentId = await readDeploymentId(inputs);
		return answerWithDeployment(
			await getDeployment(connection.client, deploymentId, {}, { signal }),
		);
	},

	enable: update(() => ({ is_enabled: true })),
	disable: update(() => ({ is_enabled: false })),
	update: update(async (action) => checkDeploymentChanges(await readSettings(action))),

	balance: async ({ connection, signal }) => ({
		payload: await getBalance(connection.client, { signal }),
	}),
};

function readOperation(value: unknown): Operation {
	const name = isEmpty(value) ? 'list' : String(value);
	const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
	if (operation) return operation;
	throw invalidInput(
		`Unknown operation "${name}"`,
		`Choose one of ${Object.keys(OPERATIONS).join(', ')}.`,
	);
}

type Changes = ReturnType<typeof checkDeploymentChanges>;

function update(changesOf: (action: Action) => Changes | Promise<Changes>): Operation {
	return async (action) => {
		const deploymentId = await readDeploymentId(action.inputs);
		const changes = await changesOf(action);
		return answerWithDeployment(
			await updateDeployment(action.connection.client, deploymentId, changes),
		);
	};
}

/** The node's fields, by the API's name. */
const SETTINGS = {
	name: 'deploymentName',
	hardware: 'hardware',
	min_instances: 'minInstances',
	max_instances: 'maxInstances',
	queue_size: 'queueSize',
	keep_warm_duration_in_seconds: 'keepWarm',
	workflow_version: 'workflowVersion',
} as const satisfies Partial<Record<keyof Changes, string>>;

/** The values of all fields that are not empty, by the API's name. */
async function readSettings({ fields, inputs }: Action): Promise<Record<string, unknown>> {
	const settings: Record<string, unknown> = {};
	for (const [name, field] of Object.entries(SETTINGS)) {
		// Node-RED turns an empty number into 0, which would mean no instances.
		if (isEmpty(fields[field])) continue;
		const value = await inputs.value(field);
		if (value === null) continue;
		// Treating this as an empty field would give the deployment a different machine than the user asked for.
		if (isEmpty(value)) {
			throw invalidInput(
				`${inputs.source(field)} has no value for ${field}`,
				'Set a value, use null to keep the current setting, or clear the field in the node.',
			);
		}
		settings[name] = value;
	}
	return settings;
}

function answerWithDeployment(deployment: Deployment): Answer {
	return { payload: withoutDocuments(deployment), deploymentId: deployment.id };
}

/** The API may include whole documents without being asked; they are too large to copy into every message. */
function withoutDocuments({ payload: _payload, readme: _readme, ...more }: Deployment): object {
	return more;
}
