// Separate processes for the measured code and for everything that must not be measured: n8n keeps its settings in
// singletons, and the simulator's memory and work must not count. Also loads n8n's engine with n8n's own nodes, from
// the n8n installed for the end-to-end tests.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../scripts/hosts/n8n-engine.mjs';
import { requireHosts, setup, toolPath } from '../scripts/hosts/setup.mjs';
import { loadSimulator, root } from '../scripts/root.mjs';

const self = fileURLToPath(import.meta.url);

/**
 * Starts a script and waits for its first message.
 * @param {string} script below bench/, which takes the task as its argument
 * @param {object} task
 * @param {NodeJS.ProcessEnv} [env] in addition to this process's own
 */
function start(script, task, env = {}) {
	const file = fileURLToPath(new URL(script, import.meta.url));
	const child = fork(file, [JSON.stringify(task)], { env: { ...process.env, ...env } });
	/** @type {Promise<any>} */
	const answer = new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
		child.once('message', resolve);
	});
	return { child, answer };
}

/** @type {(...given: Parameters<typeof start>) => Promise<any>} */
export const inProcess = (...given) => start(...given).answer;

/** Reads the task in a process started by `inProcess`. */
export const taskOfProcess = () => JSON.parse(process.argv[2] ?? '{}');

/** Sends the answer and exits. @param {object} answer */
export const answerTask = (answer) => process.send?.(answer, () => process.exit(0));

/**
 * @param {object} options of `createSimulator`, limited to JSON
 * @returns {Promise<{url: string, token: string, deploymentIds: Record<string, string>, stop(): void}>}
 */
export async function startSimulator(options) {
	const { child, answer } = start('./processes.mjs', options);
	return { ...(await answer), stop: () => child.kill() };
}

if (process.argv[1] === self) {
	const { url, token, deploymentIds } = await loadSimulator().createSimulator(taskOfProcess());
	// A listener keeps this process alive.
	process.on('message', () => undefined);
	process.send?.({ url, token, deploymentIds });
}

export async function needNodesOfN8n() {
	if (!existsSync(toolPath('n8n-nodes-base/package.json'))) await setup({ browser: false });
}

/** Files and classes of n8n's own nodes, by name. */
const NODES = { httpRequest: 'HttpRequest', if: 'If', wait: 'Wait' };

/** @param {{url: string, token: string}} service @param {string} [binaryDir] */
export function engineFor({ url: baseUrl, token: apiToken }, binaryDir) {
	const nodes = Object.entries(NODES).map(([name, file]) => {
		const module = requireHosts(`n8n-nodes-base/dist/nodes/${file}/${file}.node.js`);
		return [`n8n-nodes-base.${name}`, new module[file]()];
	});
	return createEngine({
		packageDir: root,
		credentials: { runComfyApi: { apiToken, baseUrl } },
		nodeTypes: Object.fromEntries(nodes),
		...(binaryDir && { binaryDir }),
	});
}

/** @param {string} name @param {string} type @param {number} typeVersion @param {object} parameters */
export function node(name, type, typeVersion, parameters) {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}

/**
 * A workflow with the trigger "Start". @param {object[]} nodes @param {any[][]} lines from, to, output index of the
 * source
 */
export function workflow(nodes, lines) {
	const connections = {};
	for (const [from, to, output = 0] of lines) {
		const { main } = (connections[from] ??= { main: [] });
		while (main.length <= output) main.push([]);
		main[output].push({ node: to, type: 'main', index: 0 });
	}
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	return { name: 'bench', nodes: [start, ...nodes], connections };
}
