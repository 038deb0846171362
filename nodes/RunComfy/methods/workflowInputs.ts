import type {
	ILoadOptionsFunctions,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	describeInputs,
	fileInputs,
	type LoadedWorkflow,
	loadWorkflow,
	LOOK_UP_RETRIES,
	onlyFileInput,
	readRunnable,
	someWorkflow,
	toDeploymentId,
	toRunComfyError,
	type WorkflowField,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { toFieldId } from '../parameters/formFields';
import { layOutForm, pricedFields } from '../parameters/formLayout';
import { toInputOptions } from '../parameters/furtherInputs';
import { toHtml } from '../session/html';
import { openSession } from '../session/session';

/** The inputs of the deployment's workflow, as fields of a form. */
export async function getWorkflowInputs(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	const given = deploymentOf(this);
	if (given === undefined) return notice(UNCHOSEN);
	if (isExpression(given)) return keepForm(this, EXPRESSION);
	try {
		const loaded = await readWorkflow(this, given);
		const inputs = describeInputs(loaded.workflow, loaded.info);
		const fields = layOutForm(inputs, inUse(this), pricedFields(inputs, loaded));
		return fields.length > 0 ? { fields } : notice(NO_INPUTS);
	} catch (thrown) {
		const { message, hint } = toRunComfyError(thrown, 'bad_response');
		return keepForm(this, `The inputs could not be loaded. ${message}. ${hint}`);
	}
}

/** The nodes that load a file, for the rows of Input Files. */
export async function getFileNodes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const ownWorkflow = this.getCurrentNodeParameter('inputMode') === 'workflow';
	const inputs = fileInputs(await inputsToChoose(this, ownWorkflow ? readOwn : readInputs));
	const chosen = chosenNodes(this);
	const only = onlyFileInput(inputs);
	const automatic = only && {
		name: `Automatic: ${nameOf(only)}`,
		value: '',
		description: `Input: ${only.input}`,
	};
	const choices = inputs.flatMap((field) => {
		const { nodeId, input } = field;
		const name = nameOf(field);
		const option = { name, value: toFieldId(nodeId, input), description: `Input: ${input}` };
		return chosen.has(nodeId) ? [option, { name, value: nodeId }] : [option];
	});
	return automatic ? [automatic, ...choices] : choices;
}

function nameOf({ nodeId, title }: WorkflowField): string {
	return `${nodeId} · ${title}`;
}

/** All inputs of the workflow, for the rows of Further Inputs. */
export async function getInputs(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return toInputOptions(await inputsToChoose(this));
}

/** None until a deployment is known. @throws NodeOperationError | NodeApiError for n8n to show */
async function inputsToChoose(
	context: ILoadOptionsFunctions,
	read = readInputs,
): Promise<WorkflowField[]> {
	const given = deploymentOf(context);
	if (given === undefined || isExpression(given)) return [];
	return read(context, given).catch((thrown: unknown) =>
		Promise.reject(toNodeError(thrown, { node: context.getNode() })),
	);
}

/** The nodes of the rows of Input Files: n8n marks a value as wrong if no choice has it. */
function chosenNodes(context: ILoadOptionsFunctions): Set<unknown> {
	const given = (context.getCurrentNodeParameter('inputFiles') ?? {}) as Record<
		string,
		Array<{ nodeId?: unknown }> | undefined
	>;
	return new Set(Object.values(given).flatMap((rows = []) => rows.map(({ nodeId }) => nodeId)));
}

async function readInputs(
	context: ILoadOptionsFunctions,
	given: unknown,
): Promise<WorkflowField[]> {
	const { workflow, info } = await readWorkflow(context, given);
	return describeInputs(workflow, info);
}

async function readWorkflow(
	context: ILoadOptionsFunctions,
	given: unknown,
): Promise<LoadedWorkflow> {
	const deploymentId = toDeploymentId(given);
	const { client, workflows: cache } = await openSession(context);
	const options = { cache, fresh: true, retries: LOOK_UP_RETRIES };
	return loadWorkflow(client, deploymentId, options);
}

/** The inputs of the workflow in the node itself, if it can be read before the node runs. */
async function readOwn(context: ILoadOptionsFunctions, given: unknown): Promise<WorkflowField[]> {
	const text = context.getCurrentNodeParameter('workflowApiJson') as unknown;
	const inFile = context.getCurrentNodeParameter('workflowFrom') === 'binary';
	if (inFile || text === '' || text === undefined || isExpression(text)) return [];
	const deploymentId = toDeploymentId(given);
	const { readWorkflow } = await openSession(context);
	const own = someWorkflow(text, { name: 'Workflow' });
	const { workflow, info } = await readRunnable(readWorkflow, deploymentId, own);
	return describeInputs(workflow, info);
}

function deploymentOf(context: ILoadOptionsFunctions): unknown {
	const given = context.getCurrentNodeParameter('deploymentId') as unknown;
	const value =
		typeof given === 'object' && given !== null ? (given as { value?: unknown }).value : given;
	return value === '' ? undefined : (value ?? '=');
}

// n8n sends the value of an expression, or nothing if it has none yet.
function isExpression(value: unknown): boolean {
	return typeof value === 'string' && value.startsWith('=');
}

/** n8n shows no error here. Without its fields it would drop what the user has filled in. */
function keepForm(context: ILoadOptionsFunctions, why: string): ResourceMapperFields {
	const fields = fieldsBefore(context);
	return fields.length > 0 ? { fields } : notice(why);
}

/** The fields that the form shows already: without them n8n would drop their values. */
function inUse(context: ILoadOptionsFunctions): Set<string> {
	const shown = fieldsBefore(context).filter(({ removed }) => removed !== true);
	return new Set(shown.map(({ id }) => id));
}

function fieldsBefore(context: ILoadOptionsFunctions): ResourceMapperField[] {
	const before = context.getCurrentNodeParameter('workflowInputs');
	return typeof before === 'object' &&
		before !== null &&
		'schema' in before &&
		Array.isArray(before.schema)
		? (before.schema as ResourceMapperField[])
		: [];
}

function notice(text: string): ResourceMapperFields {
	return { fields: [], emptyFieldsNotice: toHtml(text) };
}

const UNCHOSEN = 'Choose a deployment. Its inputs become the fields of this form.';

const EXPRESSION =
	'The deployment comes from an expression that has no value yet, so its inputs are not known. Choose the deployment from the list, execute the nodes before this one, or set Input Mode to JSON.';

const NO_INPUTS = 'The workflow of this deployment has no inputs that you can set.';
