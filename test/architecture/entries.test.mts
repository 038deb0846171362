// Each host loads its own entries where the other host's modules do not exist.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { root } from './sources.mts';

const manifest = JSON.parse(
	readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as {
	n8n: { nodes: string[]; credentials: string[] };
	'node-red': { nodes: Record<string, string>; plugins: Record<string, string> };
};

/** Loads files in a process in which some modules cannot be found; gives what it loaded. */
function load(files: readonly string[], missing: readonly string[]): string[] {
	const code = `
		const Module = require('node:module');
		const resolve = Module._resolveFilename;
		const missing = ${JSON.stringify(missing)};
		Module._resolveFilename = function (name, ...rest) {
			if (missing.some((one) => name === one || name.startsWith(one + '/'))) {
				throw Object.assign(new Error('Cannot find module ' + name), { code: 'MODULE_NOT_FOUND' });
			}
			return resolve.call(this, name, ...rest);
		};
		for (const file of ${JSON.stringify(files)}) require('./' + file);
		console.log(JSON.stringify(Object.keys(require.cache)));`;
	const printed = execFileSync(process.execPath, ['-e', code], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	return JSON.parse(printed) as string[];
}

const n8n = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
const { nodes, plugins } = manifest['node-red'];
const nodeRed = [...Object.values(nodes), ...Object.values(plugins)];

describe('the entries in package.json', () => {
	it('are of both hosts', () => {
		expect(n8n.length).toBeGreaterThanOrEqual(2);
		expect(nodeRed.length).toBeGreaterThanOrEqual(6);
	});

	it.each(nodeRed)('%s loads without n8n', (file) => {
		const loaded = load([file], ['n8n-workflow', 'n8n-core']);
		expect(
			loaded.filter((one) => /[\\/]dist[\\/](nodes|credentials|simulator)[\\/]/.test(one)),
		).toEqual([]);
	});

	it.each(n8n)('%s loads without undici and Node-RED', (file) => {
		const loaded = load([file], ['undici', 'node-red', '@node-red/util']);
		expect(loaded.filter((one) => /[\\/]dist[\\/](node-red|simulator)[\\/]/.test(one))).toEqual([]);
	});

	it('of n8n would not load without what they do need', () => {
		expect(() => load(manifest.n8n.nodes, ['n8n-workflow'])).toThrow(/n8n-workflow/);
	});
});

describe('the compiled core', () => {
	it('asks for nothing outside itself', () => {
		const loaded = load(['dist/core/index.js'], ['n8n-workflow', 'undici', 'node-red']);
		expect(loaded.length).toBeGreaterThan(20);
		expect(loaded.filter((one) => !/[\\/]dist[\\/]core[\\/]/.test(one))).toEqual([]);
	});
});
