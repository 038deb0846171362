// A real Node-RED on the jumping clock, with the simulator in its process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/free-port.mjs';
import { startNodeRed } from '../../scripts/hosts/node-red.mjs';
import { until } from '../../scripts/process.mjs';
import { flow, TOKEN } from './nodeRedFlow.mjs';

const near = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @template T
 * @param {object} options of the simulator
 * @param {(ask: (task: object) => Promise<any>) => Promise<T>} work
 */
export async function withNodeRed(options, work) {
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-red-'));
	const port = await freePort();
	const service = JSON.stringify({ port, token: TOKEN, ...options });
	const host = await startNodeRed({
		userDir: join(dir, 'user'),
		env: { NODE_OPTIONS: `--require ${near('./clock.cjs')}` },
		settings: `functionGlobalContext: { bench: require(${JSON.stringify(near('./nodeRedDriver.cjs'))}).open(${service}) },`,
	});
	const ask = async (task) => {
		const sent = JSON.stringify(task);
		const answer = await fetch(`${host.url}/run?task=${encodeURIComponent(sent)}`);
		const result = await answer.json();
		if (result.error) throw new Error(result.error);
		return result;
	};
	try {
		await host.deploy(flow(`http://127.0.0.1:${port}`));
		await until('Node-RED answers', () => ask({ way: 'run', seconds: 1, lengthsMs: [1_000], atOnce: true }));
		return await work(ask);
	} finally {
		await host.stop('SIGKILL');
		rmSync(dir, { recursive: true, force: true });
	}
}
