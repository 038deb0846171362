// Child processes whose output is kept, so that a failure can show it.
import { spawn } from 'node:child_process';
import { collectLines } from '../../../scripts/lines.mjs';

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, log?: (line: string) => void}} [options]
 */
export function start(command, args, { cwd, env, log = () => undefined } = {}) {
	const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	const lines = collectLines(child, log);
	const ended = new Promise((resolve) => {
		child.once('error', (error) => {
			lines.push(String(error));
			resolve(null);
		});
		child.once('exit', (code) => resolve(code));
	});
	const running = () => child.exitCode === null && child.signalCode === null && child.pid;
	return {
		pid: child.pid,
		lines,
		ended,
		running,
		/** Asks politely, then ends it. */
		async stop(signal = 'SIGINT', patienceMs = 10_000) {
			if (!running()) return ended;
			child.kill(signal);
			const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
			return ended.finally(() => clearTimeout(timer));
		},
	};
}

/** Resolves when the command ends with 0; rejects with its last lines otherwise. */
export async function exec(command, args, options) {
	const child = start(command, args, options);
	const code = await child.ended;
	if (code === 0) return child.lines.join('\n');
	throw new Error(
		`${command} ${args.join(' ')} ended with ${code}:\n${child.lines.slice(-30).join('\n')}`,
	);
}

/**
 * Looks until `check` gives something truthy.
 * @template T
 * @param {string} what for the error
 * @param {() => T | Promise<T>} check errors count as "not yet"
 * @param {number} [withinMs]
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, check, withinMs = 30_000) {
	const deadline = Date.now() + withinMs;
	let last;
	while (Date.now() < deadline) {
		try {
			const value = await check();
			if (value) return value;
		} catch (error) {
			last = error;
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`${what}: not within ${withinMs} ms${last ? ` (${last})` : ''}`);
}
