import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { type Deployment, listDeployments } from '../../../core';
import { toNodeError } from '../items/errors';
import { openSession } from '../session/session';
import { FORM_RETRIES } from './retries';

/** The account's deployments whose name or id holds the filter, by name. */
export async function searchDeployments(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const session = await openSession(this).catch((thrown: unknown) =>
		Promise.reject(toNodeError(thrown, { node: this.getNode() })),
	);
	const deployments = await listDeployments(session.client, {}, { retries: FORM_RETRIES }).catch(
		(thrown: unknown) =>
			Promise.reject(toNodeError(thrown, { node: this.getNode(), secrets: session.secrets })),
	);
	const wanted = filter?.trim().toLowerCase() ?? '';
	return {
		results: deployments
			.filter(({ id, name }) => `${name}\n${id}`.toLowerCase().includes(wanted))
			.sort((a, b) => a.name.localeCompare(b.name))
			.map((deployment) => ({ name: label(deployment), value: deployment.id })),
	};
}

function label({ name, is_enabled }: Deployment): string {
	return is_enabled === false ? `${name} (disabled)` : name;
}
