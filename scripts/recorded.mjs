// Records data that only n8n's engine can produce: the output of each operation of the n8n node, in one table from
// which the build generates the JSON Schemas that n8n reads; and the complete forms in the repository's workflows,
// because n8n shows a warning beside an incomplete form and offers no further inputs. `npm run build && node
// scripts/recorded.mjs` writes both.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from './hosts/n8n-engine.mjs';
import { loadSimulator, requireFromRoot, root } from './root.mjs';
import { chooseDeployments, isOurs, readWorkflows, withWholeForm } from './workflows.mjs';

/** The table, keyed by `<resource>/<operation>`. */
export const TABLE = 'nodes/RunComfy/outputs.json';

/** Where n8n looks for schemas: below the built node, in the folder of its newest version. */
export const FOLDER = 'nodes/RunComfy/__schema__/v1.0.0';

/** @typedef {{resource: string, operation: string, [name: string]: unknown}} Step */

const byId = (value) => ({ __rl: true, mode: 'id', value });

/**
 * Workflows that run every operation, each after those it depends on.
 * @param {Pick<import('../simulator/index.ts').Simulator, 'deploymentIds' | 'modelIds'>} simulator
 * @returns {Step[][]}
 */
function workflowsFor({ deploymentIds, modelIds }) {
	const of = (resource) => (operation, more) => ({ resource, operation, ...more });
	const [request, model, deployment] = [of('request'), of('model'), of('deployment')];
	const mixed = { deploymentId: byId(deploymentIds.mixed) };
	const picture = { modelId: byId(modelIds.textToImage), inputMode: 'json' };
	const mixture = { modelId: byId(modelIds.noSchema), inputMode: 'json' };
	const drawn = { ...picture, inputs: '{"prompt":"a boat"}' };
	const told = { ...mixture, inputs: '{"prompt":"a boat"}' };
	const wait = { waitForCompletion: true };
	return [
		[request('runAndWait', { ...mixed, randomSeeds: true })],
		[request('submit', mixed), request('getStatus'), request('getResult', wait)],
		[request('submit', mixed), request('cancel')],
		[model('runAndWait', { ...drawn, randomSeeds: true })],
		[model('runAndWait', told)],
		[model('submit', drawn), model('getStatus'), model('getResult', wait)],
		[model('submit', told), model('getResult', wait)],
		[model('submit', drawn), model('cancel')],
		[model('search', { limit: 5 })],
		[model('get', { modelId: byId(modelIds.textToImage) })],
		[deployment('getMany')],
		[deployment('get', { deploymentId: byId(deploymentIds.textToImage) })],
		[
			deployment('update', {
				deploymentId: byId(deploymentIds.textToImage),
				updateFields: { name: 'text-to-image' },
			}),
		],
		[{ resource: 'account', operation: 'getBalance' }],
	];
}

function toWorkflow(steps) {
	const start = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 };
	const nodes = steps.map((parameters, index) => ({
		name: `Step ${index}`,
		type: 'n8n-nodes-runcomfy.runComfy',
		typeVersion: 1,
		parameters,
	}));
	const all = [{ ...start, parameters: {} }, ...nodes].map((node, index) => ({
		id: String(index),
		position: [0, 0],
		...node,
	}));
	const follows = (node) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const connections = all.slice(1).map(({ name }, index) => [all[index]?.name, follows(name)]);
	return { name: 'Outputs', nodes: all, connections: Object.fromEntries(connections) };
}

/**
 * The output of each operation, by `<resource>/<operation>`.
 * @param {import('./hosts/n8n-engine.mjs').Engine} engine
 * @param {Parameters<typeof workflowsFor>[0]} simulator
 * @returns {Promise<Record<string, unknown>>}
 */
export async function outputsOf(engine, simulator) {
	/** @type {Record<string, any>} */
	const outputs = {};
	for (const steps of workflowsFor(simulator)) {
		const outcome = await engine.run(toWorkflow(steps)).outcome;
		if (outcome.error) throw outcome.error;
		for (const [index, { resource, operation }] of steps.entries()) {
			const name = `${resource}/${operation}`;
			const items = outcome.items(`Step ${index}`).map(({ json }) => outputOf(json));
			outputs[name] = [outputs[name], ...items].reduce(joined);
		}
	}
	return inOrder(outputs, operationsOf(engine));
}

/** The node's operations, in the order of its lists. @param {import('./hosts/n8n-engine.mjs').Engine} engine */
function operationsOf({ internals }) {
	const { description } = internals.nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1);
	const choices = description.properties.filter(({ name }) => name === 'operation');
	return choices.flatMap(({ displayOptions, options = [] }) =>
		options.map((option) => `${displayOptions?.show?.['resource']?.[0]}/${Object(option).value}`),
	);
}

/**
 * Sorts the outputs in the order of the operations.
 * @param {Record<string, unknown>} outputs
 * @param {string[]} operations
 * @throws Error that names operations without a step
 */
export function inOrder(outputs, operations) {
	const missing = operations.filter((name) => !(name in outputs));
	if (missing.length > 0) {
		throw new Error(
			`No workflow runs ${missing.join(', ')}: add a step to workflowsFor in scripts/recorded.mjs.`,
		);
	}
	return Object.fromEntries(operations.map((name) => [name, outputs[name]]));
}

/** Fields whose contents depend on the workflow or model. */
const OPEN = new Set(['input_schema', 'output', 'response', 'seeds']);

function outputOf(value) {
	if (value === null) return 'null';
	if (typeof value !== 'object') return typeof value;
	if (Array.isArray(value)) return value.length > 0 ? [value.map(outputOf).reduce(joined)] : [];
	const entries = Object.entries(value).map(([name, one]) => [
		name,
		OPEN.has(name) ? {} : outputOf(one),
	]);
	return Object.fromEntries(entries);
}

/** Merges two shapes; where the types differ, the first one wins. */
function joined(one, other) {
	if (!one || !other) return one ?? other;
	if (one === 'null') return other;
	if (typeof one !== typeof other || typeof one === 'string') return one;
	if (Array.isArray(one) || Array.isArray(other)) {
		const entries = joined(one[0], other[0]);
		return entries ? [entries] : [];
	}
	const both = { ...one };
	for (const [name, value] of Object.entries(other)) both[name] = joined(both[name], value);
	return both;
}

/**
 * @param {any} output from the table: the name of a type, a list with the shape of its entries, or an object
 * @returns {object}
 */
export function schemaOf(output) {
	if (typeof output === 'string') return { type: output };
	if (Array.isArray(output)) {
		return { type: 'array', ...(output[0] && { items: schemaOf(output[0]) }) };
	}
	const properties = Object.entries(output).map(([name, one]) => [name, schemaOf(one)]);
	return { type: 'object', properties: Object.fromEntries(properties) };
}

/** Loads the fields of each filled form of a node, as the editor does. @param {import('./hosts/n8n-engine.mjs').Engine} engine */
async function formsOf({ internals }, node) {
	const own = { ...node, type: node.type.replace(/Tool$/, '') };
	const json = { name: 'Form', nodes: [own], connections: {} };
	const data = { ...internals.additionalData(json), currentNodeParameters: node.parameters };
	const workflow = internals.workflow(json);
	const placed = /** @type {import('n8n-workflow').INode} */ (workflow.getNode(node.name));
	/** @type {any} */
	const type = internals.nodeTypes.getByNameAndVersion(placed.type, placed.typeVersion);
	const { LoadOptionsContext } = requireFromRoot('n8n-core');
	const forms = type.description.properties
		.filter(({ type, name }) => type === 'resourceMapper' && node.parameters[name])
		.map(async ({ name, typeOptions }) => {
			const context = new LoadOptionsContext(workflow, placed, data, `parameters.${name}`);
			const load = type.methods.resourceMapping[typeOptions.resourceMapper.resourceMapperMethod];
			return [name, (await load.call(context)).fields];
		});
	return Object.fromEntries(await Promise.all(forms));
}

async function record() {
	const { format, resolveConfig } = await import('prettier');
	const write = async (/** @type {string} */ file, /** @type {string} */ json) => {
		const filepath = join(root, file);
		const options = { ...(await resolveConfig(filepath)), filepath };
		writeFileSync(filepath, await format(json, options));
	};
	// Long enough for a status call to see the run in progress.
	const simulator = await loadSimulator().createSimulator({ latencyMs: 3_000 });
	const { url: baseUrl, token: apiToken } = simulator;
	const credentials = { runComfyApi: { apiToken, baseUrl } };
	const engine = await createEngine({ packageDir: root, credentials });
	await write(TABLE, JSON.stringify(await outputsOf(engine, simulator)));
	for (const { name, workflow } of readWorkflows()) {
		const { nodes } = chooseDeployments(workflow, simulator.deploymentIds);
		for (const { id, parameters } of workflow.nodes.filter(isOurs)) {
			const forms = await formsOf(
				engine,
				nodes.find((node) => node.id === id),
			);
			for (const [form, fields] of Object.entries(forms)) {
				parameters[form] = withWholeForm(parameters[form], fields);
			}
		}
		await write(join('workflows', name), JSON.stringify(workflow, null, '\t'));
	}
	await simulator.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void record();
