// The servers that n8n's queue mode needs, Redis and PostgreSQL: finds them, and runs one of each on 127.0.0.1, in a
// folder that is removed with it.
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { exec, until } from '../process.mjs';
import { createService, removeFolder, startGroup, temporaryFolder } from './group.mjs';

const DEBIAN = '/usr/lib/postgresql';
const PACKAGES = ['redis-server', 'postgresql'];

/** Where the servers are; undefined if one is missing. */
export function findServers() {
	const redis = process.env.REDIS_SERVER_PATH ?? inPath('redis-server');
	const postgres = process.env.POSTGRES_BIN_PATH ?? postgresFolder();
	return redis && postgres ? { redis, postgres } : undefined;
}

/**
 * Installs missing servers, which takes Debian's packages and root's rights.
 * @param {(line: string) => void} log
 * @returns the servers
 * @throws Error that says what is missing, and how to install it
 */
export async function setupServers(log) {
	const there = findServers();
	if (there) return there;
	if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
		throw new Error(
			`Queue mode needs Redis and PostgreSQL. As root: apt-get install ${PACKAGES.join(' ')}. ` +
				'Or name them: REDIS_SERVER_PATH (a file), POSTGRES_BIN_PATH (the folder of initdb).',
		);
	}
	log(`queue: installing ${PACKAGES.join(' and ')}`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await exec('apt-get', ['update', '-qq'], { env });
	const install = ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES];
	await exec('apt-get', install, { env });
	const installed = findServers();
	if (!installed) throw new Error(`${PACKAGES.join(' and ')} are installed, but not to be found`);
	return installed;
}

function inPath(name) {
	const folders = (process.env.PATH ?? '').split(delimiter);
	return [...folders, '/usr/bin', '/usr/local/bin']
		.map((folder) => join(folder, name))
		.find((path) => existsSync(path));
}

/** Debian keeps each version in its own folder, outside of PATH. */
function postgresFolder() {
	const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
	const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
	const folders = newestFirst.map((version) => join(DEBIAN, version, 'bin'));
	const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
	return found ?? inPath('initdb')?.slice(0, -'/initdb'.length);
}

/**
 * @param {object} options
 * @param {string} options.binary
 * @param {string} options.dir an existing folder for its data
 * @param {boolean} [options.persistent] whether it keeps its data over a restart
 */
export async function startRedis({ binary, dir, persistent = false }) {
	const port = await freePort();
	const args = [
		...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
		...['--appendonly', persistent ? 'yes' : 'no', '--daemonize', 'no'],
	];
	const service = createService(async () => {
		const server = startGroup(binary, args, { cwd: dir });
		await until(
			'Redis answers',
			() => !server.running() || askRedis(port, 'PING').then(Boolean),
			30_000,
		);
		if (!server.running()) throw new Error(`Redis ended:\n${server.lines.join('\n')}`);
		return server;
	});
	await service.start();
	return {
		...service,
		port,
		/** Sends one command, which is answered in one line. @param {string} command */
		ask: (command) => askRedis(port, command),
	};
}

/** @returns {Promise<string>} */
function askRedis(port, command) {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
		socket.setTimeout(5_000, () => socket.destroy(new Error('Redis does not answer')));
		socket.once('error', reject);
		socket.once('data', (data) => {
			socket.end();
			resolve(String(data).trim());
		});
	});
}

const USER = 'n8n';

/** @param {{binaries: string}} options the folder of `initdb` and `postgres` */
export async function startPostgres({ binaries }) {
	const port = await freePort();
	const dir = temporaryFolder('runcomfy-postgres-');
	const account = await serverAccount();
	if (account) chownSync(dir, account.uid, account.gid);
	// PostgreSQL refuses to run as root.
	const command = (/** @type {string} */ program, /** @type {string[]} */ args) => {
		const path = join(binaries, program);
		if (!account) return /** @type {const} */ ([path, args]);
		const { uid, gid } = account;
		const own = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', path, ...args];
		return /** @type {const} */ (['setpriv', own]);
	};
	await exec(
		...command('initdb', ['-D', dir, '-U', USER, '--auth=trust', '--encoding=UTF8', '--no-sync']),
		{ cwd: dir },
	);
	const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
	const args = [
		...['-D', dir, '-p', String(port)],
		...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
	];
	const service = createService(async () => {
		const server = startGroup(...command('postgres', args), { cwd: dir });
		const ready = () => server.lines.some((line) => line.includes('ready to accept connections'));
		await until('PostgreSQL is ready', () => !server.running() || ready(), 60_000);
		if (!server.running()) throw new Error(`PostgreSQL ended:\n${server.lines.join('\n')}`);
		await until('PostgreSQL listens', () => listens(port));
		return server;
	});
	await service.start();
	return {
		...service,
		/** The variables with which n8n uses it. @type {NodeJS.ProcessEnv} */
		env: {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(port),
			DB_POSTGRESDB_DATABASE: 'postgres',
			DB_POSTGRESDB_USER: USER,
		},
		remove: () => removeFolder(dir),
	};
}

async function serverAccount() {
	if (process.getuid?.() !== 0) return undefined;
	const idOf = async (/** @type {string} */ which) => Number(await exec('id', [which, 'postgres']));
	return { uid: await idOf('-u'), gid: await idOf('-g') };
}

function listens(port) {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
}
