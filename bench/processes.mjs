// Starts separate processes for what is measured and for what must not be: n8n keeps its settings in singletons, and
// the simulator's memory and work do not count. n8n's own nodes come with n8n, which is installed with the hosts of
// the end-to-end tests.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requireHosts, setup, toolPath } from '../scripts/hosts/setup.mjs';
import { loadSimulator } from '../scripts/root.mjs';

const self = fileURLToPath(import.meta.url);

/**
 * Starts a script, and waits for its first message.
 * @param {string} script below bench/, which takes the task as its argument
 * @param {object} task
 * @param {NodeJS.ProcessEnv} [env] besides this process's own
 */
function start(script, task, env = {}) {
	const file = fileURLToPath(new URL(script, import.meta.url));
	const child = fork(file, [JSON.stringify(task)], { env: { ...process.env, ...env } });
	const answer = new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
		child.once('message', resolve);
	});
	return { child, answer };
}

/** @type {(...given: Parameters<typeof start>) => Promise<any>} */
export const inProcess = (...given) => start(...given).answer;

/**
 * @param {object} options of `createSimulator`, as far as JSON carries them
 * @returns {Promise<{url: string, token: string, deploymentIds: Record<string, string>, stop(): void}>}
 */
export async function startSimulator(options) {
	const { child, answer } = start('./processes.mjs', options);
	return {
		.../** @type {any} */ (await answer),
		stop: () => child.kill(),
	};
}

if (process.argv[1] === self) {
	const { createSimulator } = loadSimulator();
	const simulator = await createSimulator(JSON.parse(process.argv[2] ?? '{}'));
	// Without a listener, this process would end.
	process.on('message', () => undefined);
	const { url, token, deploymentIds } = simulator;
	process.send?.({ url, token, deploymentIds });
}

export async function needNodesOfN8n() {
	if (!existsSync(toolPath('n8n-nodes-base/package.json'))) await setup({ browser: false });
}

/** Loaded nodes, by file and class. */
const NODES = {
	httpRequest: 'HttpRequest',
	if: 'If',
	wait: 'Wait',
};

/** Nodes of n8n's own, by full name. @returns {Record<string, any>} */
export function nodesOfN8n() {
	return Object.fromEntries(
		Object.entries(NODES).map(([name, file]) => {
			const module = requireHosts(`n8n-nodes-base/dist/nodes/${file}/${file}.node.js`);
			return [`n8n-nodes-base.${name}`, new module[file]()];
		}),
	);
}
