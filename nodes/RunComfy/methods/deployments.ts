import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	describeInputs,
	isTooLarge,
	listDeployments,
	type ListedDeployment,
	listedDeployments,
	loadWorkflow,
	type WorkflowField,
} from '../../../core';
import { toInputOptions } from '../parameters/furtherInputs';
import type { Session } from '../session/session';
import { listChoices, loadForm, LOOK_UP, readForEditor } from './editor';

/** Finds the account's deployments whose name or id contains the filter, sorted by name. */
export async function searchDeployments(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const deployments = await readForEditor(this, ({ client }) =>
		listDeployments(client, {}, LOOK_UP),
	);
	const wanted = filter.trim().toLowerCase();
	const results = listedDeployments(deployments)
		.filter(({ id, name }) => `${name}\n${id}`.toLowerCase().includes(wanted))
		.map((deployment) => ({ name: deploymentLabel(deployment), value: deployment.id }));
	return { results };
}

export async function getDeployments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return (await searchDeployments.call(this)).results;
}

function deploymentLabel({ id, name, disabled, ambiguous }: ListedDeployment): string {
	return `${name}${ambiguous ? ` · ${id}` : ''}${disabled ? ' (disabled)' : ''}`;
}

export async function getDeploymentInputs(
	this: ILoadOptionsFunctions,
): Promise<ResourceMapperFields> {
	return loadForm(this, 'deployment', {
		noInputs: 'The workflow of this deployment has no inputs that you can set.',
		readInputs: readDeployedInputs,
	});
}

/** Lists all inputs of the workflow, for the rows of Further Inputs. */
export async function listDeploymentInputs(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return listChoices(this, 'deployment', async (session, id) => {
		const { workflow, info } = await loadDeployed(session, id);
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

async function readDeployedInputs(session: Session, id: string): Promise<WorkflowField[]> {
	const { workflow, info } = await loadDeployed(session, id);
	return describeInputs(workflow, info);
}

function loadDeployed({ client, cache }: Session, id: string) {
	return loadWorkflow(client, id, cache, LOOK_UP);
}
