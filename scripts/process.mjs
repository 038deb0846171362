// Runs child processes: to their end, or while their output is kept, so that a failure can show it.
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Runs a JavaScript command-line tool with the Node that runs this script; its output goes to ours.
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

const GUARD = fileURLToPath(new URL('./end-with-parent.cjs', import.meta.url));

/** What runs now, and must end with this process. @type {Set<() => void>} */
const ends = new Set();
process.once('exit', () => ends.forEach((end) => end()));

/** @param {number | undefined} pid of a group if it is negative @param {NodeJS.Signals} signal */
export function signalTo(pid, signal) {
	try {
		if (pid) process.kill(pid, signal);
	} catch {
		// It has ended already.
	}
}

/**
 * Starts a command; what it prints is kept. It ends with this process; a Node process even if this one is killed.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {(line: string) => void} [options.log]
 * @param {boolean} [options.detached] whether it leads a process group of its own
 */
export function start(command, args, { cwd, env, log = () => undefined, detached } = {}) {
	const node = /^node(\.exe)?$/.test(basename(command));
	const child = spawn(command, node ? ['--require', GUARD, ...args] : args, {
		cwd,
		detached,
		windowsHide: true,
		env: node ? { ...(env ?? process.env), END_WITH_PARENT: '3' } : env,
		stdio: ['ignore', 'pipe', 'pipe', ...(node ? [/** @type {const} */ ('pipe')] : [])],
	});
	/** @type {import('node:net').Socket | undefined} */ (child.stdio[3])?.unref();
	/** @type {string[]} */
	const lines = [];
	for (const input of [child.stdout, child.stderr]) {
		if (input === null) continue;
		createInterface({ input, crlfDelay: Infinity }).on('line', (line) => {
			lines.push(line);
			log(line);
		});
	}
	const end = () => signalTo(child.pid && detached ? -child.pid : child.pid, 'SIGKILL');
	ends.add(end);
	child.once('exit', () => ends.delete(end));
	/** @type {Promise<number | null>} */
	const ended = new Promise((resolve) => {
		child.once('error', (error) => {
			lines.push(String(error));
			resolve(null);
		});
		child.once('exit', (code) => resolve(code));
	});
	const running = () =>
		child.exitCode === null && child.signalCode === null && child.pid !== undefined;
	return {
		pid: child.pid,
		lines,
		ended,
		/** Resolves when its last line has arrived, too; processes that it left behind may delay that. */
		closed: new Promise((resolve) => child.once('close', resolve)),
		running,
		/** Asks it to end, and after a while kills it. @param {NodeJS.Signals} [signal] */
		async stop(signal = 'SIGINT', patienceMs = 10_000) {
			if (!running()) return ended;
			child.kill(signal);
			const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
			return ended.finally(() => clearTimeout(timer));
		},
	};
}

/**
 * Resolves with its output when the command ends with 0; rejects with its last lines otherwise.
 * @param {string} command
 * @param {string[]} args
 * @param {Parameters<typeof start>[2]} [options]
 */
export async function exec(command, args, options) {
	const child = start(command, args, options);
	const code = await child.ended;
	await child.closed;
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
	/** @type {unknown} */
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
