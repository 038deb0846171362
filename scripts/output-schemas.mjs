// `npm run build && node scripts/output-schemas.mjs`: writes the table of outputs that n8n shows before a node has run, and that
// its builder of workflows reads.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { loadSimulator } from './dist.mjs';
import { createEngine } from './hosts/n8n-engine.mjs';
import { outputsOf, TABLE } from './hosts/output-schemas.mjs';
import { root } from './root.mjs';

const simulator = await loadSimulator().createSimulator({ latencyMs: 100 });
const { url: baseUrl, token: apiToken } = simulator;
const credentials = { runComfyApi: { apiToken, baseUrl, apiVersion: 'v1' } };
const engine = await createEngine({ packageDir: root, credentials });
const outputs = await outputsOf(engine, simulator);
await simulator.close();
const filepath = join(root, TABLE);
const options = await resolveConfig(filepath);
writeFileSync(filepath, await format(JSON.stringify(outputs), { ...options, filepath }));
