// n8n's engine in a process of its own: Get Result of runs that have ended, with their files.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createEngine } from '../../scripts/hosts/n8n-engine.mjs';
import { root } from '../../scripts/root.mjs';

const { besideUndici } = createRequire(import.meta.url)('./gauge.cjs');
const { service, requestId, url, dir } = JSON.parse(process.argv[2] ?? '{}');
const binaryDir = join(dir, 'binary');
const engine = await createEngine({
	packageDir: root,
	credentials: { runComfyApi: { apiToken: service.token, baseUrl: service.url, apiVersion: 'v1' } },
	binaryDir,
});

const workflow = {
	name: 'bench',
	nodes: [
		{
			...{ id: 't', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 },
			...{ position: [0, 0], parameters: {} },
		},
		{
			...{ id: 'r', name: 'Result', type: 'n8n-nodes-runcomfy.runComfy', typeVersion: 1 },
			position: [200, 0],
			parameters: {
				...{ resource: 'request', operation: 'getResult', requestId },
				deploymentId: { __rl: true, mode: 'id', value: service.deploymentIds.textToImage },
				options: { maxFileSize: 0 },
			},
		},
	],
	connections: { Start: { main: [[{ node: 'Result', type: 'main', index: 0 }]] } },
};

const ours = async () => {
	const outcome = await engine.run(workflow).outcome;
	const [item] = outcome.items('Result');
	if (!item?.binary) throw outcome.error ?? new Error(JSON.stringify(item?.json.warnings));
	rmSync(engine.binaryPath(item));
};
await ours();
const seen = await besideUndici({ url, dir, ours });
process.send?.(seen, () => process.exit(0));
