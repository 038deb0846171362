// The calls of the core, each with the answer that it expects.
import { download } from '../../../core/files/download';
import { readOutputs, readResultOutputs } from '../../../core/files/outputs';
import {
	AccountCache,
	cancel,
	type Client,
	getBalance,
	getDeployment,
	getModel,
	getResult,
	getStatus,
	listDeployments,
	listModelCategories,
	loadWorkflow,
	searchModels,
	stringifyJson,
	updateDeployment,
} from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { GRAPH, OBJECT_INFO } from '../../core/support/workflows.mts';
import type { Group } from './right.mts';

export const REF = { deploymentId: 'dep-1', requestId: 'req-1' };

const OF_MODEL = { modelId: 'lab/flux' } as const;
const MODEL_REF = { ...OF_MODEL, requestId: 'req-1' };

export const API = 'https://api.runcomfy.net';
export const MODEL_API = 'https://model-api.runcomfy.net';
const V1 = `${API}/prod/v1/deployments/dep-1`;
const V2 = `${API}/prod/v2`;
const MODELS = `${MODEL_API}/v1`;
const INFO_URL = 'https://files.example.com/object_info.json';
const FILE_URL = 'https://storage.example.com/req-1/output/a.png';

/** The limit for a file, in bytes. */
const FILE_LIMIT = 8 * 2 ** 20;

export interface Endpoint {
	group: Group;
	/** Its calls, as `METHOD url`. */
	at: string;
	/** The body of a good answer. */
	good: string;
	/** Resolves to `note` if the call succeeds in spite of the fault, with a note about it. */
	call(client: Client): Promise<unknown>;
	/** Ids that an error must contain. */
	names: { requestId?: string; deploymentId?: string; service?: 'model'; modelId?: string };
	/** Time limit for one attempt in milliseconds, if different from its group's. */
	attemptMs?: number;
}

const json = (body: unknown) => stringifyJson(body);

const DEPLOYMENT = json({
	id: 'dep-1',
	name: 'Product pictures',
	is_enabled: true,
	status: 'standby',
});

const OUTPUTS = {
	9: { images: [{ url: FILE_URL, filename: 'a.png', subfolder: '', type: 'output' }] },
};
export const RESULT = json({ request_id: 'req-1', status: 'succeeded', outputs: OUTPUTS });
const [FILE] = readOutputs(OUTPUTS).files;

const MODEL_FILE_URL = FILE_URL.replace('a.png', 'model.png');
const MODEL_OUTPUT = { image: MODEL_FILE_URL };
const [MODEL_FILE] = readResultOutputs({ output: MODEL_OUTPUT }).files;

async function save(stream: AsyncIterable<Uint8Array>) {
	let bytes = 0;
	for await (const chunk of stream) bytes += chunk.length;
	return { bytes, value: bytes };
}

async function noteOf(client: Client) {
	const { guessed } = await loadWorkflow(client, 'dep-1', new AccountCache());
	return guessed === undefined ? 'ok' : 'note';
}

const OF_DEPLOYMENT = { deploymentId: 'dep-1' };

const MODEL = json({ model_id: 'lab/flux', display_name: 'Flux', categories: [] });

export const ENDPOINTS: Record<string, Endpoint> = {
	submit: {
		group: 'paid',
		at: `POST ${V1}/inference`,
		good: json({ request_id: 'req-1' }),
		names: OF_DEPLOYMENT,
		call: (client) => submit(client, { deploymentId: 'dep-1', overrides: {} }),
	},
	status: {
		group: 'read',
		at: `GET ${V1}/requests/req-1/status`,
		names: REF,
		good: json({ request_id: 'req-1', status: 'in_progress' }),
		call: (client) => getStatus(client, REF),
	},
	result: {
		group: 'read',
		at: `GET ${V1}/requests/req-1/result`,
		good: RESULT,
		names: REF,
		call: (client) => getResult(client, REF),
	},
	cancel: {
		group: 'cancel',
		at: `POST ${V1}/requests/req-1/cancel`,
		names: REF,
		good: json({ request_id: 'req-1', status: 'cancellation_requested' }),
		call: (client) => cancel(client, REF),
	},
	'model submit': {
		group: 'paid',
		at: `POST ${MODELS}/models/lab/flux`,
		names: OF_MODEL,
		good: json({ request_id: 'req-1' }),
		call: (client) => submit(client, { modelId: 'lab/flux', inputs: { prompt: 'a cat' } }),
	},
	'model status': {
		group: 'read',
		at: `GET ${MODELS}/requests/req-1/status`,
		names: MODEL_REF,
		good: json({ request_id: 'req-1', status: 'in_progress' }),
		call: (client) => getStatus(client, MODEL_REF),
	},
	'model result': {
		group: 'read',
		at: `GET ${MODELS}/requests/req-1/result?include_cost=true`,
		names: MODEL_REF,
		good: json({ request_id: 'req-1', status: 'succeeded', output: MODEL_OUTPUT }),
		call: (client) => getResult(client, MODEL_REF),
	},
	'model cancel': {
		group: 'cancel',
		at: `POST ${MODELS}/requests/req-1/cancel`,
		names: MODEL_REF,
		good: json({ request_id: 'req-1', outcome: 'cancelled' }),
		call: (client) => cancel(client, MODEL_REF),
	},
	'model download': {
		group: 'download',
		at: `GET ${MODEL_FILE_URL}`,
		names: MODEL_REF,
		good: '{the bytes of a picture}',
		call: (client) => download(client, MODEL_REF, MODEL_FILE!, { save, maxBytes: FILE_LIMIT }),
	},
	'models categories': {
		group: 'read',
		at: `GET ${MODELS}/models/categories`,
		names: {},
		good: '{"categories":["text-to-image"]}',
		call: (client) => listModelCategories(client),
	},
	'models search': {
		group: 'read',
		at: `GET ${MODELS}/models`,
		names: {},
		good: `{"models":[${MODEL}],"total":1}`,
		call: (client) => searchModels(client),
	},
	'models get': {
		group: 'read',
		at: `GET ${MODELS}/models/lab/flux`,
		good: MODEL,
		names: OF_MODEL,
		call: (client) => getModel(client, 'lab/flux'),
	},
	'deployments list': {
		group: 'read',
		at: `GET ${V2}/deployments`,
		names: {},
		good: `{"deployments":[${DEPLOYMENT}]}`,
		call: (client) => listDeployments(client),
	},
	'deployments get': {
		group: 'read',
		at: `GET ${V2}/deployments/dep-1`,
		good: DEPLOYMENT,
		names: OF_DEPLOYMENT,
		call: (client) => getDeployment(client, 'dep-1'),
	},
	'deployments update': {
		group: 'update',
		at: `PATCH ${V2}/deployments/dep-1`,
		good: DEPLOYMENT,
		names: OF_DEPLOYMENT,
		call: (client) => updateDeployment(client, 'dep-1', { name: 'New', is_enabled: false }),
	},
	object_info: {
		group: 'object_info',
		at: `GET ${INFO_URL}`,
		names: {},
		good: json(OBJECT_INFO),
		call: noteOf,
	},
	download: {
		group: 'download',
		at: `GET ${FILE_URL}`,
		good: '{the bytes of a picture}',
		names: REF,
		call: (client) => download(client, REF, FILE!, { save, maxBytes: FILE_LIMIT }),
	},
	balance: {
		group: 'read',
		at: `GET ${V2}/balance`,
		good: '{"balance_usd":12.5}',
		names: {},
		call: (client) => getBalance(client),
	},
};

/** Further answers: the deployment with its workflow, and object_info. */
export const BESIDE: Record<string, string> = {
	[`GET ${V2}/deployments/dep-1?includes=payload`]: json({
		id: 'dep-1',
		payload: { workflow_api_json: GRAPH, overrides: {}, object_info_url: INFO_URL },
	}),
};
