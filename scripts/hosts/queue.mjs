// Starts n8n as in production: one process with SQLite, the same with the new engine enabled, or queue mode with a main
// process, workers, Redis and PostgreSQL on 127.0.0.1. Every process can be killed and restarted.
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { exec, start, startService, temporaryFolder } from '../process.mjs';
import { startN8n, startWorker } from './n8n.mjs';
import { postgresProgram } from './setup.mjs';

/** @typedef {import('../process.mjs').Service} Service */

/**
 * @typedef {object} InstanceOptions
 * @property {string} dir an existing folder
 * @property {string} tarball the packed package
 * @property {NodeJS.ProcessEnv} [env] for every process
 */

/** @typedef {Awaited<ReturnType<typeof startRegular>> | Awaited<ReturnType<typeof startQueue>>} Instance */

/**
 * Starts one process with SQLite.
 * @param {InstanceOptions} options
 */
export async function startRegular({ dir, tarball, env: more }) {
	const port = await freePort();
	const env = { ...addressOf(port), ...more };
	const n8n = await startN8n({ dir: join(dir, 'main'), tarball, port, env });
	return {
		...n8n,
		...lifeOf([n8n.service]),
		main: n8n.service,
		workers: /** @type {Service[]} */ ([]),
		stop: () => endAll([n8n.service]),
	};
}

/**
 * Starts one process with SQLite, and with the new engine and its PostgreSQL. Workflows with `engineType: 'v2'` in
 * their settings use that engine.
 * @param {InstanceOptions} options
 */
export async function startNewEngine({ env: more, ...options }) {
	const postgres = await startPostgres();
	const stopPostgres = async () => {
		await postgres.service.stop('SIGQUIT');
		postgres.remove();
	};
	try {
		const n8n = await startRegular({
			...options,
			env: {
				N8N_ENABLED_MODULES: 'engine-v2',
				N8N_ENGINE_DATABASE_URL: postgres.url,
				N8N_ENGINE_HOST: '127.0.0.1',
				N8N_ENGINE_PORT: String(await freePort()),
				N8N_ENGINE_CONTROL_PLANE_PORT: String(await freePort()),
				...more,
			},
		});
		return {
			...n8n,
			async stop() {
				await n8n.stop();
				await stopPostgres();
			},
		};
	} catch (error) {
		await stopPostgres();
		throw error;
	}
}

/**
 * @param {InstanceOptions & {
 *   concurrency?: number,
 *   sharedFolder?: boolean,
 *   persistentRedis?: boolean,
 * }} options `concurrency` is per worker, of which there are two; `sharedFolder` gives all processes one user folder;
 * `persistentRedis` keeps the queue across a restart of Redis
 */
export async function startQueue({
	dir,
	tarball,
	concurrency = 2,
	sharedFolder = false,
	persistentRedis = false,
	...options
}) {
	const port = await freePort();
	const [redis, postgres] = await Promise.all([
		startRedis(join(dir, 'redis'), persistentRedis),
		startPostgres(),
	]);
	/** @type {Service[]} */
	const started = [redis.service];
	const stop = async () => {
		await endAll(started);
		// SIGQUIT lets PostgreSQL wait for its own processes.
		await postgres.service.stop('SIGQUIT');
		postgres.remove();
	};
	try {
		const env = {
			...addressOf(port),
			...postgres.env,
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			...options.env,
		};
		const place = (/** @type {string} */ name) => ({
			dir: join(dir, sharedFolder ? 'main' : name),
			env,
		});
		// Only the main process migrates the database.
		const n8n = await startN8n({ ...place('main'), tarball, port });
		started.push(n8n.service);
		const workers = await Promise.all(
			['worker-1', 'worker-2'].map(async (name) => {
				const worker = await startWorker({
					...place(name),
					tarball: sharedFolder ? undefined : tarball,
					concurrency,
				});
				started.push(worker);
				return worker;
			}),
		);
		return {
			...n8n,
			...lifeOf([redis.service, postgres.service, n8n.service, ...workers]),
			main: n8n.service,
			workers,
			redis: redis.service,
			postgres: postgres.service,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** n8n's URL, for every process: workers have no server of their own. @param {number} port */
const addressOf = (port) => ({ WEBHOOK_URL: `http://127.0.0.1:${port}/` });

/** @param {Service[]} services in the order in which they start */
function lifeOf(services) {
	return {
		/** Restarts processes that have ended, as a supervisor does. */
		async revive() {
			for (const service of services) if (!service.running()) await service.start();
		},
		lines: () => services.flatMap((service) => service.lines()),
	};
}

/** @param {Service[]} services */
async function endAll(services) {
	await Promise.all(services.map((service) => service.stop('SIGKILL')));
}

/** @param {string} dir for its data @param {boolean} persistent whether the data survives a restart */
async function startRedis(dir, persistent) {
	mkdirSync(dir, { recursive: true });
	const port = await freePort();
	const args = [
		...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
		...['--appendonly', persistent ? 'yes' : 'no', '--daemonize', 'no'],
	];
	const launch = () => start('redis-server', args, { cwd: dir, group: true });
	const service = await startService('Redis', launch, ({ lines }) =>
		lines.some((line) => line.includes('Ready to accept connections')),
	);
	return { service, port };
}

const USER = 'n8n';

async function startPostgres() {
	const port = await freePort();
	const { folder, remove } = temporaryFolder('runcomfy-postgres-');
	// PostgreSQL refuses to run as root.
	const isRoot = process.getuid?.() === 0;
	if (isRoot) await exec('chown', ['postgres:postgres', folder]);
	/** @type {(program: string, args: string[]) => [string, string[]]} */
	const command = (program, args) => {
		const path = postgresProgram(program);
		if (!isRoot) return [path, args];
		const account = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
		return ['setpriv', [...account, path, ...args]];
	};
	const init = ['-D', folder, '-U', USER, '--auth=trust', '--encoding=UTF8', '--no-sync'];
	await exec(...command('initdb', init), { cwd: folder });
	const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
	const args = [
		...['-D', folder, '-p', String(port)],
		...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
	];
	const launch = () => start(...command('postgres', args), { cwd: folder, group: true });
	const service = await startService('PostgreSQL', launch, ({ lines }) =>
		lines.some((line) => line.includes('ready to accept connections')) ? listens(port) : false,
	);
	/** Environment variables for n8n. @type {NodeJS.ProcessEnv} */
	const env = {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(port),
		DB_POSTGRESDB_DATABASE: 'postgres',
		DB_POSTGRESDB_USER: USER,
	};
	return { service, env, url: `postgresql://${USER}@127.0.0.1:${port}/postgres`, remove };
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
}
