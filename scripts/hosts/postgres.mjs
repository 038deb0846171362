// A PostgreSQL of our own: on 127.0.0.1, without a socket file, in a folder that goes with it.
import { chownSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { exec, until } from '../process.mjs';
import { createService, removeFolder, startGroup, temporaryFolder } from './group.mjs';

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
		/** What n8n has to know of it. @type {NodeJS.ProcessEnv} */
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
