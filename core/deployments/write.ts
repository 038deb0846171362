import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkId, deploymentUrl } from '../http/paths';
import { stringifyJson } from '../json/numbers';
import { type Deployment, getDeployment, OF_DEPLOYMENTS, readDeployment } from './read';
import type { DeploymentChanges } from './settings';

/**
 * `PATCH /prod/v2/deployments/{id}`. The service refuses a change without a name
 * (github.com/runcomfy-com/runcomfy-mcp; not documented), so the current name is sent if none is given. Retried
 * like a read, since the call only sets values.
 * @throws RunComfyError
 */
export async function updateDeployment(
	client: Client,
	deploymentId: string,
	changes: DeploymentChanges,
	options: CallOptions = {},
): Promise<Deployment> {
	const id = checkId(deploymentId, 'deployment id');
	const body = changes.name === undefined ? await withName(client, id, changes, options) : changes;
	const changed = await exchange(
		client,
		{
			method: 'PATCH',
			url: deploymentUrl(client, id),
			body: stringifyJson(body),
			idempotent: true,
			facts: { deploymentId: id },
			...OF_DEPLOYMENTS,
			read: (answer) => (answer === null ? undefined : readDeployment(answer)),
		},
		options,
	);
	return changed ?? getDeployment(client, id, {}, options);
}

async function withName(
	client: Client,
	deploymentId: string,
	changes: DeploymentChanges,
	options: CallOptions,
): Promise<DeploymentChanges> {
	const { id, name } = await getDeployment(client, deploymentId, {}, options);
	// For a deployment without a name, `name` is its id, which must not be saved as the name.
	return name === id ? changes : { name, ...changes };
}
