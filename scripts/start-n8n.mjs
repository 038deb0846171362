// `npm run start:n8n`: the simulator and a real n8n with this package, a credential and the
// repository's workflows, for trying things out. Installs n8n on the first run: see hosts/setup.mjs.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { explain, HELP_N8N, readN8nOptions, UserError } from './demo/options.mjs';
import { refuseTakenPort } from './demo/service.mjs';
import { startChatModel } from './hosts/chat-model.mjs';
import { OWNER, startN8n } from './hosts/n8n.mjs';
import { setup } from './hosts/setup.mjs';
import { startSimulator } from './hosts/simulator.mjs';
import { packInto } from './package.mjs';
import { root } from './root.mjs';
import { CREDENTIAL, MODEL_CREDENTIAL, readWorkflows, ready } from './workflows.mjs';

const dir = join(root, 'output', 'n8n');
const FIRST = 'text-to-image.json';

try {
	const { help, port } = readN8nOptions(process.argv.slice(2));
	if (help) console.log(HELP_N8N);
	else await open(port);
} catch (error) {
	for (const line of explain(error, { debug: !(error instanceof UserError) })) console.error(line);
	process.exitCode = 1;
}

/** @param {number} port */
async function open(port) {
	// Before 3 GB are downloaded, not after.
	await refuseTakenPort(port, { command: 'npm run start:n8n', owner: 'an n8n' });
	await setup({ browser: false });
	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir, { recursive: true });
	const tarball = packInto(dir);
	const workflows = readWorkflows().map(({ name, workflow }, index) => ({
		name,
		id: `workflow${String(index).padStart(8, '0')}`,
		workflow,
	}));
	const simulator = await startSimulator({
		latencyMs: 3_000,
		coldStartMs: 2_000,
		log: (line) => console.log(`simulator  ${line}`),
	});
	// In the place of a language model: it draws whatever it is told.
	const model = await startChatModel((messages) => {
		const last = messages.at(-1);
		return last?.role === 'tool'
			? { say: `The tool answered:\n\n${last.content}` }
			: { call: 'Draw_Picture', args: { prompt: last?.content } };
	});
	console.log('Starting n8n (about a minute) …');
	const n8n = await startN8n({
		dir,
		tarball,
		port,
		credentials: [
			{
				...CREDENTIAL,
				data: { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' },
			},
			{ ...MODEL_CREDENTIAL, data: { apiKey: 'not-checked', url: model.url } },
		],
		workflows: workflows.map(({ workflow, id }) => ready(workflow, id, simulator.deploymentIds)),
	});
	// n8n's first page may offer other things than its workflows.
	const first = workflows.find(({ name }) => name === FIRST);
	const lines = [
		`n8n is open: sign in as ${OWNER.email} with ${OWNER.password}.`,
		`Text to image, a workflow to begin with: ${n8n.url}/workflow/${first?.id}`,
		`All workflows: ${n8n.url}/home/workflows`,
		'Ctrl-C ends it.',
	];
	console.log(`\n${lines.join('\n')}`);
	await new Promise((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
	});
	await n8n.stop();
	await model.close();
	await simulator.close();
}
