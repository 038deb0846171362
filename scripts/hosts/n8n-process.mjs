// One process of n8n that can be killed and started again: a main, or a worker of queue mode.
import { mkdirSync } from 'node:fs';
import { freePort } from '../free-port.mjs';
import { until } from '../process.mjs';
import { createService, startGroup } from './group.mjs';
import { installPackage, n8nEnv, n8nReady, openSession } from './n8n.mjs';
import { n8nScript, nodeForN8n } from './paths.mjs';

/**
 * @typedef {object} ProcessOptions
 * @property {string} dir n8n's user folder, made if missing
 * @property {string} [tarball] the packed package, to be installed there
 * @property {number} port of the editor; a worker only writes it into addresses
 * @property {NodeJS.ProcessEnv} env
 * @property {((line: string) => void) | undefined} [log]
 */

/** @param {ProcessOptions} options */
export async function startMain(options) {
	const { dir, port, log } = options;
	const env = await prepare(options);
	const url = `http://127.0.0.1:${port}`;
	/** @type {Awaited<ReturnType<typeof openSession>> | undefined} */
	let session;
	const service = createService(async () => {
		const server = startGroup(nodeForN8n(), [n8nScript(), 'start'], {
			cwd: dir,
			env,
			...(log && { log }),
		});
		await n8nReady(server, url);
		session = await openSession(url);
		return server;
	});
	await service.start();
	return {
		service,
		url,
		/** @type {Awaited<ReturnType<typeof openSession>>['rest']} */
		rest: async (...call) => session?.rest(...call),
		cookie: () => session?.cookie ?? '',
	};
}

/** @param {ProcessOptions & {concurrency: number}} options */
export async function startWorker(options) {
	const { dir, concurrency, log } = options;
	const health = await freePort();
	const env = {
		...(await prepare(options)),
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(health),
		N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
	};
	const args = [n8nScript(), 'worker', `--concurrency=${concurrency}`];
	const service = createService(async () => {
		const server = startGroup(nodeForN8n(), args, { cwd: dir, env, ...(log && { log }) });
		const ready = async () => {
			if (!server.running()) return true;
			return (await fetch(`http://127.0.0.1:${health}/healthz/readiness`)).ok;
		};
		await until('the worker is ready', ready, 120_000);
		if (!server.running()) {
			throw new Error(`The worker ended:\n${server.lines.slice(-40).join('\n')}`);
		}
		return server;
	});
	await service.start();
	return service;
}

/** @param {ProcessOptions} options */
async function prepare({ dir, tarball, port, env }) {
	mkdirSync(dir, { recursive: true });
	const all = { ...(await n8nEnv({ dir, port })), ...env };
	if (tarball) await installPackage(dir, tarball, all);
	return all;
}
