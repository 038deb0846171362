// n8n's real engine without the rest of n8n: loads a built package as n8n does (package.json, compiled node and
// credential classes, codex, icons) and runs workflow JSON with `WorkflowExecute`, with real HTTP and binary data. Used
// by `npm start` and the tests.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireFromRoot } from '../root.mjs';

/** @import * as n8n from 'n8n-workflow' */

/**
 * @typedef {object} EngineOptions
 * @property {string} packageDir folder of the built package: the one with its package.json
 * @property {Record<string, Record<string, string>>} credentials fields by credential type; every node that asks for a type gets these
 * @property {string} [binaryDir] folder for binary data; without it, binary data stays in memory
 * @property {Record<string, n8n.INodeType>} [nodeTypes] further node types, by full name
 */
/**
 * A workflow as n8n exports it.
 * @typedef {object} WorkflowJson
 * @property {string} [id]
 * @property {string} name
 * @property {WorkflowNode[]} nodes
 * @property {object} connections
 * @property {object} [settings]
 */
/** @typedef {{name: string, type: string, parameters: Record<string, any>, [field: string]: any}} WorkflowNode */
/**
 * @typedef {object} RunOptions
 * @property {n8n.IDataObject[]} [inputs] the fields of the trigger's items; one empty item by default
 * @property {n8n.INodeExecutionData[]} [items] the trigger's items instead of `inputs`, if they hold files
 * @property {n8n.WorkflowExecuteMode} [mode] `manual` by default
 * @property {Outcome} [retryOf] an execution that failed, to be retried as n8n's "Retry" does; the trigger is not run again
 */
/**
 * @typedef {object} Outcome
 * @property {'success' | 'error' | 'canceled' | 'waiting'} status
 * @property {ExecutionFault | undefined} error what ended the workflow
 * @property {(nodeName: string, output?: number) => n8n.INodeExecutionData[]} items what a node put out in its last run
 * @property {Record<string, n8n.ITaskData[]>} runData
 * @property {n8n.IRunExecutionData} stored what n8n stores of the execution
 */
/**
 * @typedef {Error & {description?: string | null, httpCode?: string | null,
 *   context?: {itemIndex?: number, data?: Record<string, unknown>}}} ExecutionFault
 */
/**
 * @typedef {object} Run
 * @property {Promise<Outcome>} outcome
 * @property {() => void} cancel what n8n's Stop does
 */
/**
 * @typedef {object} Engine
 * @property {(workflow: WorkflowJson, options?: RunOptions) => Run} run
 * @property {(item: n8n.INodeExecutionData, property?: string) => Promise<Buffer>} binary bytes of a binary field, `data` by default
 * @property {(item: n8n.INodeExecutionData, property?: string) => string | undefined} binaryPath the file of a binary field, when there is one
 * @property {Internals} internals for what runs outside of an execution: dropdowns, credential tests
 */
/**
 * @typedef {object} Internals
 * @property {{getCredential(type: string): n8n.LoadedClass<n8n.ICredentialType>}} loader
 * @property {n8n.INodeTypes} nodeTypes
 * @property {(workflow: WorkflowJson, mode?: n8n.WorkflowExecuteMode) => n8n.IWorkflowExecuteAdditionalData} additionalData
 * @property {(json: WorkflowJson) => n8n.Workflow} workflow
 */

const require = requireFromRoot;

/** Replaces nodes of n8n that are not installed here; passes its items on. */
const passThrough = (name, inputs) => ({
	description: {
		displayName: name,
		name,
		group: ['transform'],
		version: [1, 1.1, 2],
		description: name,
		defaults: { name },
		inputs,
		outputs: ['main'],
		properties: [],
	},
	async execute() {
		return [this.getInputData()];
	},
});

/** Replaces n8n's If: n8n's engine itself evaluates the conditions. */
const ifNode = {
	description: {
		...passThrough('If', ['main']).description,
		outputs: ['main', 'main'],
		properties: [
			{
				displayName: 'Conditions',
				name: 'conditions',
				type: 'filter',
				default: {},
				typeOptions: { filter: { version: 2 } },
			},
		],
	},
	async execute() {
		/** @type {n8n.INodeExecutionData[][]} */
		const outputs = [[], []];
		for (const [index, item] of this.getInputData().entries()) {
			const options = { extractValue: true };
			const isTrue = this.getNodeParameter('conditions', index, false, options);
			outputs[isTrue ? 0 : 1]?.push({ ...item, pairedItem: { item: index } });
		}
		return outputs;
	},
};

/**
 * Replacements for n8n's own nodes, by full name.
 * @type {Record<string, any>}
 */
export const STAND_INS = {
	'n8n-nodes-base.if': ifNode,
	'n8n-nodes-base.manualTrigger': passThrough('Manual Trigger', []),
	'n8n-nodes-base.noOp': passThrough('No Operation', ['main']),
	'n8n-nodes-base.stickyNote': passThrough('Sticky Note', []),
};

/** Wraps a node marked `usableAsTool` for an AI agent, as n8n does. */
function toTool(type) {
	const { description } = type;
	const value = {
		...description,
		name: `${description.name}Tool`,
		displayName: `${description.displayName} Tool`,
		inputs: [],
		outputs: ['ai_tool'],
		properties: [
			{ name: 'descriptionType', displayName: 'Tool Description', type: 'string', default: 'auto' },
			{ name: 'toolDescription', displayName: 'Description', type: 'string', default: '' },
			...description.properties,
		],
	};
	return Object.create(type, { description: { value } });
}

/**
 * Call this once per process, because n8n keeps its binary data and settings in singletons.
 * @param {EngineOptions} options
 * @returns {Promise<Engine>}
 */
export async function createEngine({ packageDir, credentials, binaryDir, nodeTypes = {} }) {
	settleIn();
	require('reflect-metadata');
	const core = require('n8n-core');
	const n8n = require('n8n-workflow');
	const { Container } = require('@n8n/di');

	const loader = new core.PackageDirectoryLoader(packageDir);
	await loader.loadAll();
	const binaryData = await startBinaryData(core, Container, binaryDir);

	const known = { ...STAND_INS, ...nodeTypes };
	const types = {
		getByName: (name) => known[name] ?? loadType(name),
		getByNameAndVersion: (name, version) =>
			n8n.NodeHelpers.getVersionedNodeType(types.getByName(name), version),
		getKnownTypes: () => loader.known.nodes,
	};
	const loadType = (name) => {
		const prefix = `${loader.packageName}.`;
		if (!name.startsWith(prefix)) throw new Error(`There is no node type ${name} here`);
		const own = name.slice(prefix.length);
		return loader.known.nodes[own] === undefined && own.endsWith('Tool')
			? toTool(loader.getNode(own.slice(0, -'Tool'.length)).type)
			: loader.getNode(own).type;
	};
	const helper = createCredentialsHelper(n8n, loader, credentials);

	const toWorkflow = (json) =>
		new n8n.Workflow({
			id: json.id ?? 'workflow',
			name: json.name,
			nodes: structuredClone(json.nodes).map((node) => withCredentials(node, types)),
			connections: json.connections,
			active: false,
			nodeTypes: types,
			settings: json.settings ?? { executionOrder: 'v1' },
		});

	let executions = 0;
	/**
	 * The parts of n8n's additional data that the engine needs.
	 * @param {WorkflowJson} json
	 * @param {n8n.WorkflowExecuteMode} [mode]
	 * @returns {any}
	 */
	const toAdditionalData = (json, mode = 'manual') => {
		executions += 1;
		const executionId = String(executions);
		return {
			executionId,
			credentialsHelper: helper,
			hooks: new core.ExecutionLifecycleHooks(mode, executionId, /** @type {any} */ (json)),
			currentNodeExecutionIndex: 0,
			currentNodeParameters: {},
			variables: {},
			instanceBaseUrl: 'http://localhost:5678/',
			restApiUrl: 'http://localhost:5678/rest',
			webhookBaseUrl: 'http://localhost:5678/webhook',
			webhookTestBaseUrl: 'http://localhost:5678/webhook-test',
			// Deliberately invalid: the engine receives no calls, and a real address could belong to another server.
			webhookWaitingBaseUrl: 'none:/webhook-waiting',
			formWaitingBaseUrl: 'http://localhost:5678/form-waiting',
			externalSecretsProxy: { hasProvider: () => false, listProviders: () => [] },
			setExecutionStatus: () => undefined,
			sendDataToUI: () => undefined,
			logAiEvent: () => undefined,
		};
	};

	return {
		run(
			json,
			{
				inputs = [{}],
				items = inputs.map((input) => ({ json: input })),
				mode = 'manual',
				retryOf,
			} = {},
		) {
			const workflow = toWorkflow(json);
			const start = /** @type {n8n.INode} */ (workflow.getNode(triggerName(json)));
			const main = [items];
			const data = retryOf
				? toRetry(retryOf.stored, workflow)
				: n8n.createRunExecutionData({
						executionData: { nodeExecutionStack: [{ node: start, data: { main }, source: null }] },
					});
			const execution = new core.WorkflowExecute(toAdditionalData(json, mode), mode, data);
			const promise = execution.processRunExecutionData(workflow);
			return { outcome: promise.then(toOutcome), cancel: () => promise.cancel() };
		},
		binary: (item, property = 'data') => binaryData.getAsBuffer(binaryOf(item, property)),
		binaryPath(item, property = 'data') {
			const { id } = binaryOf(item, property);
			return id === undefined ? undefined : binaryData.getPath(id);
		},
		internals: {
			loader,
			nodeTypes: types,
			additionalData: toAdditionalData,
			workflow: toWorkflow,
		},
	};
}

/** Resolves expressions in a credential for the item, as n8n does. */
function resolved(
	data,
	{ workflow, runExecutionData, runIndex, itemIndex, node, connectionInputData },
) {
	const items = [runExecutionData, runIndex, itemIndex, node.name, connectionInputData];
	return workflow.expression.getParameterValue(data, ...items, 'manual', {});
}

/** Applies the given credentials to requests as their class does, without storing or encrypting anything. */
function createCredentialsHelper(n8n, loader, credentials) {
	const typeOf = (type) => loader.getCredential(type).type;
	return new (class extends n8n.ICredentialsHelper {
		getParentTypes = () => [];
		isCredentialUsableByNode = () => true;
		preAuthentication = async () => undefined;
		runPreAuthentication = async () => undefined;
		getCredentialsProperties = (type) => typeOf(type).properties;
		authenticate = async (data, type, options) => typeOf(type).authenticate(data, options);
		async getDecrypted(_additionalData, { id }, type, ...[, , , resolve]) {
			const given = { ...credentials[type] };
			if (Object.keys(given).length > 0) return resolve ? resolved(given, resolve) : given;
			// The same message as n8n's for a deleted credential.
			throw new Error(`Credential with ID "${id}" does not exist for type "${type}".`);
		}
	})();
}

// When first loaded, n8n writes its settings, including an encryption key, to a folder.
function settleIn() {
	process.env.N8N_LOG_LEVEL ??= 'silent';
	process.env.N8N_ENCRYPTION_KEY ??= randomUUID();
	if (process.env.N8N_USER_FOLDER) return;
	const folder = mkdtempSync(join(tmpdir(), 'runcomfy-n8n-'));
	process.env.N8N_USER_FOLDER = folder;
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

async function startBinaryData(core, Container, binaryDir) {
	const service = Container.get(core.BinaryDataService);
	if (binaryDir !== undefined) {
		Object.assign(Container.get(core.BinaryDataConfig), {
			mode: 'filesystem',
			localStoragePath: binaryDir,
		});
		await service.init();
	}
	return service;
}

/** Sets the given credentials on every node: exported workflows contain ids from another machine, or none. */
function withCredentials(node, types) {
	const { credentials = [] } = types.getByNameAndVersion(node.type, node.typeVersion).description;
	const given = credentials.map(({ name }) => [name, { id: name, name }]);
	return given.length > 0 ? { ...node, credentials: Object.fromEntries(given) } : node;
}

function triggerName({ name, nodes }) {
	const trigger = nodes.find(({ type }) => /trigger$/i.test(type));
	if (!trigger) throw new Error(`The workflow ${name} has no trigger`);
	return trigger.name;
}

function toOutcome({ status, data }) {
	const { error, runData } = data.resultData;
	return {
		status,
		error,
		runData,
		stored: data,
		items: (nodeName, output = 0) => runData[nodeName]?.at(-1)?.data?.main[output] ?? [],
	};
}

/** Prepares a failed execution as n8n's "Retry" does: stored data without the failure, and the current workflow. */
function toRetry(failed, workflow) {
	// n8n stores executions with this library.
	const flatted = createRequire(require.resolve('n8n-core'))('flatted');
	const data = flatted.parse(flatted.stringify(failed));
	const { resultData, executionData } = data;
	delete resultData.error;
	const runs = resultData.runData[resultData.lastNodeExecuted];
	if (runs?.at(-1)?.error !== undefined) runs.pop();
	for (const entry of executionData.nodeExecutionStack) {
		entry.node = workflow.getNode(entry.node.name);
	}
	return data;
}

function binaryOf(item, property) {
	const data = item.binary?.[property];
	if (!data) throw new Error(`The item has no binary field ${property}`);
	return data;
}
