// n8n as it runs in production: in one process with SQLite, or in queue mode with a main, workers, Redis and
// PostgreSQL. Every process can be killed and started again.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { startMain, startWorker } from './n8n-process.mjs';
import { findServers, startPostgres, startRedis } from './servers.mjs';

/**
 * @typedef {object} InstanceOptions
 * @property {string} dir an existing folder
 * @property {string} tarball the packed package
 * @property {NodeJS.ProcessEnv} [env] for every process
 * @property {((line: string) => void) | undefined} [log]
 */

/** @typedef {Awaited<ReturnType<typeof startRegular>> | Awaited<ReturnType<typeof startQueue>>} Instance */

/**
 * Starts one process with SQLite.
 * @param {InstanceOptions} options
 */
export async function startRegular({ dir, tarball, log, ...options }) {
	const port = await freePort();
	const env = { WEBHOOK_URL: `http://127.0.0.1:${port}/`, ...options.env };
	const { service, ...main } = await startMain({
		dir: join(dir, 'main'),
		tarball,
		port,
		env,
		log,
	});
	const services = [service];
	return {
		...main,
		...lifeOf(services),
		mode: /** @type {const} */ ('regular'),
		main: service,
		workers: /** @type {import('./group.mjs').Service[]} */ ([]),
		stop: () => endAll(services),
	};
}

/**
 * @param {InstanceOptions & {
 *   workers?: number,
 *   concurrency?: number,
 *   sharedFolder?: boolean,
 *   persistentRedis?: boolean,
 * }} options `concurrency` is that of each worker; with `sharedFolder`, all processes have one user
 * folder; `persistentRedis` keeps the queue over a restart of Redis
 */
export async function startQueue({
	dir,
	tarball,
	workers: count = 2,
	concurrency = 2,
	sharedFolder = false,
	persistentRedis = false,
	log,
	...options
}) {
	const servers = findServers();
	if (!servers) throw new Error('Redis or PostgreSQL is missing: see setupServers');
	const redisDir = join(dir, 'redis');
	mkdirSync(redisDir, { recursive: true });
	const port = await freePort();
	/** @type {import('./group.mjs').Service[]} */
	const started = [];
	const [redis, postgres] = await Promise.all([
		startRedis({ binary: servers.redis, dir: redisDir, persistent: persistentRedis }),
		startPostgres({ binaries: servers.postgres }),
	]);
	started.push(redis, postgres);
	const stop = async () => {
		await endAll(started.filter((service) => service !== postgres));
		// Ends it with a signal that lets it wait for its own processes.
		await postgres.end('SIGQUIT');
		postgres.remove();
	};
	try {
		const env = {
			WEBHOOK_URL: `http://127.0.0.1:${port}/`,
			...postgres.env,
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			...options.env,
		};
		const place = (/** @type {string} */ name) => ({
			dir: join(dir, sharedFolder ? 'main' : name),
			log: log && ((/** @type {string} */ line) => log(`${name}: ${line}`)),
		});
		// Only the main process migrates the database.
		const { service, ...main } = await startMain({ ...place('main'), tarball, port, env });
		started.push(service);
		const workers = await Promise.all(
			Array.from({ length: count }, async (_, index) => {
				const worker = await startWorker({
					...place(`worker-${index + 1}`),
					...(sharedFolder ? {} : { tarball }),
					// A worker needs no server: the addresses that it writes lead elsewhere.
					port: await freePort(),
					env,
					concurrency,
				});
				started.push(worker);
				return worker;
			}),
		);
		return {
			...main,
			...lifeOf([redis, postgres, service, ...workers]),
			mode: /** @type {const} */ ('queue'),
			main: service,
			workers,
			redis,
			postgres,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** @param {import('./group.mjs').Service[]} services in the order in which they start */
function lifeOf(services) {
	return {
		/** Starts what is not running, as a supervisor does. */
		async revive() {
			for (const service of services) if (!service.running()) await service.start();
		},
		lines: () => services.flatMap((service) => service.lines()),
	};
}

/** @param {import('./group.mjs').Service[]} services */
async function endAll(services) {
	await Promise.all(services.map((service) => service.end('SIGKILL')));
}
