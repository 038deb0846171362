import { ANSWER_BYTES } from '../defaults';
import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkId, deploymentsUrl, deploymentUrl } from '../http/paths';
import {
	asId,
	asObject,
	asString,
	expectList,
	expectObject,
	isObject,
	type JsonObject,
} from '../json/objects';
import type { DeploymentChanges } from './settings';

/** A deployment as the API returns it. Fields that are not listed here are kept, too. */
export interface Deployment extends Omit<DeploymentChanges, 'name' | 'hardware'> {
	/** Id of the workflow saved in the account. */
	workflow_id?: string;
	id: string;
	name: string;
	/** Exactly one SKU, such as `AMPERE_48`. */
	hardware?: unknown;
	/** Free text from the service, such as `standby`. */
	status?: string;
	created_at?: string;
	updated_at?: string;
	/** Present with `includes: ['payload']`; the service may also send it otherwise. */
	payload?: DeploymentPayload;
	readme?: string;
}

interface DeploymentPayload {
	/** The saved workflow in API format. Integers beyond 2^53 (seeds) are `bigint`. */
	workflow_api_json?: Record<string, { class_type: string; inputs: JsonObject }>;
	overrides?: JsonObject;
	/** URL of ComfyUI's object_info for the deployment, which lists the types and choices of every input. */
	object_info_url?: string;
}

type DeploymentInclude = 'payload' | 'readme';

/** Options for calls that return deployments. A saved workflow may have seeds beyond 2^53. */
export const OF_DEPLOYMENTS = { maxBytes: ANSWER_BYTES.deployments, exactIntegers: true } as const;

interface Query {
	includes?: readonly DeploymentInclude[];
}

/**
 * `GET /prod/v2/deployments` (docs.runcomfy.com/mcp/tool-reference): all deployments of the account. The service
 * does not paginate.
 * @throws RunComfyError
 */
export async function listDeployments(
	client: Client,
	query: Query = {},
	options: CallOptions = {},
): Promise<Deployment[]> {
	const url = withIncludes(deploymentsUrl(client), query);
	return exchange(client, { ...OF_DEPLOYMENTS, url, read: readList }, options);
}

/** `GET /prod/v2/deployments/{id}`. @throws RunComfyError */
export async function getDeployment(
	client: Client,
	deploymentId: string,
	query: Query = {},
	options: CallOptions = {},
): Promise<Deployment> {
	const url = withIncludes(deploymentUrl(client, deploymentId), query);
	const facts = { deploymentId: checkId(deploymentId, 'deployment id') };
	return exchange(client, { ...OF_DEPLOYMENTS, url, facts, read: readDeployment }, options);
}

/** One deployment in a list to choose from. */
export interface ListedDeployment {
	id: string;
	name: string;
	disabled: boolean;
	/** Whether another deployment has the same name, so that only the id tells them apart. */
	ambiguous: boolean;
	/** Set if the deployment is known to have no workflow (see `isLora`). */
	lora?: true;
}

/**
 * Whether a deployment runs a LoRA on its base model instead of a workflow. Undefined without the payload, since
 * only the payload shows whether there is a workflow.
 */
export function isLora({ payload }: { payload?: DeploymentPayload | undefined }) {
	if (!payload) return undefined;
	return (payload.workflow_api_json ?? undefined) === undefined && !payload.object_info_url;
}

/** Deployments as both hosts list them, sorted by name. */
export function listedDeployments(deployments: readonly Deployment[]): ListedDeployment[] {
	const counts = new Map<string, number>();
	for (const { name } of deployments) counts.set(name, (counts.get(name) ?? 0) + 1);
	return deployments
		.map(({ id, name, is_enabled, payload }) => ({
			id,
			name,
			disabled: is_enabled === false,
			ambiguous: counts.get(name) !== 1,
			...(isLora({ payload }) ? { lora: true as const } : {}),
		}))
		.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

// The answer is a bare list; one of RunComfy's official clients also accepts a list under `deployments`.
function readList(body: unknown): Deployment[] {
	const list = Array.isArray(body) ? body : asObject(body)['deployments'];
	return expectList(list, 'deployments')
		.filter((entry) => asId(asObject(entry)['id']) !== undefined)
		.map(readDeployment);
}

/** @throws RunComfyError `bad_response` */
export function readDeployment(body: unknown): Deployment {
	const raw = expectObject(body, 'deployment');
	const id = asId(raw['id']);
	if (id === undefined)
		throw new RunComfyError('bad_response', 'The answer holds no deployment id');
	const { payload, ...rest } = raw;
	return {
		...rest,
		id,
		name: asString(raw['name']) ?? id,
		...(isObject(payload) ? { payload: payload as DeploymentPayload } : {}),
	};
}

function withIncludes(url: string, { includes = [] }: Query): string {
	return includes.length > 0 ? `${url}?includes=${includes.join('&includes=')}` : url;
}
