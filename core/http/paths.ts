import { currentValueHint, RunComfyError } from '../errors';
import type { Client } from './client';

/** One accepted request of a deployment. */
export interface RequestRef {
	deploymentId: string;
	requestId: string;
}

/**
 * Queue paths as in docs.runcomfy.com/serverless/async-queue-endpoints; deployments as in
 * docs.runcomfy.com/mcp/tool-reference; instances as in
 * docs.runcomfy.com/serverless/instance-proxy-endpoints; the balance as github.com/runcomfy-com/runcomfy-cli
 * asks for it.
 *
 * URLs are built here and never taken from an answer: a URL from an answer could point the token at
 * another host.
 */
export function submitUrl(client: Client, deploymentId: string): string {
	return `${queue(client, deploymentId)}/inference`;
}

export function requestUrl(
	client: Client,
	ref: RequestRef,
	leaf: 'status' | 'result' | 'cancel',
): string {
	const { deploymentId, requestId } = checkRef(ref);
	return `${queue(client, deploymentId)}/requests/${encodeURIComponent(requestId)}/${leaf}`;
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

/**
 * The id without surrounding blanks.
 * @throws RunComfyError `invalid_input` when it is empty, longer than 200 characters, or could lead
 * to another path.
 */
export function checkId(id: unknown, what: 'deployment id' | 'request id' | 'instance id'): string {
	const text = Number.isSafeInteger(id) ? String(id) : typeof id === 'string' ? id.trim() : '';
	if (text === '' && typeof (id ?? '') !== 'string') {
		throw new RunComfyError('invalid_input', `The ${what} must be a text`, {
			hint: currentValueHint(id),
		});
	}
	if (text === '') {
		throw new RunComfyError('invalid_input', `The ${what} is empty`, { hint: EMPTY_HINTS[what] });
	}
	if (!canBeId(text)) {
		const article = what === 'instance id' ? 'an' : 'a';
		throw new RunComfyError(
			'invalid_input',
			`"${text.slice(0, 60)}" cannot be ${article} ${what}`,
			{
				hint: `${article === 'an' ? 'An' : 'A'} ${what} is a short text such as 7f2ebf4d-0000-4000-8000-000000000001, with no slashes or blanks in it.`,
			},
		);
	}
	return text;
}

/** Whether a text can be an id: short, and no way to another path. */
export function canBeId(text: string): boolean {
	const tooLong = text.length > 200;
	return text !== '' && !tooLong && !/[/\\?#%\s\p{C}]/u.test(text) && !/^\.+$/.test(text);
}

/** Both ids without surrounding blanks. @throws RunComfyError `invalid_input` */
export function checkRef(ref: RequestRef): RequestRef {
	return {
		deploymentId: checkId(ref.deploymentId, 'deployment id'),
		requestId: checkId(ref.requestId, 'request id'),
	};
}

const EMPTY_HINTS = {
	'deployment id': 'Choose a deployment, or copy its id from the deployment’s page on RunComfy.',
	'request id': 'Use the request id that the submit step gave.',
	'instance id': 'Use the instance id that a status check gives while the request is in progress.',
} as const;

/**
 * A deployment id, or the one in the address of the deployment's page.
 * @throws RunComfyError `invalid_input`
 */
export function toDeploymentId(value: unknown): string {
	if (typeof value !== 'string' || !/^\s*https?:\/\//i.test(value)) {
		return checkId(value, 'deployment id');
	}
	const id = deploymentIdFromUrl(value);
	if (id !== undefined) return checkId(id, 'deployment id');
	throw new RunComfyError(
		'invalid_input',
		`The deployment address names no deployment: ${value.trim().slice(0, 200)}`,
		{
			hint: 'Copy the address of the deployment’s page, which has /deployments/ and the id in it, or choose the deployment from the list.',
		},
	);
}

/** The deployment id in an address of RunComfy's web pages or API, or undefined. */
function deploymentIdFromUrl(url: string): string | undefined {
	return /\/deployments?\/([^/?#\s]{1,200})/.exec(url)?.[1];
}
