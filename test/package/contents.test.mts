// What is in the tarball, and what is not.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filesBelow, pack, type Packed, readJson } from './pack.mts';

describe('the tarball', () => {
	let packed: Packed;
	let files: string[];
	beforeAll(() => {
		packed = pack();
		files = filesBelow(packed.dir);
	});
	afterAll(() => packed.remove());

	it('holds every file that its package.json names', () => {
		const { n8n, bin } = readJson(join(packed.dir, 'package.json')) as {
			n8n: { n8nNodesApiVersion: number; nodes: string[]; credentials: string[] };
			bin: Record<string, string>;
		};
		// The only one that n8n knows.
		expect(n8n.n8nNodesApiVersion).toBe(1);
		const named = [...n8n.nodes, ...n8n.credentials, ...Object.values(bin)];
		expect(named.filter((file) => !files.includes(file))).toEqual([]);
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
		expect(bytesOf(files.filter(own))).toBeLessThan(1536 * 1024);
		// Nine languages besides English.
		expect(bytesOf(files)).toBeLessThan(1984 * 1024);
	});

	it('names no machine and no secret', () => {
		const suspicious = files.filter((file) =>
			/\/home\/|\/root\/|\/Users\/|npm_[A-Za-z0-9]{36}/.test(
				readFileSync(join(packed.dir, file), 'latin1'),
			),
		);
		expect(suspicious).toEqual([]);
	});
});
