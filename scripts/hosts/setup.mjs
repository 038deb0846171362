// `node scripts/hosts/setup.mjs`: installs what the end-to-end tests need and this machine lacks: n8n, the Node-REDs, a
// Node.js that n8n accepts, a Chromium; with `--servers`, Redis and PostgreSQL in the place of that. Does nothing if all is there.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exec } from '../process.mjs';
import { chromiumPath, hostsDir, NODE_OF_N8N, nodeForN8n } from './paths.mjs';
import { setupServers } from './servers.mjs';

const stamp = join(hostsDir, 'node_modules', '.installed');

/** @param {{browser?: boolean, log?: (line: string) => void}} [options] */
export async function setup({ browser = true, log = console.log } = {}) {
	const lock = createHash('sha256')
		.update(readFileSync(join(hostsDir, 'package-lock.json')))
		.digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) {
		log('hosts: n8n and Node-RED are installed');
	} else {
		announce(log);
		await twice('install of the hosts', () => install(log), log);
		writeFileSync(stamp, lock);
	}
	if (browser && !chromiumPath())
		await twice('install of Chromium', () => installChromium(log), log);
	log(
		`hosts: Node.js ${await exec(nodeForN8n(), ['--version'])} for n8n, browser ${chromiumPath() ?? 'none'}`,
	);
}

/** @throws Error if it cannot work on this machine: before 3 GB are downloaded, not after. */
function announce(log) {
	const { versions, platform, arch } = process;
	const { lines, problem } = needsOf({ node: versions.node, platform, arch, folder: hostsDir });
	if (problem && !process.env.RUNCOMFY_N8N_NODE) throw new Error(problem);
	for (const line of lines) log(line);
}

/**
 * Says what installing the real hosts takes, before it begins.
 * @param {{node: string, platform: string, arch: string, folder: string}} machine `node`: a version such as `20.19.0`
 * @returns {{lines: string[], problem?: string}} what to say, and why it cannot work here
 */
export function needsOf({ node, platform, arch, folder }) {
	const lines = [
		`This downloads n8n and three Node-REDs: about 3 GB, into ${folder}. It takes some minutes, once.`,
		'It needs git, and to build sqlite3 a C++ compiler, make and Python 3 (Debian: apt install build-essential python3).',
	];
	if (Number(node.split('.')[0]) >= NODE_OF_N8N) return { lines };
	const own = `n8n needs Node.js ${NODE_OF_N8N}, and this is ${node}`;
	if (platform === 'linux' && arch === 'x64') {
		return {
			lines: [...lines, `${own}: a Node.js ${NODE_OF_N8N} for n8n alone is downloaded, too.`],
		};
	}
	return {
		lines,
		problem: `${own}. One for n8n alone can be downloaded for Linux on x64 only, and this is ${platform} on ${arch}: install Node.js ${NODE_OF_N8N} or newer and start again.`,
	};
}

// It tries twice, because a registry may fail once.
async function twice(what, work, log) {
	try {
		await work();
	} catch (error) {
		const [reason] = String(error).split('\n');
		log(`hosts: ${what} failed (${reason}); trying once more`);
		await work();
	}
}

async function install(log) {
	log('hosts: installing n8n and Node-RED (some minutes)');
	// `npm run` hands this repository's settings down as environment variables, which beat this
	// folder's .npmrc: n8n needs the peer dependencies that the main install leaves out.
	const ci = ['ci', '--legacy-peer-deps=false', '--no-progress', '--loglevel=error'];
	await exec('npm', ci, { cwd: hostsDir });
	const node = nodeForN8n();
	const env = {
		...process.env,
		PATH: `${dirname(node)}:${process.env.PATH}`,
		// Native parts must fit the Node.js that runs them, not the one that installs.
		npm_config_nodedir: join(dirname(node), '..'),
	};
	log('hosts: building sqlite3');
	await exec('npm', ['rebuild', 'sqlite3', 'isolated-vm', '--ignore-scripts=false'], {
		cwd: hostsDir,
		env,
	});
}

async function installChromium(log) {
	if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
		throw new Error('No Chromium found: install one, or name it in CHROMIUM_PATH');
	}
	log('hosts: installing Chromium');
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await exec('apt-get', ['update', '-qq'], { env });
	await exec('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env });
}

async function main({ servers = process.argv.includes('--servers') } = {}) {
	await setup({ browser: !servers });
	if (servers) await setupServers(console.log);
}

if (process.argv[1] === new URL(import.meta.url).pathname) void main();
