// Servers with child processes of their own: all of them end with the server, and the server ends with us.
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalTo, start } from '../process.mjs';

const MOST_LINES = 20_000;

/**
 * Starts a command in a process group of its own. Ctrl-C in a terminal does not reach it: it ends by
 * `end`, or with this process.
 * @param {string} command
 * @param {string[]} args
 * @param {Omit<NonNullable<Parameters<typeof start>[2]>, 'detached'>} [options]
 */
export function startGroup(command, args, options) {
	endWithThisProcess();
	const child = start(command, args, { ...options, detached: true });
	const { pid } = child;
	// The child processes that it has left behind.
	void child.ended.then(() => signalTo(pid && -pid, 'SIGKILL'));
	return {
		...child,
		/**
		 * SIGKILL goes to the whole group, as when a container is killed; any other signal to the
		 * leader alone, which ends its children itself.
		 * @param {NodeJS.Signals} signal
		 */
		async end(signal = 'SIGTERM', patienceMs = 60_000) {
			if (pid === undefined || !child.running()) return child.ended;
			signalTo(signal === 'SIGKILL' ? -pid : pid, signal);
			const timer = setTimeout(() => signalTo(-pid, 'SIGKILL'), patienceMs);
			return child.ended.finally(() => clearTimeout(timer));
		},
	};
}

/**
 * A server that can be ended and started again, with the same address and data.
 * @param {() => Promise<ReturnType<typeof startGroup>>} launch resolves once it is ready
 */
export function createService(launch) {
	/** @type {ReturnType<typeof startGroup> | undefined} */
	let server;
	/** @type {string[]} */
	const earlier = [];
	return {
		async start() {
			if (server) earlier.push(...server.lines);
			earlier.splice(0, earlier.length - MOST_LINES);
			server = await launch();
		},
		get pid() {
			return server?.pid;
		},
		running: () => server?.running() ?? false,
		/** Everything that it has printed, over all of its lives. */
		lines: () => [...earlier, ...(server?.lines ?? [])],
		/** @param {NodeJS.Signals} [signal] @param {number} [patienceMs] */
		end: async (signal, patienceMs) => server?.end(signal, patienceMs),
	};
}

/** @typedef {ReturnType<typeof createService>} Service */

/** Folders for the data of servers, which are removed with this process. @type {Set<string>} */
const folders = new Set();

/** @param {string} prefix of its name */
export function temporaryFolder(prefix) {
	endWithThisProcess();
	const folder = mkdtempSync(join(tmpdir(), prefix));
	folders.add(folder);
	return folder;
}

/** @param {string} folder */
export function removeFolder(folder) {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	folders.delete(folder);
}

let watching = false;

function endWithThisProcess() {
	if (watching) return;
	watching = true;
	process.on('exit', () => {
		for (const folder of folders) removeFolder(folder);
	});
	for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
		process.once(signal, () => process.exit(128 + constants.signals[signal]));
	}
}
