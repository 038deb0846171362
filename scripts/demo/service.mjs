import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { loadCore, loadSimulator } from '../dist.mjs';
import { tryLock } from '../lock.mjs';
import { UserError } from './options.mjs';

/**
 * RunComfy itself, or the simulator in its place.
 * @typedef {object} Service
 * @property {boolean} real whether runs cost money
 * @property {string} url
 * @property {string} token
 * @property {string} deploymentId
 * @property {() => Promise<void>} close
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @throws {UserError} with one of the two variables: what it was set for would not happen
 */
export function refuseHalf({ RUNCOMFY_API_TOKEN: token, RUNCOMFY_DEPLOYMENT_ID: deploymentId }) {
	if (Boolean(token) === Boolean(deploymentId)) return;
	const names = ['RUNCOMFY_API_TOKEN', 'RUNCOMFY_DEPLOYMENT_ID'];
	const [set, missing] = token ? names : names.reverse();
	throw new UserError(
		`${set} is set, and ${missing} is not.`,
		'Set both to use RunComfy itself, or neither to use the simulator.',
	);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 * @returns {Promise<Service>}
 */
export async function openService(env, say) {
	const { RUNCOMFY_API_TOKEN: token, RUNCOMFY_DEPLOYMENT_ID: deploymentId } = env;
	if (token && deploymentId) {
		say('\n== Service: RunComfy itself. This costs what your deployment’s hardware costs.');
		const url = env['RUNCOMFY_BASE_URL'] ?? loadCore().DEFAULT_BASE_URL;
		return { real: true, url, token, deploymentId, close: async () => undefined };
	}
	say('\n== Service: the simulator');
	const simulator = await loadSimulator().createSimulator({
		// Always the same if it can be: accounts that were made in the editor go on working.
		port: await nextFreePort(4010),
		latencyMs: 2_000,
		coldStartMs: 1_500,
		log: (line) => say(`   simulator  ${line}`),
	});
	say(`   ${simulator.url}`);
	return {
		real: false,
		url: simulator.url,
		token: simulator.token,
		deploymentId: simulator.deploymentIds.textToImage,
		close: () => simulator.close(),
	};
}

/**
 * A folder for one demo at a time, emptied of the last one's pictures.
 * @param {string} folder
 * @param {string[]} keep names in it that stay
 * @returns {() => void} gives the folder back
 * @throws {UserError} while another process has it
 */
export function takeFolder(folder, keep) {
	mkdirSync(folder, { recursive: true });
	const lock = join(folder, 'lock');
	const owner = tryLock(lock);
	if (owner !== undefined) {
		throw new UserError(
			`Another \`npm start\` is at work in this folder (process ${owner}).`,
			'End it with Ctrl-C first: it goes on using what this one would replace.',
		);
	}
	for (const name of readdirSync(folder)) {
		if (name !== 'lock' && !keep.includes(name)) {
			rmSync(join(folder, name), { recursive: true, force: true });
		}
	}
	return () => rmSync(lock, { force: true });
}

/**
 * @param {number} port of 127.0.0.1
 * @param {object} [wanted]
 * @param {string} [wanted.command] to be run again with another port
 * @param {string} [wanted.owner] who usually has that port
 * @throws {UserError} if a program listens on it
 */
export async function refuseTakenPort(port, { command = 'npm start', owner = 'a Node-RED' } = {}) {
	const error = await tryPort(port);
	if (error === undefined) return;
	const what =
		error.code === 'EADDRINUSE'
			? `Port ${port} is in use, perhaps by ${owner} of your own. Nothing was sent to it.`
			: `Port ${port}: ${error.message}`;
	// Below, a port needs special rights.
	const another = port >= 1024 && port < 65_535 ? port + 1 : 1881;
	throw new UserError(what, `Choose another one: ${command} -- --port ${another}`);
}

/**
 * @param {number} first the port that is wanted
 * @returns {Promise<number>} of 127.0.0.1: the wanted one, or the next that nothing listens on
 */
export async function nextFreePort(first) {
	for (let port = first; port < first + 100; port += 1) {
		if ((await tryPort(port)) === undefined) return port;
	}
	throw new UserError(
		`Ports ${first} to ${first + 99} are all in use.`,
		'Choose another one: npm start -- --port 8880',
	);
}

/**
 * @param {number} port
 * @returns {Promise<NodeJS.ErrnoException | undefined>} why nobody can listen on it
 */
function tryPort(port) {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', resolve);
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
	});
}
