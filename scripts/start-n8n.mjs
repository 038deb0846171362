// `npm run start:n8n`: starts the simulator and a real n8n with this package, a credential and the repository's
// workflows, to try things out. Installs n8n on the first run: see hosts/setup.mjs.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { portOf } from './free-port.mjs';
import { startChatModel } from './hosts/chat-model.mjs';
import { OWNER, startN8n } from './hosts/n8n.mjs';
import { setup } from './hosts/setup.mjs';
import { PACKED } from './package.mjs';
import { loadSimulator, root } from './root.mjs';
import { CREDENTIAL, MODEL_CREDENTIAL, readWorkflows, ready } from './workflows.mjs';

const dir = join(root, 'output', 'n8n');
const FIRST = 'text-to-image.json';

const HELP = `Usage: npm run start:n8n [-- options]

Builds the package and opens a real n8n with it on this machine until Ctrl-C, with the simulator in
RunComfy's place, a credential and this repository's workflows. n8n and what it needs are downloaded
the first time: it says how much before it begins.

  --port <n>    port of n8n's editor (5678)
  --help        shows this text and ends
`;

try {
	const { values } = parseArgs({
		options: {
			help: { type: 'boolean', short: 'h', default: false },
			port: { type: 'string', default: '5678' },
		},
	});
	if (values.help) console.log(HELP);
	// Checks the port before 3 GB are downloaded.
	else await open(await portOf('npm run start:n8n', values.port));
} catch (error) {
	const { message, description } = /** @type {any} */ (error);
	console.error(description ? `${message}\n${description}` : error);
	process.exitCode = 1;
}

/** @param {number | undefined} port */
async function open(port) {
	await setup({ browser: false });
	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir, { recursive: true });
	const workflows = readWorkflows().map(({ name, workflow }, index) => ({
		name,
		id: `workflow${String(index).padStart(8, '0')}`,
		workflow,
	}));
	const simulator = await loadSimulator().createSimulator({
		latencyMs: 3_000,
		coldStartMs: 2_000,
		log: (line) => console.log(`simulator  ${line}`),
	});
	// A stand-in for a language model: draws whatever it is told.
	const model = await startChatModel((messages) => {
		const last = messages.at(-1);
		return last?.role === 'tool'
			? { say: `The tool answered:\n\n${last.content}` }
			: { call: 'Draw_Picture', args: { prompt: last?.content } };
	});
	console.log('Starting n8n (about a minute) …');
	const n8n = await startN8n({
		dir,
		tarball: PACKED.n8n,
		port,
		credentials: [
			{
				...CREDENTIAL,
				data: { apiToken: simulator.token, baseUrl: simulator.url },
			},
			{ ...MODEL_CREDENTIAL, data: { apiKey: 'not-checked', url: model.url } },
		],
		workflows: workflows.map(({ workflow, id }) => ready(workflow, id, simulator.deploymentIds)),
	});
	// n8n's first page may not list its workflows.
	const first = workflows.find(({ name }) => name === FIRST);
	const lines = [
		`n8n is open: sign in as ${OWNER.email} with ${OWNER.password}.`,
		`A workflow to begin with, "${first?.workflow.name}": ${n8n.url}/workflow/${first?.id}`,
		`All workflows: ${n8n.url}/home/workflows`,
		`The simulator: ${simulator.url} (open it to watch the requests), token ${simulator.token}`,
		'Ctrl-C ends it.',
	];
	console.log(`\n${lines.join('\n')}`);
}
