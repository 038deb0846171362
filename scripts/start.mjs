// `npm start`: makes one picture with n8n's engine and one in a real Node-RED, and keeps Node-RED's editor open.
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort, freePortFrom, portOf } from './free-port.mjs';
import { createEngine } from './hosts/n8n-engine.mjs';
import { startNodeRed } from './hosts/node-red.mjs';
import { loadCore, loadSimulator, root } from './root.mjs';
import { readWorkflows } from './workflows.mjs';

const HELP = `Usage: npm start [-- options]

Builds the package, starts the simulator, makes a picture with n8n's engine and one in a real
Node-RED, and keeps the Node-RED editor open until Ctrl-C. With RUNCOMFY_API_TOKEN and
RUNCOMFY_DEPLOYMENT_ID set, RunComfy itself takes the place of the simulator: then one run is
made, in n8n, and the flow in Node-RED waits for you to press its button. RUNCOMFY_BASE_URL is for
another address than RunComfy's own.

  --once        ends when both pictures are there
  --port <n>    port of the Node-RED editor (1880, or the next that is free)
  --help        shows this text and ends
`;

/** @typedef {{real: boolean, url: string, token: string, deploymentId: string, close(): Promise<void>}} Service */

/** Runs the saved workflow unchanged, because node ids differ from deployment to deployment. */
const AS_SAVED = { inputMode: 'json', overrides: '{}' };

const folder = resolve('output', 'start');
const say = (/** @type {string} */ text) => console.log(text);
const stopped = new AbortController();
// Pressing Ctrl-C twice skips the wait for the cancel.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stopped.abort());

try {
	const { values } = parseArgs({
		options: {
			help: { type: 'boolean', short: 'h', default: false },
			once: { type: 'boolean', default: false },
			port: { type: 'string' },
		},
	});
	if (values.help) say(HELP);
	else await demo({ once: values.once, port: await portOf('npm start', values.port) });
} catch (thrown) {
	const error = /** @type {any} */ (thrown);
	const isUsage = String(error.code).startsWith('ERR_PARSE_ARGS');
	const hint = isUsage ? 'npm start -- --help lists the options.' : error.description;
	console.error(
		stopped.signal.aborted ? '\nStopped.' : hint ? `\n${error.message}\n${hint}` : error,
	);
	process.exitCode = stopped.signal.aborted ? 130 : 1;
}

/** @param {{once: boolean, port: number | undefined}} options */
async function demo({ once, port }) {
	const service = await openService();
	const passing = once ? mkdtempSync(join(tmpdir(), 'runcomfy-node-red-')) : undefined;
	// Keeps the user's edits, separately for each service, because deployments differ.
	const kept = service.real ? 'node-red-user-dir-runcomfy' : 'node-red-user-dir';
	const userDir = passing ?? join(folder, kept);
	let nodeRed;
	try {
		// What RunComfy itself has made was paid for, and stays.
		for (const name of service.real ? [] : ['n8n', 'node-red', 'n8n-binary-data'])
			rmSync(join(folder, name), { recursive: true, force: true });
		say('\n== n8n: workflows/text-to-image.json on n8n’s engine');
		await runInN8n(service);
		say('\n== Node-RED: examples/01-first-image.json in a real Node-RED');
		nodeRed = await openNodeRed(service, {
			userDir,
			port: once ? await freePort() : (port ?? (await freePortFrom(1880))),
		});
		stopped.signal.throwIfAborted();
		if (service.real) say('   not run: each run costs. Press its button in the editor.');
		else await runInNodeRed(nodeRed);
		if (once) say(`\nAll is well${service.real ? '.' : ': it ran in both hosts.'}`);
		else await keepOpen(service, nodeRed.url);
	} finally {
		await nodeRed?.stop();
		await service.close();
		if (passing) rmSync(passing, { recursive: true, force: true });
	}
}

/** RunComfy itself, or the simulator instead. @returns {Promise<Service>} */
async function openService() {
	const { RUNCOMFY_API_TOKEN: token, RUNCOMFY_DEPLOYMENT_ID: deploymentId } = process.env;
	if (token && deploymentId) {
		say('\n== Service: RunComfy itself. This costs what your deployment’s hardware costs.');
		const url = process.env['RUNCOMFY_BASE_URL'] ?? loadCore().DEFAULT_BASE_URL;
		return { real: true, url, token, deploymentId, close: async () => undefined };
	}
	if (token || deploymentId) {
		const names = ['RUNCOMFY_API_TOKEN', 'RUNCOMFY_DEPLOYMENT_ID'];
		const [set, missing] = token ? names : names.reverse();
		const description = 'Set both to use RunComfy itself, or neither to use the simulator.';
		throw Object.assign(new Error(`${set} is set, and ${missing} is not.`), { description });
	}
	const simulator = await loadSimulator().createSimulator({
		// The same port at each start if it is free, so that accounts created in the editor keep working.
		port: await freePortFrom(4010),
		latencyMs: 2_000,
		coldStartMs: 1_500,
		log: (line) => say(`   simulator  ${line}`),
	});
	say(`\n== Service: the simulator\n   ${simulator.url}\n   token ${simulator.token}`);
	return {
		real: false,
		url: simulator.url,
		token: simulator.token,
		deploymentId: simulator.deploymentIds.textToImage,
		close: () => simulator.close(),
	};
}

/** @param {Service} service */
async function runInN8n({ real, url, token, deploymentId }) {
	const engine = await createEngine({
		packageDir: root,
		credentials: { runComfyApi: { apiToken: token, baseUrl: url } },
		binaryDir: join(folder, 'n8n-binary-data'),
	});
	const workflow = readWorkflows().find(({ name }) => name === 'text-to-image.json')?.workflow;
	const node = workflow?.nodes.find(({ type }) => type === 'n8n-nodes-runcomfy.runComfy');
	if (!workflow || !node) throw new Error('workflows/text-to-image.json has no RunComfy node');
	Object.assign(node.parameters, { deploymentId: { __rl: true, mode: 'id', value: deploymentId } });
	if (real) Object.assign(node.parameters, AS_SAVED);
	stopped.signal.throwIfAborted();
	const run = engine.run(workflow);
	stopped.signal.addEventListener('abort', run.cancel);
	const { status, error, items } = await run.outcome;
	if (stopped.signal.aborted && real) {
		say('\nThe run is canceled if RunComfy had it: the page of your deployment shows it.');
	}
	stopped.signal.throwIfAborted();
	if (status !== 'success') throw error ?? new Error(`n8n ended the workflow: ${status}`);
	mkdirSync(join(folder, 'n8n'), { recursive: true });
	for (const item of items(node.name)) {
		const { request_id: id, files, texts } = /** @type {any} */ (item.json);
		say(`   request ${id}: succeeded`);
		for (const text of texts ?? []) say(`   text: ${text.text ?? text}`);
		for (const { binary_property: property, filename } of files) {
			if (!property) continue;
			// ComfyUI gives the pictures of different requests the same name.
			const file = join(folder, 'n8n', `n8n-${id.slice(0, 8)}-${filename}`);
			writeFileSync(file, await engine.binary(item, property));
			say(`   file: ${relative('.', file)}`);
		}
	}
}

/**
 * Starts Node-RED with examples/01-first-image.json, or with the user's edited version.
 * @param {Service} service
 * @param {{userDir: string, port: number}} options
 */
async function openNodeRed({ real, url, token, deploymentId }, { userDir, port }) {
	mkdirSync(userDir, { recursive: true });
	// Opens the sidebar's jobs, where the picture appears. The editor selects another tab just after loading the flows.
	const script = join(userDir, 'show-jobs.js');
	const show = `setTimeout(() => RED.sidebar.show('runcomfy-jobs'))`;
	writeFileSync(script, `RED.events.on('flows:loaded', () => ${show});\n`);
	const flows = join(userDir, 'flows.json');
	const edited = existsSync(flows);
	const flow = JSON.parse(
		readFileSync(edited ? flows : join(root, 'examples', '01-first-image.json'), 'utf8'),
	);
	for (const node of flow) {
		// The simulator's address may have changed. The token is not stored: the account reads it from the environment.
		if (node.id === 'runcomfy_account') {
			Object.assign(node, { baseUrl: url, credentials: { apiToken: '${RUNCOMFY_API_TOKEN}' } });
		}
		if (node.type !== 'runcomfy-run' || edited) continue;
		const directory = join(folder, 'node-red');
		Object.assign(node, { deploymentId, output: 'saved', directory });
		if (real) Object.assign(node, AS_SAVED, { overridesType: 'json' });
	}
	const nodeRed = await startNodeRed({
		userDir,
		port,
		env: { RUNCOMFY_API_TOKEN: token },
		settings: `editorTheme: { tours: false, palette: { catalogues: [] }, page: { scripts: ${JSON.stringify(script)} } },`,
		log: (line) => /\[(error|warn)\]/.test(line) && say(`   node-red   ${line}`),
	});
	say(`   editor at ${nodeRed.url}`);
	if (edited) say(`   with the flow of the last time; delete ${userDir} to start afresh`);
	await nodeRed.deploy(flow);
	return nodeRed;
}

/**
 * Presses the example's button and waits for the end of its run. @param {import('./hosts/node-red.mjs').NodeRed}
 * nodeRed
 */
async function runInNodeRed({ url, inject, alive }) {
	const get = async (/** @type {string} */ path) =>
		/** @type {any} */ (await (await fetch(url + path)).json());
	const flow = await get('/flows');
	const button = 'runcomfy_first_inject';
	if (!flow.some((/** @type {any} */ { id }) => id === button)) return;
	await inject(button);
	for (;;) {
		await sleep(100, undefined, { signal: stopped.signal });
		if (!alive()) throw new Error('Node-RED has ended.');
		const [job] = (await get('/runcomfy/jobs')).jobs;
		if (job?.endedAt === undefined) continue;
		if (job.outcome !== 'succeeded') throw new Error(`Node-RED: ${job.reason ?? job.outcome}`);
		break;
	}
	const directory = join(folder, 'node-red');
	if (!existsSync(directory)) return;
	for (const name of readdirSync(directory))
		say(`   file: ${relative('.', join(directory, name))}`);
}

/** @param {Service} service @param {string} editor */
async function keepOpen({ real, url, token }, editor) {
	say('\n== All is well');
	say(`   Node-RED   ${editor}   press the button of the inject node to run the flow again`);
	if (real) say('   requests   https://www.runcomfy.com, on the page of your deployment');
	else {
		say(`   simulator  ${url}   open it to watch the requests; its token is ${token}`);
		say(
			'   RunComfy   with RUNCOMFY_API_TOKEN and RUNCOMFY_DEPLOYMENT_ID set, npm start runs there',
		);
	}
	say('   n8n        npm run start:n8n opens its editor, too (downloads n8n first)');
	say('\nPress Ctrl-C to end.');
	await sleep(2 ** 31 - 1, undefined, { signal: stopped.signal });
}
