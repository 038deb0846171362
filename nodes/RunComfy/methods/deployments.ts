import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import {
	listDeployments,
	type ListedDeployment,
	listedDeployments,
	LOOK_UP_RETRIES,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { openSession } from '../session/session';

/** The account's deployments whose name or id contains the filter, by name. */
export async function searchDeployments(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	return { results: await findDeployments(this, filter) };
}

/** The account's deployments, by name. */
export async function getDeployments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return findDeployments(this);
}

/** @throws NodeOperationError | NodeApiError for n8n to show */
async function findDeployments(context: ILoadOptionsFunctions, filter = '') {
	const node = context.getNode();
	const session = await openSession(context).catch((thrown: unknown) =>
		Promise.reject(toNodeError(thrown, { node })),
	);
	const { client, secrets } = session;
	const deployments = await listDeployments(client, {}, { retries: LOOK_UP_RETRIES }).catch(
		(thrown: unknown) => Promise.reject(toNodeError(thrown, { node, secrets })),
	);
	const wanted = filter.trim().toLowerCase();
	return listedDeployments(deployments)
		.filter(({ id, name }) => `${name}\n${id}`.toLowerCase().includes(wanted))
		.map((deployment) => ({ name: labelOf(deployment), value: deployment.id }));
}

function labelOf({ id, name, disabled, ambiguous }: ListedDeployment): string {
	return `${name}${ambiguous ? ` · ${id}` : ''}${disabled ? ' (disabled)' : ''}`;
}
