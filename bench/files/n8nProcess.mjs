// n8n's engine in a separate process: Get Result for finished runs with their files, and n8n's own HTTP Request node
// for the same files. Its last line is what it has measured.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createEngine } from '../../scripts/hosts/n8n-engine.mjs';
import { requireHosts } from '../../scripts/hosts/setup.mjs';
import { root } from '../../scripts/root.mjs';

const { besideUndici } = createRequire(import.meta.url)('./gauge.cjs');
const { service, requestId, url, dir } = JSON.parse(process.argv[2] ?? '');
const { HttpRequest } = requireHosts('n8n-nodes-base/dist/nodes/HttpRequest/HttpRequest.node.js');
const credential = { apiToken: service.token, baseUrl: service.url, apiVersion: 'v1' };
const engine = await createEngine({
	packageDir: root,
	credentials: { runComfyApi: credential },
	nodeTypes: { 'n8n-nodes-base.httpRequest': new HttpRequest() },
	binaryDir: join(dir, 'binary'),
});

const node = (name, type, typeVersion, parameters = {}) => {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
};
const fetching = (type, typeVersion, parameters) => async () => {
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1);
	const { outcome } = engine.run({
		name: 'bench',
		nodes: [start, node('File', type, typeVersion, parameters)],
		connections: { Start: { main: [[{ node: 'File', type: 'main', index: 0 }]] } },
	});
	const { items, error } = await outcome;
	const [item] = items('File');
	if (!item?.binary) throw error ?? new Error(JSON.stringify(item?.json));
	rmSync(engine.binaryPath(item) ?? '');
};
const ours = fetching('n8n-nodes-runcomfy.runComfy', 1, {
	resource: 'request',
	operation: 'getResult',
	requestId,
	deploymentId: { __rl: true, mode: 'id', value: service.deploymentId },
	options: { maxFileSize: 0 },
});
const hosts = fetching('n8n-nodes-base.httpRequest', 4.2, {
	url,
	options: { response: { response: { responseFormat: 'file' } } },
	sendHeaders: true,
	headerParameters: { parameters: [{ name: 'user-agent', value: 'bench' }] },
});
console.log(JSON.stringify(await besideUndici({ url, dir, ours, hosts })));
process.exit(0);
