// `node scripts/output-schemas.mjs`: writes the schemas that n8n shows before a node has run, and that its
// builder of workflows reads.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { build } from './build.mjs';
import { loadSimulator } from './dist.mjs';
import { createEngine } from './hosts/n8n-engine.mjs';
import { FOLDER, outputSchemas } from './hosts/output-schemas.mjs';
import { root } from './root.mjs';

await build();
const simulator = await loadSimulator().createSimulator({ latencyMs: 100 });
const { url: baseUrl, token: apiToken } = simulator;
const credentials = { runComfyApi: { apiToken, baseUrl, apiVersion: 'v1' } };
const engine = await createEngine({ packageDir: root, credentials });
const schemas = await outputSchemas(engine, simulator);
await simulator.close();
rmSync(FOLDER, { recursive: true, force: true });
const options = await resolveConfig(FOLDER);
for (const [name, schema] of Object.entries(schemas)) {
	const file = join(FOLDER, `${name}.json`);
	mkdirSync(dirname(file), { recursive: true });
	const text = JSON.stringify({ ...schema, version: 1 });
	writeFileSync(file, await format(text, { ...options, filepath: file }));
}
