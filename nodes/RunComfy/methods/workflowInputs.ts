import type {
	ILoadOptionsFunctions,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	describeInputs,
	loadWorkflow,
	runnableWorkflow,
	someWorkflow,
	toDeploymentId,
	toRunComfyError,
	type WorkflowField,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { toFormField } from '../parameters/formFields';
import { toFileTarget } from '../parameters/inputFiles';
import { toHtml } from '../session/html';
import { openSession } from '../session/session';
import { FORM_RETRIES } from './retries';

/** The inputs of the chosen deployment's workflow, as fields of a form. */
export async function getWorkflowInputs(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	const given = deploymentOf(this);
	if (given === undefined) return notice(UNCHOSEN);
	if (isExpression(given)) return asBefore(this, EXPRESSION);
	try {
		const fields = (await readInputs(this, given)).map(toFormField);
		return fields.length > 0 ? { fields } : notice(NO_INPUTS);
	} catch (thrown) {
		const { message, hint } = toRunComfyError(thrown, 'bad_response');
		return asBefore(this, `The inputs could not be loaded. ${message}. ${hint}`);
	}
}

/** The nodes that load a file, for the rows of Input Files. */
export async function getFileNodes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const given = deploymentOf(this);
	if (given === undefined || isExpression(given)) return [];
	const read = this.getCurrentNodeParameter('inputMode') === 'workflow' ? readOwn : readInputs;
	const fields = await read(this, given).catch((thrown: unknown) =>
		Promise.reject(toNodeError(thrown, { node: this.getNode() })),
	);
	const chosen = chosenNodes(this);
	return fields
		.filter(({ spec }) => spec.kind === 'media')
		.flatMap(({ nodeId, title, input }) => {
			const target = toFileTarget(nodeId, input);
			const option = {
				name: `${nodeId} · ${title}`,
				value: target,
				description: `Input: ${input}`,
			};
			const before = target !== nodeId && chosen.has(nodeId);
			return before ? [option, { name: option.name, value: nodeId }] : [option];
		});
}

/** What rows of Input Files hold: n8n marks a value as wrong that is in no choice. */
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
	const deploymentId = toDeploymentId(given);
	const { client, workflows: cache } = await openSession(context);
	const options = { cache, fresh: true, retries: FORM_RETRIES };
	const { workflow, info } = await loadWorkflow(client, deploymentId, options);
	return describeInputs(workflow, info);
}

/** Those of the workflow that the node itself holds, where it can be read before the node runs. */
async function readOwn(context: ILoadOptionsFunctions, given: unknown): Promise<WorkflowField[]> {
	const text = context.getCurrentNodeParameter('workflowApiJson') as unknown;
	const inFile = context.getCurrentNodeParameter('workflowFrom') === 'binary';
	if (inFile || text === '' || text === undefined || isExpression(text)) return [];
	const deploymentId = toDeploymentId(given);
	const { readWorkflow } = await openSession(context);
	const own = someWorkflow(text, { name: 'Workflow' });
	const workflowApiJson = await runnableWorkflow(readWorkflow, deploymentId, own);
	const { info } = await readWorkflow({ deploymentId, workflowApiJson });
	return describeInputs(workflowApiJson, info);
}

function deploymentOf(context: ILoadOptionsFunctions): unknown {
	const given = context.getCurrentNodeParameter('deploymentId') as unknown;
	const value =
		typeof given === 'object' && given !== null ? (given as { value?: unknown }).value : given;
	return value === '' ? undefined : (value ?? '=');
}

// n8n sends the value of an expression, and nothing where it has none yet.
function isExpression(value: unknown): boolean {
	return typeof value === 'string' && value.startsWith('=');
}

/** Without the fields n8n would drop what the user has filled in; it shows no error here. */
function asBefore(context: ILoadOptionsFunctions, why: string): ResourceMapperFields {
	const fields = fieldsBefore(context);
	return fields.length > 0 ? { fields } : notice(why);
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

const UNCHOSEN = 'Choose a deployment: its inputs become the fields of this form.';

const EXPRESSION =
	'The deployment comes from an expression that has no value here yet, so its inputs are not known. Choose the deployment from the list, execute the nodes before this one, or set Input Mode to JSON.';

const NO_INPUTS = 'The workflow of this deployment has no inputs to set.';
