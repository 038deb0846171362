// What is in the tarballs, and what is not.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filesBelow, pack, type Package, type Packed, readJson } from './pack.mts';

interface Manifest {
	n8n?: { n8nNodesApiVersion: number; nodes: string[]; credentials: string[] };
	'node-red'?: { nodes: Record<string, string>; plugins: Record<string, string> };
	bin?: Record<string, string>;
}

describe.each<Package>(['n8n', 'nodeRed'])('the tarball (%s)', (what) => {
	let packed: Packed;
	let files: string[];
	beforeAll(() => {
		packed = pack(what);
		files = filesBelow(packed.dir);
	});
	afterAll(() => packed.remove());

	it('holds every file that its package.json names', () => {
		const manifest: Manifest = readJson(join(packed.dir, 'package.json'));
		const { n8n, 'node-red': nodeRed, bin = {} } = manifest;
		// The only file that n8n knows.
		if (n8n) expect(n8n.n8nNodesApiVersion).toBe(1);
		const ofN8n = n8n ? [...n8n.nodes, ...n8n.credentials] : [];
		const named = [ofN8n, nodeRed?.nodes ?? {}, nodeRed?.plugins ?? {}, bin].flatMap(Object.values);
		expect(named.length).toBeGreaterThan(0);
		expect(named.filter((file) => !files.includes(String(file)))).toEqual([]);
	});

	it('holds no sources, tests or build leftovers', () => {
		const sources = files.filter((file) => /\.(ts|cts|mts|map|tsbuildinfo)$/.test(file));
		expect(sources.filter((file) => !/^dist\/simulator\/.*\.d\.cts$/.test(file))).toEqual([]);
		expect(files.filter((file) => /^(test|bench|scripts|docs|workflows)\//.test(file))).toEqual([]);
	});

	it('stays small', () => {
		const own = (file: string) => !/\/locales\/(?!en-US)/.test(file);
		const bytesOf = (names: string[]) =>
			names.reduce((sum, file) => sum + statSync(join(packed.dir, file)).size, 0);
		expect(bytesOf(files.filter(own))).toBeLessThan(1792 * 1024);
		// There are nine languages besides English.
		expect(bytesOf(files)).toBeLessThan(2240 * 1024);
	});

	it('names no machine and no secret', () => {
		const suspicious = files.filter((file) =>
			/\/home\/|\/root\/|\/Users\/|npm_[A-Za-z0-9]{36}/.test(
				readFileSync(join(packed.dir, file), 'latin1'),
			),
		);
		expect(suspicious).toEqual([]);
	});

	it('holds its own half, and no other', () => {
		const halves = {
			n8n: /^dist\/(nodes|credentials)\//,
			nodeRed: /^dist\/(node-red|simulator)\//,
		};
		const held = Object.entries(halves).filter(([, half]) => files.some((file) => half.test(file)));
		expect(held.map(([half]) => half)).toEqual([what]);
	});

	it('holds every file that its modules load', () => {
		const missing = files
			.filter((file) => /\.c?js$/.test(file))
			.flatMap((file) => {
				const text = readFileSync(join(packed.dir, file), 'utf8');
				const loaded = [...text.matchAll(/\brequire\(["'](\.[^"']+)["']\)/g)].map(
					([, path]) => path,
				);
				return loaded
					.map((path) => join(file, '..', String(path)))
					.filter(
						(path) => ![path, `${path}.js`, `${path}/index.js`].some((it) => files.includes(it)),
					)
					.map((path) => `${file}: ${path}`);
			});
		expect(missing).toEqual([]);
	});
});
