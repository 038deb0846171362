// n8n's engine in a separate process: Get Result for finished runs with their files, and n8n's own HTTP Request node
// for the same files.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createEngine } from '../../scripts/hosts/n8n-engine.mjs';
import { root } from '../../scripts/root.mjs';
import { nodesOfN8n } from '../processes.mjs';

const { besideUndici } = createRequire(import.meta.url)('./gauge.cjs');
const { service, requestId, url, dir } = JSON.parse(process.argv[2] ?? '{}');
const binaryDir = join(dir, 'binary');
const engine = await createEngine({
	packageDir: root,
	credentials: { runComfyApi: { apiToken: service.token, baseUrl: service.url, apiVersion: 'v1' } },
	binaryDir,
	nodeTypes: nodesOfN8n(),
});

const workflowOf = (type, typeVersion, parameters) => ({
	name: 'bench',
	nodes: [
		{
			id: 't',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{ id: 'r', name: 'File', type, typeVersion, position: [200, 0], parameters },
	],
	connections: { Start: { main: [[{ node: 'File', type: 'main', index: 0 }]] } },
});

const fetching = (workflow) => async () => {
	const outcome = await engine.run(workflow).outcome;
	const [item] = outcome.items('File');
	if (!item?.binary) throw outcome.error ?? new Error(JSON.stringify(item?.json));
	rmSync(engine.binaryPath(item));
};
const ours = fetching(
	workflowOf('n8n-nodes-runcomfy.runComfy', 1, {
		resource: 'request',
		operation: 'getResult',
		requestId,
		deploymentId: { __rl: true, mode: 'id', value: service.deploymentIds.textToImage },
		options: { maxFileSize: 0 },
	}),
);
const hosts = fetching(
	workflowOf('n8n-nodes-base.httpRequest', 4.2, {
		url,
		options: { response: { response: { responseFormat: 'file' } } },
		sendHeaders: true,
		headerParameters: { parameters: [{ name: 'user-agent', value: 'bench' }] },
	}),
);
process.send?.(await besideUndici({ url, dir, ours, hosts }), () => process.exit(0));
