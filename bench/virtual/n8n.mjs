// n8n's engine, its own nodes and ours, and the simulator, in one process on the jumping clock.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const clock = require('./clock.cjs');
const { createEngine } = await import('../../scripts/hosts/n8n-engine.mjs');
const { loadSimulator } = await import('../../scripts/dist.mjs');
const { root } = await import('../../scripts/root.mjs');
const { nodesOfN8n } = await import('../processes.mjs');
const ways = await import('../sideBySide/n8nWorkflows.mjs');
const { createResumer } = await import('./resume.mjs');

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
	const resumer = await createResumer(engine);
	// Without an address, n8n keeps what waits in its memory.
	const run = way === 'submitAndWebhook' ? resumer.run : (json) => engine.run(json).outcome;
	const json = ways[way](service, seconds);
	const one = async (ms) => {
		simulator.inject({ name: 'run_time', ms, times: 1 });
		const outcome = await run(json);
		if (outcome.status !== 'success') throw outcome.error ?? new Error(outcome.status);
	};
	if (atOnce) await Promise.all(lengthsMs.map(one));
	else for (const ms of lengthsMs) await one(ms);
	await resumer.close();
	return seenOf(simulator);
}

function seenOf(simulator) {
	const jobs = [...simulator.jobs.values()];
	const lag = jobs.map(({ requestId, finishedAt }) => (marks.get(requestId) - finishedAt) / 1000);
	const calls = simulator.requests.filter(({ route }) => route !== 'storage').length;
	return { lag: mean(lag), calls: calls / jobs.length, runs: jobs.length };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Runs a batch of items in one execution. @param {{way: string, seconds?: number, lengthsMs: number[]}} task */
async function batch({ simulator, engine }, { way, seconds, lengthsMs }) {
	const deploymentId = simulator.deploymentIds.textToImage;
	const json = ways[way]({ url: simulator.url, token: TOKEN, deploymentId }, seconds);
	for (const ms of lengthsMs) simulator.inject({ name: 'run_time', ms, times: 1 });
	const began = Date.now();
	const outcome = await engine.run(json, { inputs: lengthsMs.map(() => ({})) }).outcome;
	if (outcome.status !== 'success') throw outcome.error ?? new Error(outcome.status);
	const tookMs = Math.max(...marks.values()) - began;
	return { tookMs, ...seenOf(simulator), marked: marks.size };
}

const [, , given] = process.argv;
const task = JSON.parse(given ?? '{}');
const began = clock.realNow();
const world = await setUp(task);
const result = await { lengths, batch }[task.kind](world, task);
process.send?.({ ...result, realMs: clock.realNow() - began }, () => process.exit(0));
if (!process.send) {
	console.log(result, clock.realNow() - began);
	process.exit(0);
}
