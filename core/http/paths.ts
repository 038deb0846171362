import { currentValueHint, invalidInput } from '../errors';
import { trimEnd } from '../text';
import { type Client, DEFAULT_BASE_URL } from './client';

/** The calls about a request, whatever runs it. */
export type Leaf = 'status' | 'result' | 'cancel';

/**
 * Queue paths as in docs.runcomfy.com/serverless/async-queue-endpoints, deployments in …/mcp/tool-reference,
 * instances in …/serverless/instance-proxy-endpoints, models in …/model-apis; the balance as
 * github.com/runcomfy-com/runcomfy-cli asks for it.
 *
 * Never taken from an answer: a URL from an answer could point the token at another host.
 */
export function submitUrl(client: Client, deploymentId: string): string {
	return `${queue(client, deploymentId)}/inference`;
}

export function requestUrl(client: Client, deploymentId: string, id: string, leaf: Leaf): string {
	return `${queue(client, deploymentId)}/requests/${encodeURIComponent(id)}/${leaf}`;
}

const MODEL_HOST = 'https://model-api.runcomfy.net';

export function modelsUrl(client: Client): string {
	// A simulator or a proxy serves both from one address; no other host may see the token.
	const base = client.baseUrl === DEFAULT_BASE_URL ? MODEL_HOST : client.baseUrl;
	return `${base}/v1/models`;
}

/** The slashes of a model id stay, and each part is encoded. */
export function modelUrl(client: Client, modelId: string): string {
	const parts = checkId(modelId, 'model id').split('/');
	return `${modelsUrl(client)}/${parts.map(encodeURIComponent).join('/')}`;
}

export function modelRequestUrl(client: Client, requestId: string, leaf: Leaf): string {
	const url = new URL(`requests/${encodeURIComponent(requestId)}/${leaf}`, modelsUrl(client));
	if (leaf === 'result') url.searchParams.set('include_cost', 'true');
	return url.href;
}

export function deploymentsUrl(client: Client): string {
	return `${client.baseUrl}/prod/v2/deployments`;
}

export function deploymentUrl(client: Client, deploymentId: string): string {
	return `${deploymentsUrl(client)}/${encodeURIComponent(checkId(deploymentId, 'deployment id'))}`;
}

/** @param path checked, so that it leads nowhere else. */
export function instanceUrl(
	client: Client,
	deploymentId: string,
	instanceId: string,
	path: string,
): string {
	const id = encodeURIComponent(checkId(instanceId, 'instance id'));
	return new URL(`${deploymentUrl(client, deploymentId)}/instances/${id}/proxy/${path}`).href;
}

export function balanceUrl(client: Client): string {
	return `${client.baseUrl}/prod/v2/balance`;
}

function queue(client: Client, deploymentId: string): string {
	const id = encodeURIComponent(checkId(deploymentId, 'deployment id'));
	return `${client.baseUrl}/prod/${client.apiVersion}/deployments/${id}`;
}

/** The id without surrounding blanks. @throws RunComfyError `invalid_input`: see `canBeId` */
export function checkId(id: unknown, what: keyof typeof EMPTY_HINTS): string {
	const text = Number.isSafeInteger(id) ? String(id) : typeof id === 'string' ? id.trim() : '';
	if (text === '' && typeof (id ?? '') !== 'string') {
		throw invalidInput(`The ${what} must be a text`, currentValueHint(id));
	}
	if (text === '') throw invalidInput(`The ${what} is empty`, EMPTY_HINTS[what]);
	const isModel = what === 'model id';
	if ((isModel ? text.split('/') : [text]).every(canBeId)) return text;
	const article = what === 'instance id' ? 'an' : 'a';
	const hint = isModel
		? 'A model id is a short text such as blackforestlabs/flux-2/flash/text-to-image, with no blanks in it.'
		: `${article === 'an' ? 'An' : 'A'} ${what} is a short text such as 7f2ebf4d-0000-4000-8000-000000000001, with no slashes or blanks in it.`;
	throw invalidInput(`"${text.slice(0, 60)}" cannot be ${article} ${what}`, hint);
}

/** Whether a text can be an id: short, and no way to another path. */
export function canBeId(text: string): boolean {
	if (text === '' || text.length > 200) return false;
	return !/[/\\?#%\s\p{C}]/u.test(text) && !/^\.+$/.test(text);
}

const EMPTY_HINTS = {
	'deployment id': 'Choose a deployment, or copy its id from the deployment’s page on RunComfy.',
	'model id': 'Choose a model, or copy its id from the model’s page on RunComfy.',
	'request id': 'Use the request id that the submit step gave.',
	'instance id': 'Use the instance id that a status check gives while the request is in progress.',
} as const;

/** Also reads the address of the deployment's page. @throws RunComfyError `invalid_input` */
export function toDeploymentId(value: unknown): string {
	return toId(value, 'deployment', /\/deployments?\/([^/?#\s]+)/);
}

/** Also reads the address of the model's page. @throws RunComfyError `invalid_input` */
export function toModelId(value: unknown): string {
	return toId(value, 'model', /\/models\/([^?#\s]+)/);
}

function toId(value: unknown, what: 'deployment' | 'model', inAddress: RegExp): string {
	const isAddress = typeof value === 'string' && /^\s*https?:\/\//i.test(value);
	if (!isAddress) return checkId(value, `${what} id`);
	const id = inAddress.exec(value)?.[1];
	if (id !== undefined) return checkId(trimEnd(id, /\//), `${what} id`);
	throw invalidInput(
		`The ${what} address names no ${what}: ${value.trim()}`,
		`Copy the address of the ${what}’s page, which has /${what}s/ and the id in it, or choose the ${what} from the list.`,
	);
}
