// What a request that waits costs its host, in memory and in CPU: two thousand messages in Node-RED, some
// hundred executions in n8n, each way of waiting in a process of its own.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../../scripts/hosts/node-red.mjs';
import { patiently } from '../patiently.mjs';
import { needNodesOfN8n } from '../sideBySide/needs.mjs';
import { flow } from '../sideBySide/nodeRedFlow.mjs';
import { startSimulator } from '../simulator.mjs';

const MESSAGES = 2_000;
const EXECUTIONS = 300;
const LOOP_S = 10;
/** Longer than any of this: none ends meanwhile. */
const LATENCY_MS = 3_600_000;
const MOST_KIB = 20;

const WAYS = [
	{ host: 'Node-RED', way: `loop of ${LOOP_S} s`, task: { way: 'loop' } },
	{ host: 'Node-RED', way: 'ours, waiting for its turn', task: { way: 'run', concurrency: 10 } },
	{ host: 'Node-RED', way: 'ours, running', task: { way: 'run', concurrency: MESSAGES * 2 } },
	{ host: 'n8n', way: `loop of ${LOOP_S} s`, task: { way: 'loop' } },
	{ host: 'n8n', way: 'ours, in memory', task: { way: 'runAndWait' } },
];

const near = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @returns {Promise<import('../report.mjs').Measured>} */
export async function waiting() {
	await needNodesOfN8n();
	const data = [];
	for (const { host, way, task } of WAYS) {
		const service = await startSimulator({ latencyMs: LATENCY_MS, maxInstances: 5_000 });
		const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-waiting-'));
		try {
			const measure = host === 'n8n' ? inN8n : inNodeRed;
			data.push({ host, way, ...(await measure({ service, dir, seconds: LOOP_S, ...task })) });
		} finally {
			service.stop();
			rmSync(dir, { recursive: true, force: true });
		}
	}
	return { figures: data.flatMap(toFigures), data };
}

function inN8n(task) {
	return new Promise((resolve, reject) => {
		const env = { ...process.env, N8N_USER_FOLDER: task.dir };
		const child = fork(near('./n8nProcess.mjs'), [JSON.stringify({ ...task, count: EXECUTIONS })], {
			env,
		});
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`The n8n process ended with ${code}`)));
		child.once('message', resolve);
	});
}

async function inNodeRed({ service, dir, way, seconds, concurrency }) {
	const driver = JSON.stringify(near('./nodeRedDriver.cjs'));
	const host = await startNodeRed({
		userDir: join(dir, 'user'),
		settings: `functionGlobalContext: { bench: require(${driver}) },`,
	});
	try {
		await host.deploy(flow(service.url, concurrency ? { concurrency } : {}));
		const task = encodeURIComponent(JSON.stringify({ way, seconds, count: MESSAGES }));
		return await patiently(async () => {
			const answer = await fetch(`${host.url}/run?task=${task}`);
			if (!answer.ok) throw new Error(await answer.text());
			return answer.json();
		});
	} finally {
		await host.stop('SIGKILL');
	}
}

function toFigures({ host, way, heap, rss, cpuMs }) {
	const goal = host === 'Node-RED' && way.startsWith('ours') ? { most: MOST_KIB } : {};
	return [
		{ name: `${host}, ${way}: heap for each`, value: heap / 1024, unit: 'KiB', ...goal },
		{ name: '… resident memory for each', value: rss / 1024, unit: 'KiB' },
		{ name: '… CPU for each in a minute', value: cpuMs, unit: 'ms' },
	];
}
