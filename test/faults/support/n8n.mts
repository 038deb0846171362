// n8n's engine with the built package, a simulator, and the front between them.
import { createRequire } from 'node:module';
import { afterAll, beforeAll } from '@jest/globals';
import { createEngine } from '../../../scripts/hosts/n8n-engine.mjs';
import type * as Library from '../../../simulator/index.cts';
import { byId, type Json, type Parameters, type Rig, root } from '../../n8n/support/rig.mts';
import { type Front, startFront } from './front.mts';
import type { Group } from './right.mts';

const require = createRequire(import.meta.url);
const { createSimulator } = require('../../../dist/simulator/index.cjs') as typeof Library;

export const TOKEN = 'sim-token-4f1d2c3b5a697887';

export interface FrontedRig extends Rig {
	front: Front;
	/** A request that has ended, one that runs and can be canceled, and one whose machine lives. */
	ended: string;
	running: string;
	instance: string;
	/** Likewise of a hosted model: a request that has ended, and one that is queued. */
	model: { ended: string; queued: string };
	/** A deployment that nothing has read yet. */
	copy(): Promise<string>;
}

export function useFrontedRig(): FrontedRig {
	const rig = { credential: {} } as FrontedRig;
	const api = (method: string, path: string, body?: unknown) => ask(method, `prod/${path}`, body);
	const ask = async (method: string, path: string, body?: unknown) => {
		const answer = await fetch(`${rig.simulator.url}/${path}`, {
			method,
			headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return (await answer.json()) as Json;
	};
	beforeAll(async () => {
		rig.front = await startFront(TOKEN);
		const publicUrl = rig.front.url;
		rig.simulator = await createSimulator({ token: TOKEN, latencyMs: 0, publicUrl });
		rig.front.target = rig.simulator.url;
		const credential = { apiToken: TOKEN, baseUrl: publicUrl, apiVersion: 'v1' };
		Object.assign(rig.credential, credential);
		const credentials = { runComfyApi: rig.credential };
		rig.engine = await createEngine({ packageDir: root, credentials });
		const { textToImage } = rig.simulator.deploymentIds;
		const queue = `v1/deployments/${textToImage}`;
		const submit = async () =>
			String((await api('POST', `${queue}/inference`, { overrides: {} }))['request_id']);
		const submitToModel = async () => {
			const path = `v1/models/${rig.simulator.modelIds.textToImage}`;
			return String((await ask('POST', path, { prompt: 'a cat' }))['request_id']);
		};
		rig.ended = await submit();
		const ended = await submitToModel();
		rig.simulator.update({ latencyMs: 3_600_000 });
		rig.running = await submit();
		const status = await api('GET', `${queue}/requests/${await submit()}/status`);
		rig.instance = String(status['instance_id']);
		rig.simulator.update({ queueMs: 3_600_000 });
		rig.model = { ended, queued: await submitToModel() };
		rig.simulator.update({ queueMs: 0 });
		rig.simulator.update({ latencyMs: 0 });
		rig.copy = async () => {
			const found = await api('GET', `v2/deployments/${textToImage}`);
			return String((await api('POST', 'v2/deployments', found))['id']);
		};
	});
	afterAll(async () => {
		await rig.simulator.close();
		await rig.front.close();
	});
	return rig;
}

export interface Operation {
	group: Group;
	/** Its calls, as `METHOD /path`. */
	at: RegExp;
	parameters(rig: FrontedRig): Parameters | Promise<Parameters>;
	/** Whether its errors name a request. */
	ofRequest?: true;
}

const deployed = ({ simulator }: Rig) => byId(simulator.deploymentIds.textToImage);
const deployment = (operation: string, more: Json = {}): Parameters => ({
	resource: 'deployment',
	operation,
	...more,
});
const plain = { checkInputs: false, downloadFiles: false };
const model = (operation: string, more: Json): Parameters => ({
	resource: 'model',
	operation,
	...more,
});

export const OPERATIONS: Record<string, Operation> = {
	submit: {
		group: 'paid',
		at: /^POST .*\/inference/,
		parameters: (rig) => ({
			operation: 'submit',
			deploymentId: deployed(rig),
			overrides: '{}',
			options: plain,
		}),
	},
	status: {
		group: 'read',
		at: /^GET .*\/status$/,
		ofRequest: true,
		parameters: (rig) => ({
			operation: 'getStatus',
			deploymentId: deployed(rig),
			requestId: rig.ended,
		}),
	},
	result: {
		group: 'read',
		at: /^GET .*\/result$/,
		ofRequest: true,
		parameters: (rig) => ({
			operation: 'getResult',
			deploymentId: deployed(rig),
			requestId: rig.ended,
			options: plain,
		}),
	},
	cancel: {
		group: 'cancel',
		at: /^POST .*\/cancel$/,
		ofRequest: true,
		parameters: (rig) => ({
			operation: 'cancel',
			deploymentId: deployed(rig),
			requestId: rig.running,
		}),
	},
	'direct submit': {
		group: 'paid',
		at: /^POST .*\/inference/,
		parameters: ({ simulator }) => ({
			operation: 'submit',
			deploymentId: byId(simulator.deploymentIds.lora),
			inputMode: 'direct',
			inputs: '{"prompt":"a cat"}',
			options: plain,
		}),
	},
	'model submit': {
		group: 'paid',
		at: /^POST \/v1\/models\//,
		parameters: ({ simulator }) =>
			model('submit', {
				modelId: byId(simulator.modelIds.textToImage),
				inputMode: 'json',
				inputs: '{"prompt":"a cat"}',
				options: plain,
			}),
	},
	'model status': {
		group: 'read',
		at: /^GET \/v1\/.*\/status$/,
		ofRequest: true,
		parameters: (rig) => model('getStatus', { requestId: rig.model.ended }),
	},
	'model result': {
		group: 'read',
		at: /^GET \/v1\/.*\/result/,
		ofRequest: true,
		parameters: (rig) => model('getResult', { requestId: rig.model.ended, options: plain }),
	},
	'model cancel': {
		group: 'cancel',
		at: /^POST \/v1\/.*\/cancel$/,
		ofRequest: true,
		parameters: (rig) => model('cancel', { requestId: rig.model.queued }),
	},
	'deployments list': {
		group: 'read',
		at: /^GET \/prod\/v2\/deployments(\?|$)/,
		parameters: () => deployment('getMany', { returnAll: true }),
	},
	'deployments get': {
		group: 'read',
		at: /^GET \/prod\/v2\/deployments\/[^/]+$/,
		parameters: (rig) => deployment('get', { deploymentId: deployed(rig) }),
	},
	'deployments create': {
		group: 'paid',
		at: /^POST \/prod\/v2\/deployments$/,
		parameters: (rig) =>
			deployment('create', {
				name: 'New',
				workflowVersion: 'v1',
				hardware: 'AMPERE_48',
				workflowId: rig.simulator.deploymentIds.textToImage,
			}),
	},
	'deployments update': {
		group: 'update',
		at: /^PATCH /,
		parameters: (rig) =>
			deployment('update', {
				deploymentId: deployed(rig),
				updateFields: { name: 'Renamed', maxInstances: 9 },
			}),
	},
	'deployments delete': {
		group: 'delete',
		at: /^DELETE /,
		parameters: async (rig) =>
			deployment('delete', { deploymentId: byId(await rig.copy()), confirmDelete: true }),
	},
	object_info: {
		group: 'object_info',
		at: /^GET .*object_info/,
		parameters: async (rig) => ({
			operation: 'submit',
			deploymentId: byId(await rig.copy()),
			overrides: '{"6":{"inputs":{"text":"a red fox"}}}',
		}),
	},
	download: {
		group: 'download',
		at: /^GET \/storage\//,
		parameters: (rig) => ({
			operation: 'getResult',
			deploymentId: deployed(rig),
			requestId: rig.ended,
			options: { maxFileSize: 8 },
		}),
	},
	balance: {
		group: 'read',
		at: /\/balance$/,
		parameters: () => ({ resource: 'account', operation: 'getBalance' }),
	},
	'instance proxy': {
		group: 'once',
		at: /^POST .*\/proxy\//,
		parameters: (rig) =>
			deployment('callInstance', {
				deploymentId: deployed(rig),
				instanceId: rig.instance,
				path: 'system_stats',
				body: '{}',
			}),
	},
};
