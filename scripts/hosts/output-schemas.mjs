// What each operation of the n8n node puts out, as JSON Schemas, made of real runs on n8n's engine.
import { join } from 'node:path';
import { root } from '../root.mjs';

/** Where n8n looks: a folder for the newest version of the node. */
export const FOLDER = join(root, 'nodes/RunComfy/__schema__/v1.1.0');

/** @typedef {{resource: string, operation: string, [name: string]: unknown}} Step */

const byId = (value) => ({ __rl: true, mode: 'id', value });

/**
 * Workflows whose nodes run every operation, each after what it needs.
 * @param {Pick<import('../../simulator/index.cts').Simulator, 'deploymentIds' | 'modelIds'>} simulator
 * @returns {Step[][]}
 */
function workflowsFor({ deploymentIds, modelIds }) {
	const of = (resource) => (operation, more) => ({ resource, operation, ...more });
	const [request, model, deployment] = [of('request'), of('model'), of('deployment')];
	const mixed = { deploymentId: byId(deploymentIds.mixed) };
	const running = { deploymentId: byId(deploymentIds.textToImage), requestId: 'r' };
	const picture = { modelId: byId(modelIds.textToImage), inputMode: 'json' };
	const text = { modelId: byId(modelIds.text), inputMode: 'json' };
	const drawn = { ...picture, inputs: '{"prompt":"a boat"}' };
	const said = { ...text, inputs: '{"images":["https://example.com/a.png"]}' };
	const wait = { waitForCompletion: true };
	return [
		[request('runAndWait', { ...mixed, randomSeeds: true })],
		[request('submit', mixed), request('getStatus'), request('getResult', wait)],
		[request('submit', mixed), request('cancel')],
		[request('submit', mixed), request('getStatus'), deployment('callInstance')],
		[model('runAndWait', { ...drawn, randomSeeds: true })],
		[model('runAndWait', said)],
		[model('submit', drawn), model('getStatus'), model('getResult', wait)],
		[model('submit', said), model('getResult', wait)],
		[model('submit', drawn), model('cancel')],
		[model('search', { limit: 5 })],
		[model('get', { modelId: byId(modelIds.textToImage) })],
		[deployment('getMany')],
		[deployment('get', { deploymentId: byId(deploymentIds.textToImage) })],
		[
			deployment('create', { name: 'Boats', workflowId: running.deploymentId.value }),
			deployment('update', { deploymentId: byId('={{ $json.id }}'), updateFields: { name: 'B' } }),
			deployment('delete', { deploymentId: byId('={{ $json.id }}'), confirmDelete: true }),
		],
		[{ resource: 'account', operation: 'getBalance' }],
	];
}

function toWorkflow(steps) {
	const start = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 };
	const nodes = steps.map((parameters, index) => ({
		...{ name: `Step ${index}`, type: 'n8n-nodes-runcomfy.runComfy', typeVersion: 1.1, parameters },
	}));
	const all = [{ ...start, parameters: {} }, ...nodes].map((node, index) => ({
		...{ id: String(index), position: [0, 0], ...node },
	}));
	const follows = (node) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const connections = all.slice(1).map(({ name }, index) => [all[index]?.name, follows(name)]);
	return { name: 'Outputs', nodes: all, connections: Object.fromEntries(connections) };
}

/**
 * The schema of what each operation puts out, by `<resource>/<operation>`.
 * @param {import('./n8n-engine.mjs').Engine} engine
 * @param {Parameters<typeof workflowsFor>[0]} simulator
 * @returns {Promise<Record<string, object>>}
 */
export async function outputSchemas(engine, simulator) {
	const schemas = {};
	for (const steps of workflowsFor(simulator)) {
		const outcome = await engine.run(toWorkflow(steps)).outcome;
		if (outcome.error) throw outcome.error;
		for (const [index, { resource, operation }] of steps.entries()) {
			const name = `${resource}/${operation}`;
			const items = outcome.items(`Step ${index}`).map(({ json }) => schemaOf(json));
			schemas[name] = [schemas[name], ...items].reduce(joined);
		}
	}
	return schemas;
}

/** What is in these depends on the workflow or the model. */
const OPEN = new Set(['input_schema', 'output', 'response', 'seeds']);

function schemaOf(value) {
	if (Array.isArray(value)) {
		const items = value.map(schemaOf).reduce(joined, undefined);
		return { type: 'array', ...(items && { items }) };
	}
	if (value === null) return { type: 'null' };
	if (typeof value !== 'object') return { type: typeof value };
	const properties = Object.entries(value).map(([name, one]) => [
		name,
		OPEN.has(name) ? { type: 'object', properties: {} } : schemaOf(one),
	]);
	return { type: 'object', properties: Object.fromEntries(properties) };
}

/** What fits both; of two types the first one. */
function joined(one, other) {
	if (!one || !other) return one ?? other;
	if (one.type === 'null') return other;
	if (one.type !== other.type) return one;
	if (one.type === 'array') {
		const items = joined(one.items, other.items);
		return { type: 'array', ...(items && { items }) };
	}
	if (one.type !== 'object') return one;
	const properties = { ...one.properties };
	for (const [name, value] of Object.entries(other.properties)) {
		properties[name] = joined(properties[name], value);
	}
	return { type: 'object', properties };
}
