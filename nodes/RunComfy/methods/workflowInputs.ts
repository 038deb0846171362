import type {
	ILoadOptionsFunctions,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	checkId,
	describeInputs,
	fileInputs,
	isTooLarge,
	loadWorkflow,
	parseWorkflow,
	type WorkflowField,
} from '../../../core';
import { layOutForm, toFieldId } from '../parameters/formFields';
import { isExpression, toInputOptions } from '../parameters/furtherInputs';
import { quoted } from '../parameters/mistakes';
import type { Session } from '../session/session';
import { listOf, loadForm, LOOK_UP } from './lookUp';
import { automatic } from './models';

const LOCATOR = 'deploymentId';

export async function getDeploymentInputs(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	return loadForm(this, {
		service: 'deployment',
		noInputs: 'The workflow of this deployment has no inputs that you can set.',
		async fieldsOf(session, given, inUse) {
			return layOutForm(await readDeployedInputs(session, given), inUse);
		},
	});
}

/** Lists the nodes that load a file, for the rows of Input Files. */
export async function getFileNodes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const ownWorkflow = this.getCurrentNodeParameter('inputMode') === 'workflow';
	const read = ownWorkflow ? readOwn(this) : readDeployedInputs;
	const { inputs, only } = fileInputs(await listOf(this, LOCATOR, read));
	const choices = inputs.map(optionOf);
	return only ? [automatic(optionOf(only)), ...choices] : choices;
}

function optionOf({ nodeId, title, input }: WorkflowField) {
	const name = `${nodeId} · ${title}`;
	return { name, value: toFieldId(nodeId, input), description: `Input: ${input}` };
}

/** Lists all inputs of the workflow, for the rows of Further Inputs. */
export async function listDeploymentInputs(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return listOf(this, LOCATOR, async (session, given) => {
		const { workflow, info } = await readWorkflow(session, given);
		const inputs = describeInputs(workflow, info);
		const options = toInputOptions(inputs);
		return isTooLarge(workflow, inputs) ? [TOO_LARGE, ...options] : options;
	});
}

/** An entry that warns: n8n has no other place for a warning in a list. */
const TOO_LARGE: INodePropertyOptions = {
	name: 'Not All Inputs Are Listed: The Workflow Is Too Large',
	value: '',
	description: 'Set unlisted inputs with an expression, such as 2500.steps (node and input)',
};

async function readDeployedInputs(session: Session, given: unknown): Promise<WorkflowField[]> {
	const { workflow, info } = await readWorkflow(session, given);
	return describeInputs(workflow, info);
}

function readWorkflow({ client, cache: { workflows: cache } }: Session, given: unknown) {
	return loadWorkflow(client, checkId(given, 'deployment id'), { cache, fresh: true, ...LOOK_UP });
}

/** Loads the inputs of the workflow given in the node itself, unless it is known only at run time. */
function readOwn(context: ILoadOptionsFunctions) {
	return async ({ readWorkflow: read }: Session, given: unknown): Promise<WorkflowField[]> => {
		const text = context.getCurrentNodeParameter('workflowApiJson') as unknown;
		const inFile = context.getCurrentNodeParameter('workflowFrom') === 'binary';
		if (inFile || text === '' || text === undefined || isExpression(text)) return [];
		const workflow = parseWorkflow(text, { name: quoted('Workflow') });
		const choice = { deploymentId: checkId(given, 'deployment id'), workflowApiJson: workflow };
		return describeInputs(workflow, (await read(choice)).info);
	};
}
