// n8n's engine, its own nodes and ours, and the simulator, in one process on the jumping clock.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const clock = require('./clock.cjs');
const { createEngine } = await import('../../scripts/hosts/n8n-engine.mjs');
const { loadSimulator, root } = await import('../../scripts/root.mjs');
const { nodesOfN8n } = await import('../processes.mjs');
const ways = await import('./n8nWorkflows.mjs');

const TOKEN = 'simulator-token';

/** When each request's item came to the last node: milliseconds by request id. */
const marks = new Map();

async function setUp({ slots: maxInstances, queueMs }) {
	clock.start();
	const simulator = await loadSimulator().createSimulator({ token: TOKEN, maxInstances, queueMs });
	const engine = await createEngine({
		packageDir: root,
		credentials: { runComfyApi: { apiToken: TOKEN, baseUrl: simulator.url, apiVersion: 'v1' } },
		nodeTypes: { ...nodesOfN8n(), 'bench.mark': markNode() },
	});
	return { simulator, engine };
}

function markNode() {
	return {
		description: {
			displayName: 'Mark',
			name: 'mark',
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name: 'Mark' },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			const items = this.getInputData();
			for (const { json } of items) marks.set(json.request_id, Date.now());
			return [items];
		},
	};
}

/**
 * Runs a way of waiting for run lengths, an execution each.
 * @param {{way: string, seconds?: number, lengthsMs: number[], atOnce: boolean}} task
 */
async function lengths({ simulator, engine }, { way, seconds, lengthsMs, atOnce }) {
	const deploymentId = simulator.deploymentIds.textToImage;
	const service = { url: simulator.url, token: TOKEN, deploymentId };
	const json = ways[way](service, seconds);
	const one = async (ms) => {
		simulator.inject({ name: 'run_time', ms, times: 1 });
		const { status, error } = await engine.run(json).outcome;
		if (status !== 'success') throw error ?? new Error(status);
	};
	if (atOnce) await Promise.all(lengthsMs.map(one));
	else for (const ms of lengthsMs) await one(ms);
	return seenOf(simulator);
}

function seenOf(simulator) {
	const jobs = [...simulator.jobs.values()];
	const lag = jobs.map(({ requestId, finishedAt }) => (marks.get(requestId) - finishedAt) / 1000);
	const calls = simulator.requests.filter(({ route }) => route !== 'storage').length;
	return { lag: mean(lag), calls: calls / jobs.length, runs: jobs.length };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const [, , task = '{}'] = process.argv;
const given = JSON.parse(task);
process.send?.(await lengths(await setUp(given), given), () => process.exit(0));
