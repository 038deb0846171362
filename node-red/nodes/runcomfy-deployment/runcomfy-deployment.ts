import type { NodeAPI } from 'node-red';
import {
	callInstance,
	checkDeploymentChanges,
	checkNewDeployment,
	createDeployment,
	deleteDeployment,
	type Deployment,
	getBalance,
	getDeployment,
	listDeployments,
	searchModels,
	updateDeployment,
} from '../../../core';
import { MODEL_LIMIT } from '../../contract/sharedFields';
import { invalidInput } from '../../runtime/errors';
import {
	isEmpty,
	readDeploymentId,
	readInstanceId,
	readNumber,
	readText,
} from '../../runtime/inputs/inputs';
import type { Action, Answer } from '../../runtime/node/action';
import { registerCalls } from '../../runtime/runs/nodes';

export = (RED: NodeAPI): void =>
	registerCalls(RED, 'runcomfy-deployment', (action) =>
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
		return answerWithDeployment(
			await getDeployment(connection.client, deploymentId, {}, { signal }),
		);
	},

	enable: update(() => ({ is_enabled: true })),
	disable: update(() => ({ is_enabled: false })),
	update: update(async (action) => checkDeploymentChanges(await readSettings(action, CHANGES))),

	async create(action) {
		const fields = checkNewDeployment(await readSettings(action, NEW));
		return answerWithDeployment(await createDeployment(action.connection.client, fields));
	},

	async delete({ connection, fields, inputs }) {
		if (fields['confirmDelete'] !== true) {
			throw invalidInput(
				'Deleting a deployment is permanent, and this node does not confirm it',
				'Tick the confirmation in the dialog of the node. To pause the deployment instead, disable it.',
			);
		}
		const deploymentId = await readDeploymentId(inputs);
		const payload = await deleteDeployment(connection.client, deploymentId);
		return { payload, deploymentId };
	},

	async call({ connection, fields, inputs, signal }) {
		const deploymentId = await readDeploymentId(inputs);
		const instanceCall = {
			deploymentId,
			instanceId: await readInstanceId(inputs),
			method: fields['method'],
			path: await readText(inputs, 'instancePath'),
			body: fields['method'] === 'POST' ? await inputs.value('body') : undefined,
		};
		const options = instanceCall.method === 'GET' ? { signal } : {};
		const payload = await callInstance(connection.client, instanceCall, options);
		return { payload, deploymentId };
	},

	balance: async ({ connection, signal }) => ({
		payload: await getBalance(connection.client, { signal }),
	}),

	async models({ connection, inputs, signal }) {
		const query = {
			search: await readText(inputs, 'search'),
			category: await readText(inputs, 'category'),
			limit: Math.min(500, await readNumber(inputs, 'limit', MODEL_LIMIT)) || undefined,
		};
		const { models, total } = await searchModels(connection.client, query, { signal });
		return { payload: models, runcomfy: { total } };
	},
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
const CHANGES = {
	name: 'deploymentName',
	hardware: 'hardware',
	min_instances: 'minInstances',
	max_instances: 'maxInstances',
	queue_size: 'queueSize',
	keep_warm_duration_in_seconds: 'keepWarm',
	workflow_version: 'workflowVersion',
} as const satisfies Partial<Record<keyof Changes, string>>;

const NEW = { ...CHANGES, workflow_id: 'workflowId' } as const;

/** The values of all fields that are not empty, by the API's name. */
async function readSettings(
	{ fields, inputs }: Action,
	fieldOf: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
	const settings: Record<string, unknown> = {};
	for (const [name, field] of Object.entries(fieldOf)) {
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
