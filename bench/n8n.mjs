// The n8n node on n8n's engine, in a process of its own: how long many items take beside one, and
// how far memory grows with a large output.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../scripts/hosts/n8n-engine.mjs';
import { root } from '../scripts/root.mjs';
import { BIG_BYTES, MB, RUN_MS, SLOTS } from './load.mjs';
import { startSimulator } from './simulator.mjs';

const self = fileURLToPath(import.meta.url);

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function n8n() {
	const { one, ten } = await inChild('items', { latencyMs: RUN_MS, maxInstances: SLOTS });
	const { grown, bytes } = await inChild('memory', { latencyMs: 100 });
	return [
		{ name: 'one item', value: one / 1000, unit: 's' },
		{ name: `${SLOTS} items on ${SLOTS} free slots`, value: ten / 1000, unit: 's' },
		{ name: `${SLOTS} items, times one item`, value: ten / one, unit: '×', most: 1.3 },
		{
			name: `memory growth with an output of ${Math.round(bytes / MB)} MiB`,
			value: grown / MB,
			unit: 'MiB',
			most: 64,
		},
	];
}

async function inChild(task, options) {
	const simulator = await startSimulator(options);
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-n8n-'));
	try {
		return await new Promise((resolve, reject) => {
			const child = fork(self, [task, JSON.stringify(simulator), dir], {
				execArgv: ['--expose-gc'],
				env: { ...process.env, N8N_USER_FOLDER: dir },
			});
			child.once('error', reject);
			child.once('exit', (code) => reject(new Error(`The n8n process ended with ${code}`)));
			child.on('message', (message) => {
				if ('result' in message) resolve(message.result);
				else simulator.update(message.update);
			});
		});
	} finally {
		simulator.stop();
		rmSync(dir, { recursive: true, force: true });
	}
}

const workflow = (deploymentId) => ({
	name: 'bench',
	nodes: [
		{
			id: 't',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: 'r',
			name: 'Run',
			type: 'n8n-nodes-runcomfy.runComfy',
			typeVersion: 1,
			position: [200, 0],
			parameters: {
				resource: 'request',
				operation: 'runAndWait',
				deploymentId: { __rl: true, mode: 'id', value: deploymentId },
				inputMode: 'json',
				overrides: '{}',
				options: { concurrency: SLOTS, maxFileSize: 0 },
			},
		},
	],
	connections: { Start: { main: [[{ node: 'Run', type: 'main', index: 0 }]] } },
});

const TASKS = {
	async items(run) {
		const one = await timed(() => run(1));
		const ten = await timed(() => run(SLOTS));
		return { one, ten };
	},
	async memory(run, engine) {
		await run(1);
		// A small output first: what loads once is not the output's cost.
		process.send?.({ update: { outputBytes: BIG_BYTES } });
		globalThis.gc?.();
		const before = process.memoryUsage.rss();
		let most = before;
		const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
		const [item] = await run(1);
		clearInterval(timer);
		return { grown: most - before, bytes: statSync(engine.binaryPath(item)).size };
	},
};

async function timed(work) {
	const began = performance.now();
	await work();
	return performance.now() - began;
}

if (process.argv[1] === self) {
	const [, , task, facts, dir] = process.argv;
	const { url, token, deploymentIds } = JSON.parse(facts);
	const engine = await createEngine({
		packageDir: root,
		credentials: { runComfyApi: { apiToken: token, baseUrl: url, apiVersion: 'v1' } },
		binaryDir: join(dir, 'binary'),
	});
	const run = async (count) => {
		const inputs = Array.from({ length: count }, () => ({}));
		const outcome = await engine.run(workflow(deploymentIds.textToImage), { inputs }).outcome;
		const items = outcome.items('Run');
		if (outcome.status !== 'success' || items.some((item) => !item.binary)) {
			throw outcome.error ?? new Error(JSON.stringify(items.map(({ json }) => json.warnings)));
		}
		return items;
	};
	const result = await TASKS[task](run, engine);
	process.send?.({ result }, () => process.exit(0));
}
