import { type ErrorCode, RunComfyError } from '../errors';
import type { Client } from '../http/client';
import {
	type CallOptions,
	type FailedAttempt,
	mayHaveTakenEffect,
	tryExchange,
} from '../http/exchange';
import { checkId, deploymentsUrl, deploymentUrl } from '../http/paths';
import { stringifyJson } from '../json/numbers';
import { asObject, asString } from '../json/objects';
import { type Deployment, getDeployment, OF_DEPLOYMENTS, readDeployment } from './read';
import {
	checkInstances,
	type DeploymentChanges,
	deploymentFieldLabel,
	type DeploymentFields,
} from './settings';

/**
 * `POST /prod/v2/deployments`. The call has no idempotency key, so it is retried only in the cases where a submit
 * is.
 * @throws RunComfyError `submit_unconfirmed` if the deployment may or may not exist now
 */
export async function createDeployment(
	client: Client,
	fields: DeploymentFields,
	options: CallOptions = {},
): Promise<Deployment> {
	const { name } = fields;
	const duplicateHint = `Look for "${name}" among ${listIn(client)} before you create it again: it may exist, and cost if it keeps instances running.`;
	const last = await tryExchange(
		client,
		{
			method: 'POST',
			url: deploymentsUrl(client),
			body: stringifyJson(fields),
			...OF_DEPLOYMENTS,
			read: readDeployment,
		},
		options,
	).catch((thrown: unknown) => {
		const aborted = thrown instanceof RunComfyError && thrown.code === 'aborted';
		throw aborted ? thrown.with({ hint: duplicateHint }) : thrown;
	});
	if (last.ok) return last.value;
	if (mayHaveTakenEffect(last)) {
		const { message, httpStatus, details } = last.error;
		throw new RunComfyError(
			'submit_unconfirmed',
			`It is not known whether RunComfy created the deployment "${name}": ${message}`,
			{ httpStatus, details, hint: duplicateHint },
		);
	}
	const error = nameFields(last);
	const hint = CREATE_HINTS[error.code];
	throw hint === undefined ? error : error.with({ hint });
}

/** Hints for refusals of a new deployment, which replace those for an existing one. */
const CREATE_HINTS: Partial<Record<ErrorCode, string>> = {
	not_found:
		'Check the Workflow ID, and the version: RunComfy knows no such workflow among those that you have saved to its cloud.',
	forbidden:
		'The account of this token may not deploy the workflow. Check the Workflow ID: it must be a workflow of this account.',
	insufficient_funds:
		'Top up your RunComfy balance, then create it again. No deployment was created.',
	deployment_disabled: 'RunComfy has created no deployment. Look at the account on RunComfy.',
	deployment_deleted: 'RunComfy has created no deployment. Check the Workflow ID.',
};

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

/**
 * `DELETE /prod/v2/deployments/{id}`: permanent. If a retry no longer finds the deployment, the first call deleted
 * it.
 * @throws RunComfyError
 */
export async function deleteDeployment(
	client: Client,
	deploymentId: string,
	options: CallOptions = {},
): Promise<{ deleted: true; id: string }> {
	const id = checkId(deploymentId, 'deployment id');
	const deleted = { deleted: true, id } as const;
	let mayBeGone = false;
	const facts = { deploymentId: id };
	const call = {
		method: 'DELETE',
		url: deploymentUrl(client, id),
		facts,
		read: () => deleted,
	} as const;
	const last = await tryExchange(client, call, {
		...options,
		onRepeat: ({ notTaken }) => void (mayBeGone ||= !notTaken),
	});
	if (last.ok) return last.value;
	const { error } = last;
	if (mayBeGone && (error.code === 'not_found' || error.code === 'deployment_deleted'))
		return deleted;
	if (!mayBeGone && !mayHaveTakenEffect(last)) throw error;
	throw error.with({
		hint: `It may be gone. Look among ${listIn(client)} before you delete it again.`,
	});
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

function listIn({ host }: Client): string {
	return host.labels ? `your deployments (${host.labels.deploymentList})` : 'your deployments';
}
