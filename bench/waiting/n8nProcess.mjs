// n8n's engine in a process of its own, with executions that wait until it ends.
import { createRequire } from 'node:module';
import { createEngine } from '../../scripts/hosts/n8n-engine.mjs';
import { root } from '../../scripts/root.mjs';
import * as ways from '../sideBySide/n8nWorkflows.mjs';
import { nodesOfN8n } from '../sideBySide/needs.mjs';

const { hold } = createRequire(import.meta.url)('./hold.cjs');
const { service, way, seconds, count } = JSON.parse(process.argv[2] ?? '{}');
const { url, token, deploymentIds } = service;
const engine = await createEngine({
	packageDir: root,
	credentials: { runComfyApi: { apiToken: token, baseUrl: url, apiVersion: 'v1' } },
	nodeTypes: { ...nodesOfN8n(), 'bench.mark': nodesOfN8n()['n8n-nodes-base.wait'] },
});
const json = ways[way]({ url, token, deploymentId: deploymentIds.textToImage }, seconds);
const seen = await hold(count, () => void engine.run(json).outcome);
process.send?.(seen, () => process.exit(0));
