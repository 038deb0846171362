import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { listDeployments, type ListedDeployment, listedDeployments } from '../../../core';
import { LOOK_UP, lookUp } from './lookUp';

/** The account's deployments whose name or id contains the filter, by name. */
export async function searchDeployments(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const deployments = await lookUp(this, ({ client }) => listDeployments(client, {}, LOOK_UP));
	const wanted = filter.trim().toLowerCase();
	const results = listedDeployments(deployments)
		.filter(({ id, name }) => `${name}\n${id}`.toLowerCase().includes(wanted))
		.map((deployment) => ({ name: labelOf(deployment), value: deployment.id }));
	return { results };
}

export async function getDeployments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return (await searchDeployments.call(this)).results;
}

function labelOf({ id, name, disabled, ambiguous }: ListedDeployment): string {
	return `${name}${ambiguous ? ` · ${id}` : ''}${disabled ? ' (disabled)' : ''}`;
}
