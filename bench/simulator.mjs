// The simulator in a process of its own, so that its memory and its work are not measured.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadSimulator } from '../scripts/dist.mjs';

const self = fileURLToPath(import.meta.url);

/**
 * @param {object} options of `createSimulator`, as far as JSON carries them
 * @returns {Promise<{url: string, token: string, deploymentIds: Record<string, string>, update(options: object): void, stop(): void}>}
 */
export function startSimulator(options) {
	const child = fork(self, [JSON.stringify(options)]);
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`The simulator ended with ${code}`)));
		child.once('message', (facts) => {
			child.removeAllListeners('exit');
			resolve({
				.../** @type {any} */ (facts),
				update: (changes) => child.send(changes),
				stop: () => child.kill(),
			});
		});
	});
}

if (process.argv[1] === self) {
	const { createSimulator } = loadSimulator();
	const simulator = await createSimulator(JSON.parse(process.argv[2] ?? '{}'));
	process.on('message', (changes) => simulator.update(changes));
	const { url, token, deploymentIds } = simulator;
	process.send?.({ url, token, deploymentIds });
}
