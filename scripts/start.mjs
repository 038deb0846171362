// `npm start`: the main job, end to end, in both hosts. Builds the package, starts the simulator (or
// uses the real service where RUNCOMFY_API_TOKEN and RUNCOMFY_DEPLOYMENT_ID are set), runs one n8n
// workflow on n8n's engine and one flow in a real Node-RED, then keeps the Node-RED editor open.
// `--once` ends instead; `--port` chooses the editor's port.
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { loadCore, loadSimulator } from './dist.mjs';
import { createEngine } from './hosts/n8n-engine.mjs';
import { startNodeRed } from './hosts/node-red.mjs';
import { root } from './root.mjs';

const output = join(root, 'output');
const { values: options } = parseArgs({
	options: {
		once: { type: 'boolean', default: false },
		port: { type: 'string', default: '1880' },
	},
});

const say = (text) => console.log(text);
const heading = (text) => say(`\n== ${text}`);

heading('Build');
await build();
const service = await openService();
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
let nodeRed;
try {
	heading('n8n: workflows/text-to-image.json on n8n’s engine');
	await runWorkflow();
	heading('Node-RED: examples/first-image.json in a real Node-RED');
	nodeRed = await runFlow();
	if (!options.once) await keepOpen(nodeRed);
} finally {
	await nodeRed?.stop();
	await service.close();
}

async function openService() {
	const token = process.env.RUNCOMFY_API_TOKEN;
	const deploymentId = process.env.RUNCOMFY_DEPLOYMENT_ID;
	if (token && deploymentId) {
		heading('Service: RunComfy itself. This costs what your deployment’s hardware costs.');
		const { DEFAULT_BASE_URL } = loadCore();
		const url = process.env.RUNCOMFY_BASE_URL ?? DEFAULT_BASE_URL;
		// Node ids differ from deployment to deployment: what is saved is run as it is.
		return { url, token, deploymentId, overrides: {}, close: async () => undefined };
	}
	heading(
		'Service: the simulator (set RUNCOMFY_API_TOKEN and RUNCOMFY_DEPLOYMENT_ID for the real one)',
	);
	const { createSimulator } = loadSimulator();
	const simulator = await createSimulator({
		latencyMs: 2_000,
		coldStartMs: 1_500,
		log: (line) => say(`   simulator  ${line}`),
	});
	say(`   ${simulator.url}`);
	return {
		url: simulator.url,
		token: simulator.token,
		deploymentId: simulator.deploymentIds.textToImage,
		overrides: undefined,
		close: () => simulator.close(),
	};
}

async function runWorkflow() {
	const workflow = readJson('workflows/text-to-image.json');
	const node = workflow.nodes.find(({ type }) => type === 'n8n-nodes-runcomfy.runComfy');
	node.parameters.deploymentId = { __rl: true, mode: 'id', value: service.deploymentId };
	if (service.overrides) {
		Object.assign(node.parameters, {
			inputMode: 'json',
			overrides: JSON.stringify(service.overrides),
		});
	}
	const engine = await createEngine({
		packageDir: root,
		credentials: {
			runComfyApi: { apiToken: service.token, baseUrl: service.url, apiVersion: 'v1' },
		},
		binaryDir: join(output, 'n8n-binary-data'),
	});
	const outcome = await engine.run(workflow).outcome;
	if (outcome.status !== 'success') throw outcome.error ?? new Error(`n8n: ${outcome.status}`);
	for (const item of outcome.items(node.name)) {
		say(`   request ${item.json.request_id}: ${item.json.status}`);
		for (const { binary_property: property, filename } of item.json.files) {
			if (property) save(join('n8n', filename), await engine.binary(item, property));
		}
	}
}

async function runFlow() {
	const flow = readJson('examples/first-image.json');
	const directory = join(output, 'node-red');
	for (const node of flow) {
		if (node.type === 'runcomfy-config') {
			node.baseUrl = service.url;
			node.credentials = { apiToken: service.token };
		}
		if (node.type === 'runcomfy-run') {
			Object.assign(node, { deploymentId: service.deploymentId, deploymentIdType: 'str' });
			if (service.overrides) {
				Object.assign(node, {
					inputMode: 'json',
					overrides: JSON.stringify(service.overrides),
					overridesType: 'json',
				});
			}
			Object.assign(node, { output: 'saved', directory, directoryType: 'str' });
		}
		if (node.type === 'debug') node.console = true;
	}
	const { id: inject } = flow.find(({ type }) => type === 'inject');
	const wanted = Number(options.port);
	const started = await startNodeRed({
		userDir: join(output, 'node-red-user-dir'),
		port: options.once ? undefined : wanted,
		env: { RUNCOMFY_API_TOKEN: service.token },
		log: (line) => {
			if (/\[(error|warn)\]|\[debug:|version:/.test(line)) say(`   node-red   ${line}`);
		},
	});
	say(`   editor at ${started.url}`);
	await started.deploy(flow);
	await started.inject(inject);
	const files = await filesIn(directory, started);
	for (const name of files) tell(join(directory, name));
	return started;
}

/** The files of the flow, once they are there: a name without a leading dot is a whole file. */
async function filesIn(directory, { alive }) {
	const deadline = Date.now() + 30 * 60_000;
	while (Date.now() < deadline && alive()) {
		const names = existsSync(directory) ? readdirSync(directory) : [];
		const whole = names.filter((name) => !/^\.|\.part$/.test(name));
		if (whole.length > 0) return whole;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	throw new Error('Node-RED: the flow saved no file');
}

function keepOpen({ url }) {
	say(`\nThe Node-RED editor is open at ${url} with the example. Press Ctrl-C to end.`);
	return new Promise((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
	});
}

function save(name, bytes) {
	const file = join(output, name);
	mkdirSync(join(file, '..'), { recursive: true });
	writeFileSync(file, bytes);
	tell(file);
}

function tell(file) {
	say(`   file: ${relative(process.cwd(), file)} (${statSync(file).size} bytes)`);
}

function readJson(path) {
	return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
