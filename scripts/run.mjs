// Runs a JavaScript command-line tool of this repository with the Node that runs this script.
import { spawn } from 'node:child_process';

/**
 * Rejects when the tool cannot be started or exits with another code than 0.
 * @param {string} script path of the tool, relative to `cwd`
 * @param {string[]} args
 * @param {{cwd: string, env?: NodeJS.ProcessEnv}} options
 * @returns {Promise<void>}
 */
export function run(script, args, { cwd, env = process.env }) {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: 'inherit' });
		child.once('error', reject);
		child.once('exit', (code, signal) => {
			if (code === 0) resolve();
			else reject(new Error(`${script} ${args.join(' ')} ended with ${signal ?? code}`));
		});
	});
}
