import { asObject, compact, isObject, textOf, type JsonObject } from './answers';
import type { Client } from './client';
import { RunComfyError } from './errors';
import { exchange, type CallOptions } from './exchange';
import type { WorkflowApiJson } from './overrides';
import { deploymentsUrl, deploymentUrl } from './paths';
import { READ_RETRIES } from './retry';
import { READ_TIMEOUT_MS } from './status';

export interface Deployment {
	id: string;
	name: string;
	workflow_id?: string;
	workflow_version?: string;
	/** Exactly one SKU, such as `AMPERE_48`. */
	hardware?: unknown;
	min_instances?: number;
	max_instances?: number;
	queue_size?: number;
	keep_warm_duration_in_seconds?: number;
	/** Free text of the service, such as `standby`. */
	status?: string;
	is_enabled?: boolean;
	created_at?: string;
	updated_at?: string;
	/** Only when asked for with `includes: ['payload']`. */
	payload?: DeploymentPayload;
	readme?: string;
}

export interface DeploymentPayload {
	/** The saved workflow, API format. */
	workflow_api_json?: WorkflowApiJson;
	overrides?: JsonObject;
	/** Address of ComfyUI's object_info for the deployment: types and choices of every input. */
	object_info_url?: string;
}

export type DeploymentInclude = 'payload' | 'readme';

/** `GET /prod/v2/deployments`: all of the account; the service does not page. @throws RunComfyError */
export async function listDeployments(
	client: Client,
	query: { ids?: readonly string[]; includes?: readonly DeploymentInclude[] } = {},
	options: CallOptions = {},
): Promise<Deployment[]> {
	const url = withQuery(deploymentsUrl(client), query);
	const body = await exchange(
		client,
		{ method: 'GET', url, timeoutMs: READ_TIMEOUT_MS, facts: {} },
		{ ...options, retries: options.retries ?? READ_RETRIES },
	);
	const list = Array.isArray(body) ? body : asObject(body)['deployments'];
	if (!Array.isArray(list)) {
		throw new RunComfyError('bad_response', 'The answer holds no list of deployments');
	}
	return list.filter(isObject).map(readDeployment);
}

/** `GET /prod/v2/deployments/{id}`. @throws RunComfyError */
export async function getDeployment(
	client: Client,
	deploymentId: string,
	query: { includes?: readonly DeploymentInclude[] } = {},
	options: CallOptions = {},
): Promise<Deployment> {
	const body = await exchange(
		client,
		{
			method: 'GET',
			url: withQuery(deploymentUrl(client, deploymentId), query),
			timeoutMs: READ_TIMEOUT_MS,
			facts: { deploymentId },
		},
		{ ...options, retries: options.retries ?? READ_RETRIES },
	);
	return readDeployment(asObject(body));
}

export function readDeployment(raw: JsonObject): Deployment {
	const payload = raw['payload'];
	return {
		...raw,
		id: String(raw['id'] ?? ''),
		name: textOf(raw['name']) ?? String(raw['id'] ?? ''),
		...compact({ payload: isObject(payload) ? (payload as DeploymentPayload) : undefined }),
	};
}

function withQuery(
	url: string,
	query: { ids?: readonly string[]; includes?: readonly string[] },
): string {
	const params = new URLSearchParams();
	for (const id of query.ids ?? []) params.append('ids', id);
	for (const include of query.includes ?? []) params.append('includes', include);
	return params.size > 0 ? `${url}?${params}` : url;
}
