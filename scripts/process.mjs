// Runs child processes to their end or in the background, and keeps their output, so that a failure can show it.
// Processes and their data folders are removed when this process ends.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const GUARD = fileURLToPath(new URL('./end-with-parent.cjs', import.meta.url));

/** Lines of output kept from before a service's last restart. */
const MOST_LINES = 20_000;

/** Cleanups to run when this process ends. @type {Set<() => void>} */
const ends = new Set();
process.once('exit', () => ends.forEach((end) => end()));

/** @param {number | undefined} pid negative for a process group @param {NodeJS.Signals} signal */
function signalTo(pid, signal) {
	try {
		if (pid) process.kill(pid, signal);
	} catch {
		// The process has already ended.
	}
}

/**
 * Starts a command and keeps its output. The command ends with this process; a Node process even if this one is killed.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv | undefined} [options.env]
 * @param {((line: string) => void) | undefined} [options.log]
 * @param {boolean} [options.group] whether to start a process group, which ends with the command. Ctrl-C in a terminal
 * does not reach it.
 */
export function start(command, args, { cwd, env, log, group = false } = {}) {
	if (group) exitAtSignals();
	const node = /^node(\.exe)?$/.test(basename(command));
	const child = spawn(command, node ? ['--require', GUARD, ...args] : args, {
		cwd,
		detached: group,
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
			log?.(line);
		});
	}
	const kill = () => signalTo(child.pid && group ? -child.pid : child.pid, 'SIGKILL');
	ends.add(kill);
	/** @type {Promise<number | null>} */
	const ended = new Promise((resolve) => {
		child.once('error', (error) => {
			lines.push(String(error));
			resolve(null);
		});
		child.once('exit', (code) => {
			// Kills child processes that the command has left behind.
			if (group) kill();
			ends.delete(kill);
			resolve(code);
		});
	});
	const running = () =>
		child.exitCode === null && child.signalCode === null && child.pid !== undefined;
	return {
		pid: child.pid,
		lines,
		ended,
		/** Resolves after the last line of output. Processes left behind may delay this. */
		closed: new Promise((resolve) => child.once('close', resolve)),
		running,
		/**
		 * Asks the process to end, and kills it after a while. SIGKILL goes to the whole group, as when a container is
		 * killed; any other signal only to the leader, which ends its own children.
		 * @param {NodeJS.Signals} [signal]
		 */
		async stop(signal = 'SIGTERM', patienceMs = 60_000) {
			if (!running()) return ended;
			if (signal === 'SIGKILL') kill();
			else signalTo(child.pid, signal);
			const timer = setTimeout(kill, patienceMs);
			return ended.finally(() => clearTimeout(timer));
		},
	};
}

/**
 * Resolves with the output if the command exits with 0; otherwise rejects with its last lines.
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

/** @typedef {Awaited<ReturnType<typeof startService>>} Service */

/**
 * Starts a server that can be stopped and restarted with the same address and data.
 * @param {string} what for the error
 * @param {() => ReturnType<typeof start>} launch
 * @param {(server: ReturnType<typeof start>) => boolean | Promise<boolean>} isReady
 */
export async function startService(what, launch, isReady) {
	let server = launch();
	/** @type {string[]} */
	const earlier = [];
	const ready = async () => {
		const { lines, running } = server;
		await until(`${what} is ready`, () => !running() || isReady(server), 120_000).catch(
			async (error) => {
				await server.stop('SIGKILL');
				throw new Error(`${error.message}\n${lines.slice(-40).join('\n')}`);
			},
		);
		if (!running()) throw new Error(`${what} ended:\n${lines.slice(-40).join('\n')}`);
	};
	await ready();
	return {
		async start() {
			earlier.push(...server.lines);
			earlier.splice(0, earlier.length - MOST_LINES);
			server = launch();
			await ready();
		},
		get pid() {
			return server.pid;
		},
		running: () => server.running(),
		/** All output, across restarts. */
		lines: () => [...earlier, ...server.lines],
		/** @type {(typeof server)['stop']} */
		stop: (...how) => server.stop(...how),
	};
}

/** @param {string} prefix of its name */
export function temporaryFolder(prefix) {
	exitAtSignals();
	const folder = mkdtempSync(join(tmpdir(), prefix));
	const remove = () => {
		ends.delete(remove);
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	};
	ends.add(remove);
	return { folder, remove };
}

let watching = false;

function exitAtSignals() {
	if (watching) return;
	watching = true;
	for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
		process.once(signal, () => process.exit(128 + constants.signals[signal]));
	}
}

/**
 * Calls `check` until it returns something truthy.
 * @template T
 * @param {string} what for the error
 * @param {() => T | Promise<T>} check an exception counts as "not yet"
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
