// The node's answers to n8n's editor, and the parameters that the editor stores.
import { createRequire } from 'node:module';
import type * as Core from 'n8n-core';
import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	INodeType,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import { byId, type Json, type Rig, workflowOf } from './rig.mts';

const require = createRequire(import.meta.url);

type Method = (this: ILoadOptionsFunctions, ...args: string[]) => Promise<unknown>;

/** Calls a method of the node as n8n's editor does. `parameters` have resolved expressions. */
async function load<T>(
	{ engine }: Rig,
	name: string,
	parameters: Json,
	...args: string[]
): Promise<T> {
	const { LoadOptionsContext } = require('n8n-core') as typeof Core;
	const { nodeTypes, workflow: toWorkflow, additionalData } = engine.internals;
	const type = nodeTypes.getByNameAndVersion('n8n-nodes-runcomfy.runComfy', 1) as INodeType;
	const json = workflowOf({ parameters: { operation: 'runAndWait', ...parameters } });
	const workflow = toWorkflow(json);
	const data = { ...additionalData(json), currentNodeParameters: parameters as never };
	const node = workflow.getNode('Step 1')!;
	const context = new LoadOptionsContext(workflow, node, data, 'parameters.workflowInputs');
	const { resourceMapping, loadOptions, listSearch } = type.methods!;
	const methods = { ...resourceMapping, ...loadOptions, ...listSearch };
	const method = methods[name] as Method;
	return (await method.call(context as unknown as ILoadOptionsFunctions, ...args)) as T;
}

const open = (name: string) => (rig: Rig, parameters: Json) =>
	load<ResourceMapperFields>(rig, name, parameters);

export const openForm = open('getDeploymentInputs');
export const openModelForm = open('getModelInputs');

const list = (name: string) => (rig: Rig, parameters: Json) =>
	load<INodePropertyOptions[]>(rig, name, parameters);

export const openInputs = (rig: Rig, parameters: Json) =>
	list('modelId' in parameters ? 'listModelInputs' : 'listDeploymentInputs')(rig, parameters);

export const searchDeployments = async (rig: Rig, ...filter: string[]) =>
	(await load<INodeListSearchResult>(rig, 'searchDeployments', {}, ...filter)).results;

export const searchModels = (rig: Rig, ...filter: string[]) =>
	load<INodeListSearchResult>(rig, 'searchModels', {}, ...filter);

export const openCategories = (rig: Rig) =>
	load<INodePropertyOptions[]>(rig, 'getModelCategories', {});

/** The parameter as n8n's editor saves it after the form has loaded and `set` was filled in. */
export function fillForm(fields: readonly ResourceMapperField[], set: Json = {}): Json {
	const schema = fields.map((field) => ({
		...field,
		removed: field.removed === true && !(field.id in set),
	}));
	const shown = schema.filter(({ removed }) => !removed);
	const defaults = shown.map(({ id, defaultValue }) => [id, defaultValue ?? null] as const);
	const value = { ...Object.fromEntries(defaults), ...set };
	const kept = Object.entries(value).filter(([, entry]) => entry !== null);
	return {
		mappingMode: 'defineBelow',
		value: Object.fromEntries(kept),
		matchingColumns: [],
		schema,
	};
}

/** A filled form of one of the simulator's deployments. */
export async function filled(
	rig: Rig,
	name: keyof Rig['simulator']['deploymentIds'],
	set: Json = {},
): Promise<Json> {
	const deploymentId = byId(rig.simulator.deploymentIds[name]);
	const { fields } = await openForm(rig, { deploymentId });
	rig.simulator.requests.length = 0;
	return { deploymentId, workflowInputs: fillForm(fields, set) };
}
