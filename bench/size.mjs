// What the package weighs: loading in each host, the dialogs in the browser, the tarball.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packInto } from '../scripts/package.mjs';
import { requireFromRoot, root } from '../scripts/root.mjs';

const ROUNDS = 7;

/** What a host has loaded anyway when it loads ours. */
const LOADED = { n8n: ['n8n-workflow'], 'Node-RED': [] };

/** @returns {Promise<import('./report.mjs').Measured>} */
export async function size() {
	const { n8n, 'node-red': red } = requireFromRoot('./package.json');
	const entries = {
		n8n: [...n8n.nodes, ...n8n.credentials],
		'Node-RED': [...Object.values(red.nodes), ...Object.values(red.plugins)],
	};
	const loading = Object.entries(entries).map(([host, files]) => ({
		name: `loading all ${files.length} entries in ${host}`,
		value: loadTime(files, LOADED[host]),
		unit: 'ms',
	}));
	const folder = mkdtempSync(join(tmpdir(), 'runcomfy-bench-size-'));
	try {
		const figures = [
			...loading,
			{ name: 'dialogs of Node-RED, gzipped', value: dialogs() / 1024, unit: 'KiB', most: 40 },
			{ name: 'tarball', value: statSync(packInto(folder)).size / 1024, unit: 'KiB' },
		];
		return { figures };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Milliseconds, in a process of its own; the fastest of some. */
function loadTime(files, loaded) {
	const paths = files.map((file) => join(root, file));
	const script = `
		for (const name of ${JSON.stringify(loaded)}) require(name);
		const began = performance.now();
		for (const path of ${JSON.stringify(paths)}) require(path);
		console.log(performance.now() - began);`;
	const run = () => Number(execFileSync(process.execPath, ['-e', script], { cwd: root }));
	return Math.min(...Array.from({ length: ROUNDS }, run));
}

/** Bytes that the editor loads of all nodes, as one page. */
function dialogs() {
	const nodes = join(root, 'dist', 'node-red', 'nodes');
	const pages = readdirSync(nodes, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.html') && !name.includes('locales'))
		.map((name) => readFileSync(join(nodes, name)));
	return gzipSync(Buffer.concat(pages)).length;
}
