import type {
	ILoadOptionsFunctions,
	INodePropertyOptions,
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
import { openSession } from '../session/session';
import { chosenIn, inUse, isExpression, keepForm, notice } from './form';
import { modelInputsToChoose } from './models';

/** The inputs of the deployment's workflow, as fields of a form. */
export async function getWorkflowInputs(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	const given = deploymentOf(this);
	if (given === undefined) return notice(UNCHOSEN);
	if (isExpression(given)) return keepForm(this, FORM, EXPRESSION);
	try {
		const loaded = await readWorkflow(this, given);
		const inputs = describeInputs(loaded.workflow, loaded.info);
		const fields = layOutForm(inputs, inUse(this, FORM), pricedFields(inputs, loaded));
		return fields.length > 0 ? { fields } : notice(NO_INPUTS);
	} catch (thrown) {
		const { message, hint, details } = toRunComfyError(thrown, 'bad_response');
		if (details?.['reason'] === 'lora') return notice(LORA);
		return keepForm(this, FORM, `The inputs could not be loaded. ${message}. ${hint}`);
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

/** All inputs of the workflow or model, for the rows of Further Inputs. */
export async function getInputs(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const ofModel = this.getCurrentNodeParameter('resource') === 'model';
	return toInputOptions(await (ofModel ? modelInputsToChoose : inputsToChoose)(this));
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
	return chosenIn(context, 'deploymentId');
}

const FORM = 'workflowInputs';

const UNCHOSEN = 'Choose a deployment. Its inputs become the fields of this form.';

const LORA = 'This is a LoRA deployment: it has no workflow. Set Input Mode to Direct Inputs.';

const EXPRESSION =
	'The deployment comes from an expression that has no value yet, so its inputs are not known. Choose the deployment from the list, execute the nodes before this one, or set Input Mode to JSON.';

const NO_INPUTS = 'The workflow of this deployment has no inputs that you can set.';
