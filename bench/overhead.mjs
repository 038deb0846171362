// What a call of ours costs the host beside one of its own helper: status of a run, one after another.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../scripts/hosts/n8n-engine.mjs';
import { root } from '../scripts/root.mjs';
import { startSimulator } from './simulator.mjs';

const self = fileURLToPath(import.meta.url);
const CALLS = 400;
const ROUNDS = 7;

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function overhead() {
	const simulator = await startSimulator({ latencyMs: 3_600_000 });
	try {
		const { n8n, nodeRed } = await new Promise((resolve, reject) => {
			const child = fork(self, [JSON.stringify(simulator)]);
			child.once('error', reject);
			child.once('exit', (code) => reject(new Error(`The process ended with ${code}`)));
			child.once('message', resolve);
		});
		return [...toFigures('n8n', 'httpRequest', n8n), ...toFigures('Node-RED', 'undici', nodeRed)];
	} finally {
		simulator.stop();
	}
}

const toFigures = (host, helper, { ours, bare }) => [
	{ name: `${host}: a call by its ${helper}`, value: bare, unit: 'ms' },
	{ name: `${host}: more of ours`, value: ours - bare, unit: 'ms', most: 0.3 },
];

/** Milliseconds of CPU of a call, the smallest of some rounds: others may want the processor, too. */
async function besides(ours, bare) {
	const cost = async (call) => {
		const before = process.cpuUsage();
		for (let at = 0; at < CALLS; at += 1) await call();
		const { user, system } = process.cpuUsage(before);
		return (user + system) / 1000 / CALLS;
	};
	const rounds = { ours: [], bare: [] };
	for (let round = 0; round < ROUNDS; round += 1) {
		rounds.bare.push(await cost(bare));
		rounds.ours.push(await cost(ours));
	}
	return { ours: Math.min(...rounds.ours), bare: Math.min(...rounds.bare) };
}

if (process.argv[1] === self) {
	const require = createRequire(import.meta.url);
	const { url, token, deploymentIds } = JSON.parse(process.argv[2] ?? '{}');
	const credentials = { runComfyApi: { apiToken: token, baseUrl: url, apiVersion: 'v1' } };
	const engine = await createEngine({ packageDir: root, credentials });
	const deploymentId = deploymentIds.textToImage;
	const authorization = `Bearer ${token}`;
	const submitted = await fetch(`${url}/prod/v1/deployments/${deploymentId}/inference`, {
		...{ method: 'POST', body: '{"overrides":{}}' },
		headers: { authorization, 'content-type': 'application/json' },
	});
	const { request_id: requestId } = await submitted.json();
	const address = `${url}/prod/v1/deployments/${deploymentId}/requests/${requestId}/status`;
	const core = require('../dist/core/index.js');
	const ref = { deploymentId, requestId };
	const status = (host) => {
		const client = core.createClient({ host, baseUrl: url });
		return () => core.getStatus(client, ref);
	};

	const context = executeContext(engine, require);
	const n8nHost = require('../dist/nodes/RunComfy/transport/host.js').createHost(context, token);
	const n8n = await besides(status(n8nHost), () =>
		context.helpers.httpRequestWithAuthentication.call(context, 'runComfyApi', {
			...{ method: 'GET', url: address, json: true },
		}),
	);
	const undici = require('undici');
	const dispatcher = new undici.Agent();
	const { createHost } = require('../dist/node-red/runtime/account/host.cjs');
	const nodeRed = await besides(
		status(createHost({ token, dispatcher: () => dispatcher })),
		async () => {
			const answer = await undici.request(address, { dispatcher, headers: { authorization } });
			return answer.body.json();
		},
	);
	process.send?.({ n8n, nodeRed }, () => process.exit(0));
}

/** What `this` is inside of a node's execute(). */
function executeContext({ internals }, require) {
	const { ExecuteContext } = require('n8n-core');
	const json = {
		name: 'bench',
		nodes: [
			{
				...{ id: 'r', name: 'Run', type: 'n8n-nodes-runcomfy.runComfy', typeVersion: 1 },
				...{ position: [0, 0], parameters: { operation: 'getStatus' } },
			},
		],
		connections: {},
	};
	const workflow = internals.workflow(json);
	const node = workflow.getNode('Run');
	const data = { main: [[{ json: {} }]] };
	return new ExecuteContext(
		...[
			workflow,
			node,
			internals.additionalData(json),
			'internal',
			{ resultData: { runData: {} } },
		],
		...[0, data.main[0], data, { node, data, source: null }, [], undefined],
	);
}
