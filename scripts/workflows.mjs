// Reads the repository's n8n workflows, and makes the choices that a user makes after importing one.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPresetDeployments } from './root.mjs';

export const CREDENTIAL = {
	id: 'runcomfy00000001',
	name: 'RunComfy (simulator)',
	type: 'runComfyApi',
};

export const MODEL_CREDENTIAL = { id: 'chatmodel0000001', name: 'Chat model', type: 'openAiApi' };

const folder = fileURLToPath(new URL('../workflows/', import.meta.url));

/** @import {ResourceMapperField} from 'n8n-workflow' */
/** @import {WorkflowJson} from './hosts/n8n-engine.mjs' */

/** @typedef {{name: string, workflow: WorkflowJson}} NamedWorkflow a file of `workflows/` */

/**
 * Reads every file of `workflows/`, sorted by name.
 * @returns {NamedWorkflow[]}
 */
export function readWorkflows() {
	return readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.sort()
		.map((name) => ({ name, workflow: JSON.parse(readFileSync(folder + name, 'utf8')) }));
}

/** Whether a node, or its version as an agent's tool, comes from this package. @param {{type: string}} node */
export function isOurs({ type }) {
	return type.startsWith('n8n-nodes-runcomfy.');
}

/**
 * Chooses a deployment or model wherever a node has none: the one named in its notes ("With the simulator:
 * text-to-video"), otherwise the text-to-image deployment.
 * @param {WorkflowJson} workflow
 * @param {import('../simulator/index.ts').DeploymentIds} deploymentIds
 * @returns {WorkflowJson} a copy
 */
export function chooseDeployments(workflow, deploymentIds) {
	const copy = structuredClone(workflow);
	for (const { parameters, notes } of copy.nodes.filter(isOurs)) {
		const [, named = 'text-to-image'] = /With the simulator: ([\w/-]+)/.exec(notes ?? '') ?? [];
		if (parameters.modelId?.value === '')
			parameters.modelId = { __rl: true, mode: 'id', value: named };
		if (parameters.deploymentId?.value !== '') continue;
		const preset = loadPresetDeployments().find(({ key, name }) => [key, name].includes(named));
		if (!preset) throw new Error(`The simulator has no deployment ${named}`);
		parameters.deploymentId = {
			__rl: true,
			mode: 'list',
			value: deploymentIds[preset.key],
			cachedResultName: preset.name,
		};
	}
	return copy;
}

/**
 * Completes a filled form with all fields of its deployment; only the filled ones are shown.
 * @param {{value: Record<string, unknown>, schema: ResourceMapperField[]}} workflowInputs
 * @param {readonly ResourceMapperField[]} fields
 */
export function withWholeForm(workflowInputs, fields) {
	const isSet = ({ id }) => id in workflowInputs.value;
	return {
		...workflowInputs,
		schema: fields.map((field) => ({ ...field, removed: !isSet(field) })),
	};
}

/**
 * A workflow of the repository as a user has it, with credentials and deployments chosen.
 * @param {any} workflow
 * @param {string} id
 * @param {import('../simulator/index.ts').DeploymentIds} deploymentIds
 */
export function ready(workflow, id, deploymentIds) {
	const copy = chooseDeployments(workflow, deploymentIds);
	for (const node of copy.nodes) {
		if (isOurs(node)) use(node, CREDENTIAL);
		if (node.type.endsWith('.lmChatOpenAi')) use(node, MODEL_CREDENTIAL);
	}
	return { ...copy, id };
}

function use(node, { id, name, type }) {
	node.credentials = { [type]: { id, name } };
}
