// A flow around one node of Node-RED, with the front between it and the simulator.
import type { Host } from '../../../core/index';
import {
	type ActionType,
	type FlowOptions,
	startFlow,
	submitted,
	type TestFlow,
} from '../../node-red/support/rig.mts';
import { startWebhook } from '../../node-red/support/webhook.mts';
import { type Front, startFront } from './front.mts';
import type { Group } from './right.mts';

export const TOKEN = 'simulator-token';

export interface Action {
	group: Group;
	/** Its calls, as `METHOD /path`. */
	at: RegExp;
	type: ActionType;
	fields?: Record<string, unknown>;
	/** Properties of the message besides the deployment. */
	message?: (ref: { requestId: string }) => Record<string, unknown>;
	/** Whether each message is about a hosted model. */
	model?: true;
	/** Whether each message is about a deployment that nothing has read yet. */
	copies?: true;
	/** Whether each message is about a machine that runs. */
	machine?: true;
}

const ofRequest = ({ requestId }: { requestId: string }) => ({ requestId });
const deployment = { type: 'runcomfy-deployment' } as const;

const PROMPT = { nodeId: '', input: 'prompt', type: 'str', value: 'a cat', label: 'Prompt' };

export const ACTIONS: Record<string, Action> = {
	submit: {
		group: 'paid',
		at: /^POST .*\/inference/,
		type: 'runcomfy-submit',
		fields: { checkInputs: false },
	},
	status: {
		group: 'read',
		at: /^GET .*\/status$/,
		type: 'runcomfy-status',
		message: ofRequest,
	},
	result: {
		group: 'read',
		at: /^GET .*\/result$/,
		type: 'runcomfy-result',
		message: ofRequest,
		fields: { output: 'files' },
	},
	cancel: {
		group: 'cancel',
		at: /^POST .*\/cancel$/,
		type: 'runcomfy-cancel',
		message: ofRequest,
	},
	'model submit': {
		group: 'paid',
		at: /^POST \/v1\/models\//,
		type: 'runcomfy-submit',
		model: true,
		fields: { target: 'model', checkInputs: false, rows: [PROMPT] },
	},
	'model status': {
		group: 'read',
		at: /^GET \/v1\/.*\/status$/,
		type: 'runcomfy-status',
		model: true,
		message: ofRequest,
	},
	'model result': {
		group: 'read',
		at: /^GET \/v1\/.*\/result/,
		type: 'runcomfy-result',
		model: true,
		fields: { output: 'files' },
		message: ofRequest,
	},
	'model cancel': {
		group: 'cancel',
		at: /^POST \/v1\/.*\/cancel$/,
		type: 'runcomfy-cancel',
		model: true,
		message: ofRequest,
	},
	'deployments list': {
		group: 'read',
		at: /^GET \/prod\/v2\/deployments(\?|$)/,
		...deployment,
		fields: { operation: 'list' },
	},
	'deployments get': {
		group: 'read',
		at: /^GET \/prod\/v2\/deployments\/[^/]+$/,
		...deployment,
		fields: { operation: 'get' },
	},
	'deployments enable': {
		group: 'update',
		at: /^PATCH /,
		...deployment,
		fields: { operation: 'enable' },
	},
	'deployments update': {
		group: 'update',
		at: /^PATCH /,
		...deployment,
		fields: { operation: 'update', maxInstances: '9', maxInstancesType: 'num' },
	},
	'instance proxy': {
		group: 'once',
		at: /^POST .*\/proxy\//,
		...deployment,
		machine: true,
		fields: { operation: 'free' },
	},
	object_info: {
		group: 'object_info',
		at: /^GET .*object_info/,
		type: 'runcomfy-submit',
		copies: true,
		fields: { checkInputs: true },
		message: () => ({ overrides: { 6: { inputs: { text: 'a red fox' } } } }),
	},
	download: {
		group: 'download',
		at: /^GET \/storage\//,
		type: 'runcomfy-result',
		message: ofRequest,
		fields: { output: 'buffer', maxFileSize: 8 },
	},
};

/** Milliseconds after which a machine has started, and run a request. */
export const WARM_MS = 5_000;

export interface FrontedFlow extends TestFlow {
	front: Front;
	/** Milliseconds that an exchange may take at most. */
	limit: { ms: number };
	/** A deployment that nothing has read yet. */
	copy(): Promise<string>;
	/** A machine that has just run something. */
	machine(): Promise<string>;
}

function withLimit(limit: { ms: number }): (host: Host) => Host {
	return (host) => ({
		...host,
		request: (request) =>
			host.request({ ...request, timeoutMs: Math.min(request.timeoutMs, limit.ms) }),
	});
}

async function fronted<T extends TestFlow>(
	begin: (options: FlowOptions) => Promise<T>,
): Promise<T & FrontedFlow> {
	const front = await startFront(TOKEN);
	const limit = { ms: Infinity };
	const flow = await begin({
		config: { baseUrl: front.url },
		credentials: { apiToken: TOKEN },
		simulator: { token: TOKEN, publicUrl: front.url, latencyMs: 1_000 },
		hostOf: withLimit(limit),
	});
	front.target = flow.simulator.url;
	const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
	const { stop } = flow;
	return Object.assign(flow, {
		front,
		limit,
		async copy() {
			const path = `${flow.simulator.url}/prod/v2/deployments`;
			const found = await fetch(`${path}/${flow.simulator.deploymentIds.textToImage}`, { headers });
			const made = await fetch(path, { method: 'POST', headers, body: await found.text() });
			return ((await made.json()) as { id: string }).id;
		},
		async machine() {
			const { requestId } = await submitted(flow);
			flow.time.pass(WARM_MS);
			await flow.simulator.settle();
			return String(flow.simulator.jobs.get(requestId)?.instanceId);
		},
		async stop() {
			await stop();
			await front.close();
		},
	});
}

/** A request of a hosted model, submitted by somebody else. */
export async function submittedToModel({ simulator }: TestFlow): Promise<{ requestId: string }> {
	const { textToImage } = simulator.modelIds;
	const answer = await fetch(`${simulator.url}/v1/models/${textToImage}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
		body: '{"prompt":"a cat"}',
	});
	return { requestId: ((await answer.json()) as { request_id: string }).request_id };
}

export const startFronted = ({ type, fields = {} }: Action) =>
	fronted((options) => startFlow(type, fields, options));

export const startFrontedWebhook = () => fronted((options) => startWebhook(startFlow, {}, options));
