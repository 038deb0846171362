// A tree that was never built: publishing it builds it, so that no empty package can be shipped.
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { npm, readJson, root } from './pack.mts';

let work: string;
beforeAll(() => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-unbuilt-'));
	const left = ['node_modules', 'dist', 'output', 'coverage', '.git', 'test'];
	cpSync(root, work, { recursive: true, filter: (path) => !left.includes(basename(path)) });
	symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'), 'junction');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

it('is built before it is published, whatever the repository’s npm settings say', () => {
	// Port 9 answers nothing: a dry run asks no registry.
	const printed = npm(['publish', '--dry-run', '--registry', 'http://127.0.0.1:9/'], work);
	expect(printed).toContain('n8n-nodes-runcomfy@');
	const { n8n, bin } = readJson(join(work, 'package.json')) as {
		n8n: { nodes: string[]; credentials: string[] };
		bin: Record<string, string>;
	};
	const named = [...n8n.nodes, ...n8n.credentials, ...Object.values(bin)];
	expect(named.length).toBeGreaterThan(2);
	expect(named.filter((file) => !existsSync(join(work, file)))).toEqual([]);
}, 300_000);
