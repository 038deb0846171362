// Publishing builds first, whatever the repository's npm settings say: an empty package cannot be shipped.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { removeStale } from '../../scripts/build.mjs';
import { npm, root } from './pack.mts';

let work: string;
beforeEach(() => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-unbuilt-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const write = (file: string, text = '') => {
	mkdirSync(join(work, file, '..'), { recursive: true });
	writeFileSync(join(work, file), text);
};

it('a package is built before it is published', () => {
	for (const file of ['package.json', '.npmrc'])
		write(file, readFileSync(join(root, file), 'utf8'));
	write(
		'scripts/build.mjs',
		`import { mkdirSync, writeFileSync } from 'node:fs';
		mkdirSync('dist');
		writeFileSync('dist/built.js', '');`,
	);
	// Nothing answers at port 9: a dry run must not publish, and npm would ask again for a minute.
	const nowhere = ['--registry', 'http://127.0.0.1:9/', '--fetch-retries', '0'];
	const printed = npm(['publish', '--dry-run', '--json', ...nowhere], work);
	expect(printed).toContain('"dist/built.js"');
});

it('a build removes what an earlier one has made of a source that is gone, and nothing else', () => {
	const sources = ['core/a.ts', 'node-red/b.cts', 'simulator/c.cts', 'nodes/d.svg'];
	const kept = ['core/a.js', 'node-red/b.cjs', 'node-red/b.js', 'simulator/c.d.cts', 'nodes/d.svg'];
	const gone = ['core/old.js', 'node-red/old.cjs', 'simulator/old.d.cts', 'nodes/old.svg'];
	for (const file of sources) write(file);
	for (const file of [...kept, ...gone, '.build/note']) write(join('dist', file));
	removeStale(join(work, 'dist'), work);
	const there = (file: string) => existsSync(join(work, 'dist', file));
	expect([...kept, ...gone, '.build/note'].filter(there)).toEqual([...kept, '.build/note']);
});
