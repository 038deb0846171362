// Tests the packed package in n8n's official Docker image, together with the simulator: one workflow that parks and
// wakes. Run `node scripts/hosts/image.mjs IMAGE` after `npm run package`. Needs Docker on Linux, for host networking.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '../free-port.mjs';
import { PACKED } from '../package.mjs';
import { exec, temporaryFolder, until } from '../process.mjs';
import { loadSimulator } from '../root.mjs';

const image = String(process.argv[2]);
const { folder } = temporaryFolder('runcomfy-image-');
const port = await freePort();
const simulator = await loadSimulator().createSimulator({ latencyMs: 20_000 });
/** @type {string[]} */
const told = [];
const sink = createServer((request, response) => {
	void text(request).then((body) => {
		told.push(body);
		response.end();
	});
}).listen(0, '127.0.0.1');
await until('the sink listens', () => sink.listening);
const { port: sinkPort } = /** @type {import('node:net').AddressInfo} */ (sink.address());

const account = { id: 'runcomfy', name: 'RunComfy' };
const data = { apiToken: simulator.token, baseUrl: simulator.url };
const nodes = [
	{
		name: 'Webhook',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		webhookId: '5b1f6a0e-7a51-4d64-9d3e-000000000000',
		parameters: { httpMethod: 'POST', path: 'run', responseMode: 'onReceived' },
	},
	{
		name: 'Run',
		type: 'n8n-nodes-runcomfy.runComfy',
		typeVersion: 1,
		parameters: {
			resource: 'request',
			operation: 'runAndWait',
			deploymentId: { __rl: true, mode: 'id', value: simulator.deploymentIds.textToImage },
		},
		credentials: { runComfyApi: account },
	},
	{
		name: 'Tell',
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: {
			method: 'POST',
			url: `http://127.0.0.1:${sinkPort}/`,
			sendBody: true,
			specifyBody: 'json',
			jsonBody: '={{ JSON.stringify({ status: $json.status, timings: $json.timings }) }}',
		},
	},
].map((node, at) => ({ id: String(at), position: [220 * at, 0], ...node }));
const to = (/** @type {string} */ node) => ({ main: [[{ node, type: 'main', index: 0 }]] });
const connections = { Webhook: to('Run'), Run: to('Tell') };
const workflow = { id: 'run', name: 'Run', nodes, connections, settings: { executionOrder: 'v1' } };

mkdirSync(join(folder, 'nodes'));
copyFileSync(PACKED.n8n, join(folder, 'runcomfy.tgz'));
const credential = { ...account, type: 'runComfyApi', data };
writeFileSync(join(folder, 'credentials.json'), JSON.stringify([credential]));
writeFileSync(join(folder, 'workflow.json'), JSON.stringify([workflow]));
// The container runs as a different user.
await exec('chmod', ['-R', 'a+rwX', folder]);

const variables = [
	`N8N_PORT=${port}`,
	`N8N_WEBHOOK_URL=http://127.0.0.1:${port}/`,
	'N8N_ENCRYPTION_KEY=image-encryption-key',
	'N8N_UNVERIFIED_PACKAGES_ENABLED=true',
	'N8N_DIAGNOSTICS_ENABLED=false',
].flatMap((one) => ['-e', one]);
const common = ['--rm', '--network', 'host', '-v', `${folder}:/home/node/.n8n`, ...variables];
const commands = [
	'cd /home/node/.n8n',
	'npm install --prefix nodes --omit=peer --ignore-scripts ./runcomfy.tgz',
	'n8n import:credentials --input=credentials.json',
	'n8n import:workflow --input=workflow.json',
	'n8n publish:workflow --id=run',
].join(' && ');
await exec('docker', ['run', ...common, '--entrypoint', 'sh', image, '-c', commands]);
const id = (await exec('docker', ['run', '-d', ...common, image])).trim();
try {
	const post = () => fetch(`http://127.0.0.1:${port}/webhook/run`, { method: 'POST' });
	await until('the webhook answers', async () => (await post()).ok, 120_000);
	const result = await until('the result comes out', () => told[0], 120_000);
	const { status } = JSON.parse(result);
	assert.equal(status, 'succeeded', result);
	assert.equal(simulator.count('submit'), 1);
	console.log(`${image}: ${result}`);
} catch (error) {
	console.log(await exec('docker', ['logs', id]).catch(String));
	throw error;
} finally {
	await exec('docker', ['stop', id]).catch(() => undefined);
	await simulator.close();
	sink.close();
}
