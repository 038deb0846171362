// The servers that n8n's queue mode needs besides n8n: Redis and PostgreSQL.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { exec } from '../process.mjs';

const DEBIAN = '/usr/lib/postgresql';
const PACKAGES = ['redis-server', 'postgresql'];

/** Where they are; undefined where one is missing. */
export function findServers() {
	const redis = process.env.REDIS_SERVER_PATH ?? inPath('redis-server');
	const postgres = process.env.POSTGRES_BIN_PATH ?? postgresFolder();
	return redis && postgres ? { redis, postgres } : undefined;
}

/**
 * Installs them where they are missing, which takes Debian's packages and root's rights.
 * @param {(line: string) => void} log
 * @returns the servers
 * @throws Error that says what is missing, and how to bring it
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

/** Debian keeps each version in a folder of its own, outside of PATH. */
function postgresFolder() {
	const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
	const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
	const folders = newestFirst.map((version) => join(DEBIAN, version, 'bin'));
	const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
	return found ?? inPath('initdb')?.slice(0, -'/initdb'.length);
}
