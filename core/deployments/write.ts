import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, type FailedAttempt, tryExchange } from '../http/exchange';
import { checkId, deploymentUrl } from '../http/paths';
import { stringifyJson } from '../json/numbers';
import { asObject, asString } from '../json/objects';
import { type Deployment, getDeployment, OF_DEPLOYMENTS, readDeployment } from './read';
import { checkInstances, type DeploymentChanges, deploymentFieldLabel } from './settings';

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
	const last = await tryExchange(
		client,
		{
			method: 'PATCH',
			url: deploymentUrl(client, id),
			body: stringifyJson(body),
			idempotent: true,
			facts: { deploymentId: id },
			...OF_DEPLOYMENTS,
			read: (body) => (body === null ? undefined : readDeployment(body)),
		},
		options,
	);
	if (!last.ok) throw nameFields(last);
	return last.value ?? getDeployment(client, id, {}, options);
}

async function withName(
	client: Client,
	deploymentId: string,
	changes: DeploymentChanges,
	options: CallOptions,
): Promise<DeploymentChanges> {
	const present = await getDeployment(client, deploymentId, {}, options);
	if ('min_instances' in changes || 'max_instances' in changes) {
		checkInstances({ ...present, ...changes });
	}
	// For a deployment without a name, `name` is its id, which must not be saved as the name.
	return present.name === present.id ? changes : { name: present.name, ...changes };
}

/** Rewrites a refusal to use the labels that users know the fields by. */
function nameFields({ error }: FailedAttempt): RunComfyError {
	const detail = error.details?.['detail'];
	if (error.code !== 'invalid_request' || !Array.isArray(detail)) return error;
	const refusals = detail.map(asObject).flatMap(({ loc, msg }) => {
		const label = Array.isArray(loc) ? deploymentFieldLabel(asString(loc.at(-1)) ?? '') : undefined;
		return label === undefined || typeof msg !== 'string' ? [] : [`${label}: ${msg}`];
	});
	return refusals.length === 0
		? error
		: new RunComfyError(error.code, `RunComfy refused ${refusals.join('; ')}`, { ...error });
}
