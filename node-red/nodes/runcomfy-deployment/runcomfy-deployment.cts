import type { NodeAPI } from 'node-red';
import {
	callInstance,
	checkDeploymentChanges,
	type Deployment,
	type DeploymentChanges,
	getDeployment,
	listDeployments,
	updateDeployment,
} from '../../../core/index.js';
import { invalidInput } from '../../runtime/errors.cjs';
import { readDeploymentId, readInstanceId } from '../../runtime/inputs/ids.cjs';
import { isEmpty } from '../../runtime/inputs/inputs.cjs';
import { type Action, type Answer, registerAction } from '../../runtime/node/action.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-deployment', (action) =>
		readOperation(action.fields['operation'])(action),
	);

type Operation = (action: Action) => Promise<Answer>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
	async list({ connection, signal }) {
		const deployments = await listDeployments(connection.client, {}, { signal });
		return { payload: deployments.map(withoutDocuments) };
	},

	async get({ connection, inputs, signal }) {
		const deploymentId = await readDeploymentId(inputs);
		return answer(await getDeployment(connection.client, deploymentId, {}, { signal }));
	},

	enable: change(() => ({ is_enabled: true })),
	disable: change(() => ({ is_enabled: false })),
	update: change(readChanges),

	async free({ connection, inputs, signal }) {
		const deploymentId = await readDeploymentId(inputs);
		const instanceId = await readInstanceId(inputs);
		const call = { ...FREE, deploymentId, instanceId };
		return { payload: await callInstance(connection.client, call, { signal }), deploymentId };
	},
};

/** What ComfyUI's own button for it posts. */
const FREE = { path: 'api/free', body: { unload_models: true, free_memory: true } };

function readOperation(value: unknown): Operation {
	const name = isEmpty(value) ? 'list' : String(value);
	const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
	if (operation) return operation;
	throw invalidInput(
		`There is no operation "${name}" of a deployment`,
		`Choose one of ${Object.keys(OPERATIONS).join(', ')}.`,
	);
}

function change(
	changesOf: (action: Action) => DeploymentChanges | Promise<DeploymentChanges>,
): Operation {
	return async (action) => {
		const { connection, inputs, signal } = action;
		const deploymentId = await readDeploymentId(inputs);
		const changes = await changesOf(action);
		return answer(await updateDeployment(connection.client, deploymentId, changes, { signal }));
	};
}

/** The fields of the node, by what the API calls them. */
const FIELD_OF = {
	hardware: 'hardware',
	min_instances: 'minInstances',
	max_instances: 'maxInstances',
	queue_size: 'queueSize',
	keep_warm_duration_in_seconds: 'keepWarm',
	workflow_version: 'workflowVersion',
} as const satisfies Partial<Record<keyof DeploymentChanges, string>>;

/** @throws RunComfyError `invalid_input`, also where nothing is to be changed */
async function readChanges({ fields, inputs }: Action): Promise<DeploymentChanges> {
	const given: Record<string, unknown> = {};
	for (const [name, field] of Object.entries(FIELD_OF)) {
		// To Node-RED an empty number is 0: no instance at all.
		const value = isEmpty(fields[field]) ? undefined : await inputs.value(field);
		if (!isEmpty(value)) given[name] = value;
	}
	return checkDeploymentChanges(given);
}

function answer(deployment: Deployment): Answer {
	return { payload: withoutDocuments(deployment), deploymentId: deployment.id };
}

/** The service may give whole documents unasked, which are too large for every message. */
function withoutDocuments({ payload: _payload, readme: _readme, ...settings }: Deployment): object {
	return settings;
}
