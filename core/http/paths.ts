import { currentValueHint, invalidInput } from '../errors';
import { requestIn, type RequestRef, type Target } from '../target';
import { trimEnd } from '../text';
import { type Client, DEFAULT_BASE_URL } from './client';

/** The calls about a request, for any kind of target. */
export type Leaf = 'status' | 'result' | 'cancel';

/**
 * The paths are from docs.runcomfy.com/serverless/async-queue-endpoints (queue), …/mcp/tool-reference (deployments),
 * …/model-apis (models), and github.com/runcomfy-com/runcomfy-cli (balance).
 *
 * URLs are never taken from an answer, because they could send the token to another server.
 */
export function submitUrl(client: Client, { deploymentId, modelId }: Target): string {
	if (deploymentId === undefined) return modelUrl(client, modelId);
	return `${queue(client, deploymentId)}/inference`;
}

/** A model's result names its cost (`include_cost`, docs.runcomfy.com/model-apis). */
export function requestUrl(client: Client, ref: RequestRef, leaf: Leaf): string {
	const { deploymentId, requestId } = ref;
	const path = `requests/${encodeURIComponent(requestId)}/${leaf}`;
	if (deploymentId !== undefined) return `${queue(client, deploymentId)}/${path}`;
	const url = new URL(path, modelsUrl(client));
	if (leaf === 'result') url.searchParams.set('include_cost', 'true');
	return url.href;
}

const MODEL_BASE_URL = 'https://model-api.runcomfy.net';

export function modelsUrl(client: Client): string {
	// A simulator or a proxy serves both APIs at one address. No other server may see the token.
	const base = client.baseUrl === DEFAULT_BASE_URL ? MODEL_BASE_URL : client.baseUrl;
	return `${base}/v1/models`;
}

/** Keeps the slashes of a model id and encodes each part. */
export function modelUrl(client: Client, modelId: string): string {
	const parts = checkId(modelId, 'model id').split('/');
	return `${modelsUrl(client)}/${parts.map(encodeURIComponent).join('/')}`;
}

export function deploymentsUrl(client: Client): string {
	return `${client.baseUrl}/prod/v2/deployments`;
}

export function deploymentUrl(client: Client, deploymentId: string): string {
	return `${deploymentsUrl(client)}/${encodeURIComponent(checkId(deploymentId, 'deployment id'))}`;
}

export function balanceUrl(client: Client): string {
	return `${client.baseUrl}/prod/v2/balance`;
}

function queue(client: Client, deploymentId: string): string {
	const id = encodeURIComponent(checkId(deploymentId, 'deployment id'));
	return `${client.baseUrl}/prod/v1/deployments/${id}`;
}

/** The name of an id in messages. */
type IdLabel = 'deployment id' | 'model id' | 'request id';

interface IdForm {
	/** How to get the id. */
	missing: string;
	/** Finds the id in the URL of the RunComfy page of a deployment or model. */
	inAddress?: RegExp;
	/** An example of such an id. By default, a deployment id. */
	example?: string;
	/** Whether the id may contain slashes. */
	slashes?: boolean;
}

const FORMS: Record<IdLabel, IdForm> = {
	'deployment id': {
		missing: 'Choose a deployment, or copy its id from the deployment’s page on RunComfy.',
		inAddress: /\/deployments?\/([^/?#\s]+)/,
	},
	'model id': {
		missing: 'Choose a model, or copy its id from the model’s page on RunComfy.',
		inAddress: /\/models\/([^?#\s]+)/,
		example: 'blackforestlabs/flux-2/flash/text-to-image',
		slashes: true,
	},
	'request id': { missing: 'Use the request id that the submit step gave.' },
};

const EXAMPLE = '7f2ebf4d-0000-4000-8000-000000000001';

/**
 * The id without surrounding whitespace. For a deployment or model, you can also give the URL of its RunComfy page.
 * @throws RunComfyError `invalid_input`: see `canBeId`
 */
export function checkId(given: unknown, what: IdLabel): string {
	const value = idInAddress(given, what) ?? given;
	const id = Number.isSafeInteger(value)
		? String(value)
		: typeof value === 'string'
			? value.trim()
			: '';
	if (id === '' && typeof (value ?? '') !== 'string') {
		throw invalidInput(`The ${what} must be a text`, currentValueHint(value));
	}
	const { missing, example = EXAMPLE, slashes = false } = FORMS[what];
	if (id === '') throw invalidInput(`The ${what} is empty`, missing);
	if ((slashes ? id.split('/') : [id]).every(canBeId)) return id;
	throw invalidInput(
		`"${id.slice(0, 60)}" cannot be a ${what}`,
		`Such an id is a short text, for example ${example}, with no ${slashes ? '' : 'slashes or '}blanks in it.`,
	);
}

/** The target with its id checked (see `checkId`). @throws RunComfyError `invalid_input` */
export function checkTarget({ deploymentId, modelId }: Target): Target {
	return modelId === undefined
		? { deploymentId: checkId(deploymentId, 'deployment id') }
		: { modelId: checkId(modelId, 'model id') };
}

/** The request with its ids checked (see `checkId`). @throws RunComfyError `invalid_input` */
export function checkRef(ref: RequestRef): RequestRef {
	const { deploymentId, modelId } = ref;
	const isBare = deploymentId === undefined && !modelId;
	const requestId = checkId(ref.requestId, 'request id');
	return requestIn({ ...(isBare ? {} : checkTarget(ref as Target)), requestId })!;
}

/** Whether a string can be an id: it must be short, and must not change the path of a URL. */
export function canBeId(id: string): boolean {
	if (id === '' || id.length > 200) return false;
	return !/[/\\?#%\s\p{C}]/u.test(id) && !/^\.+$/.test(id);
}

function idInAddress(given: unknown, name: IdLabel): string | undefined {
	const { inAddress: pattern } = FORMS[name];
	if (!pattern || typeof given !== 'string' || !/^\s*https?:\/\//i.test(given)) return undefined;
	const id = pattern.exec(given)?.[1];
	if (id !== undefined) return trimEnd(id, /\//);
	const what = name.replace(' id', '');
	throw invalidInput(
		`The ${what} address names no ${what}: ${given.trim()}`,
		`Copy the address of the ${what}’s page, which has /${what}s/ and the id in it, or choose the ${what} from the list.`,
	);
}
