// Starts ./n8n.mjs, a process for each task: n8n keeps its settings in singletons.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./n8n.mjs', import.meta.url));

/**
 * @param {object} task see ./n8n.mjs
 * @returns {Promise<any>}
 */
export function onN8n(task) {
	return new Promise((resolve, reject) => {
		const child = fork(script, [JSON.stringify(task)]);
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`The n8n process ended with ${code}`)));
		child.once('message', resolve);
	});
}
