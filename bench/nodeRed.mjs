// Measures a flow in a real Node-RED: a call to `/run` passes a task to a driver inside the process, which sends
// messages into the flow, receives those that come out, and returns its measurements.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNodeRed } from '../scripts/hosts/node-red.mjs';
import { until } from '../scripts/process.mjs';

// Without a position, Node-RED takes a node for a config node.
export const place = { z: 'tab', x: 100, y: 100 };

/** @param {string} id @param {string} func @param {string[][]} wires */
export const code = (id, func, wires) => ({
	id,
	type: 'function',
	...place,
	func,
	outputs: wires.length,
	wires,
});

/**
 * @template T
 * @param {object} options
 * @param {string} options.driver path of a CommonJS module: `open(given)` is called at the start, `run(task, send)` for
 * each task, `mark(msg)` for each message that comes out
 * @param {object} [options.given]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {{url: string, token: string}} options.service of the account
 * @param {string[]} options.entrances ids of nodes that `send(id, msg)` sends to
 * @param {object[]} options.nodes of the flow; their output goes to `mark`
 * @param {(ask: (task: object) => Promise<any>) => Promise<T>} work
 */
export async function withNodeRed({ driver, given, env, service, entrances, nodes }, work) {
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-red-'));
	const opened = `require(${JSON.stringify(driver)}).open(${JSON.stringify(given) ?? ''})`;
	const host = await startNodeRed({
		userDir: join(dir, 'user'),
		env,
		settings: `functionGlobalContext: { bench: ${opened} },`,
	});
	const ask = async (/** @type {object} */ task) => {
		const url = `${host.url}/run?task=${encodeURIComponent(JSON.stringify(task))}`;
		// Node-RED answers a deploy before the flows have started.
		const answer = await until('the flow is there', async () => {
			const found = await fetch(url);
			return found.status !== 404 && found;
		});
		if (!answer.ok) throw new Error(await answer.text());
		return answer.json();
	};
	const go = `
		const task = JSON.parse(msg.payload.task);
		const at = ${JSON.stringify(entrances)};
		const send = (id, sent) => node.send(at.map((one) => (one === id ? sent : null)));
		const reply = (answer) => node.send([...at.map(() => null), { ...msg, ...answer }]);
		global.get('bench').run(task, send).then(
			(payload) => reply({ payload }),
			(error) => reply({ statusCode: 500, payload: String(error.stack) }),
		);`;
	try {
		await host.deploy([
			{ id: 'tab', type: 'tab', label: 'bench' },
			{
				id: 'account',
				type: 'runcomfy-config',
				baseUrl: service.url,
				concurrency: 10,
				credentials: { apiToken: service.token },
			},
			{ id: 'in', type: 'http in', ...place, url: '/run', method: 'get', wires: [['go']] },
			code('go', go, [...entrances.map((id) => [id]), ['reply']]),
			...nodes,
			code('mark', `global.get('bench').mark(msg);`, []),
			{ id: 'catch', type: 'catch', ...place, scope: null, wires: [['mark']] },
			{ id: 'reply', type: 'http response', ...place, wires: [] },
		]);
		return await work(ask);
	} finally {
		await host.stop('SIGKILL');
		rmSync(dir, { recursive: true, force: true });
	}
}
