// The calls of the core, each with the answer that it hopes for.
import {
	callInstance,
	cancel,
	type Client,
	createDeployment,
	deleteDeployment,
	download,
	getBalance,
	getDeployment,
	getResult,
	getStatus,
	listDeployments,
	loadWorkflow,
	readOutputs,
	stringifyJson,
	submit,
	updateDeployment,
} from '../../../core/index';
import { GRAPH, OBJECT_INFO } from '../../core/support/workflowGraphs.mts';
import type { Group } from './right.mts';

export const REF = { deploymentId: 'dep-1', requestId: 'req-1' };

export const API = 'https://api.runcomfy.net';
const V1 = `${API}/prod/v1/deployments/dep-1`;
const V2 = `${API}/prod/v2`;
const INFO_URL = 'https://files.example.com/object_info.json';
const FILE_URL = 'https://storage.example.com/req-1/output/a.png';

/** Bytes of a file at most. */
const FILE_LIMIT = 8 * 2 ** 20;

export interface Endpoint {
	group: Group;
	/** Its calls, as `METHOD url`. */
	at: string;
	/** The body of a good answer. */
	good: string;
	/** Gives `note` where it goes on without what it asked for. */
	call(client: Client): Promise<unknown>;
	/** Ids that an error must name. */
	names: { requestId?: string; deploymentId?: string };
	/** Milliseconds that one attempt may take. */
	attemptMs: number;
}

const json = (body: unknown) => stringifyJson(body);

const FIELDS = {
	name: 'Product pictures',
	workflow_id: '7f2ebf4d-0000-4000-8000-000000000001',
	workflow_version: 'v1',
	hardware: ['AMPERE_48'] as [string],
	min_instances: 0,
	max_instances: 1,
	queue_size: 1,
	keep_warm_duration_in_seconds: 60,
};
const DEPLOYMENT = json({ id: 'dep-1', ...FIELDS, is_enabled: true, status: 'standby' });

const OUTPUTS = {
	9: { images: [{ url: FILE_URL, filename: 'a.png', subfolder: '', type: 'output' }] },
};
export const RESULT = json({ request_id: 'req-1', status: 'succeeded', outputs: OUTPUTS });
const [FILE] = readOutputs(OUTPUTS).files;

async function save(stream: AsyncIterable<Uint8Array>) {
	let bytes = 0;
	for await (const chunk of stream) bytes += chunk.length;
	return { bytes, value: bytes };
}

async function noteOf(client: Client) {
	const { guessed } = await loadWorkflow(client, 'dep-1');
	return guessed === undefined ? 'ok' : 'note';
}

const OF_REQUEST = { names: REF, attemptMs: 60_000 };
const OF_DEPLOYMENT = { names: { deploymentId: 'dep-1' }, attemptMs: 60_000 };
const OF_ACCOUNT = { names: {}, attemptMs: 60_000 };

export const ENDPOINTS: Record<string, Endpoint> = {
	submit: {
		...{ group: 'paid', at: `POST ${V1}/inference`, good: json({ request_id: 'req-1' }) },
		...{ names: { deploymentId: 'dep-1' }, attemptMs: 121_000 },
		call: (client) => submit(client, { deploymentId: 'dep-1', overrides: {} }),
	},
	status: {
		...{ group: 'read', at: `GET ${V1}/requests/req-1/status`, ...OF_REQUEST },
		good: json({ request_id: 'req-1', status: 'in_progress' }),
		call: (client) => getStatus(client, REF),
	},
	result: {
		...{ group: 'read', at: `GET ${V1}/requests/req-1/result`, good: RESULT, ...OF_REQUEST },
		call: (client) => getResult(client, REF),
	},
	cancel: {
		...{ group: 'cancel', at: `POST ${V1}/requests/req-1/cancel`, ...OF_REQUEST },
		good: json({ request_id: 'req-1', status: 'cancellation_requested' }),
		call: (client) => cancel(client, REF),
	},
	'deployments list': {
		...{ group: 'read', at: `GET ${V2}/deployments`, ...OF_ACCOUNT },
		good: `{"deployments":[${DEPLOYMENT}]}`,
		call: (client) => listDeployments(client),
	},
	'deployments get': {
		...{ group: 'read', at: `GET ${V2}/deployments/dep-1`, good: DEPLOYMENT, ...OF_DEPLOYMENT },
		call: (client) => getDeployment(client, 'dep-1'),
	},
	'deployments create': {
		...{ group: 'paid', at: `POST ${V2}/deployments`, good: DEPLOYMENT, ...OF_ACCOUNT },
		call: (client) => createDeployment(client, FIELDS),
	},
	'deployments update': {
		...{ group: 'update', at: `PATCH ${V2}/deployments/dep-1`, good: DEPLOYMENT, ...OF_DEPLOYMENT },
		call: (client) => updateDeployment(client, 'dep-1', { name: 'New', is_enabled: false }),
	},
	'deployments delete': {
		...{
			group: 'delete',
			at: `DELETE ${V2}/deployments/dep-1`,
			good: '{"deleted":true}',
			...OF_DEPLOYMENT,
		},
		call: (client) => deleteDeployment(client, 'dep-1'),
	},
	object_info: {
		...{ group: 'object_info', at: `GET ${INFO_URL}`, names: {}, attemptMs: 30_000 },
		good: json(OBJECT_INFO),
		call: noteOf,
	},
	download: {
		...{ group: 'download', at: `GET ${FILE_URL}`, good: '{the bytes of a picture}', names: REF },
		// Until the headers; after them, silence is seen after one more minute, or two.
		attemptMs: 120_000,
		call: (client) => download(client, REF, FILE!, { save, maxBytes: FILE_LIMIT }),
	},
	balance: {
		...{ group: 'read', at: `GET ${V2}/balance`, good: '{"balance_usd":12.5}', ...OF_ACCOUNT },
		call: (client) => getBalance(client),
	},
	'instance proxy': {
		...{ group: 'once', at: `POST ${V2}/deployments/dep-1/instances/i-1/proxy/api/free` },
		...{ good: '{"freed":true}', names: { deploymentId: 'dep-1' }, attemptMs: 120_000 },
		call: (client) =>
			callInstance(client, {
				...{ deploymentId: 'dep-1', instanceId: 'i-1', path: 'api/free', body: {} },
			}),
	},
};

/** What is read besides: the deployment with its workflow, and what says what nodes take. */
export const BESIDE: Record<string, string> = {
	[`GET ${V2}/deployments/dep-1?includes=payload`]: json({
		id: 'dep-1',
		payload: { workflow_api_json: GRAPH, overrides: {}, object_info_url: INFO_URL },
	}),
};
