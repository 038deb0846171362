// A clone that has not been built: what its commands say, and what a build removes.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { root } from './pack.mts';

let clone: string;
beforeEach(() => {
	clone = mkdtempSync(join(tmpdir(), 'runcomfy-unbuilt-'));
	for (const file of ['package.json', 'scripts/installed.mjs'])
		cpSync(join(root, file), join(clone, file));
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

it.each(['start', 'start:n8n', 'build', 'package', 'simulator', 'test'])(
	'npm run %s says to run npm ci first',
	(name) => {
		const { status, stderr } = spawnSync('npm', ['run', '--silent', name], {
			cwd: clone,
			encoding: 'utf8',
			shell: process.platform === 'win32',
		});
		expect([status, stderr]).toEqual([1, expect.stringMatching(/^Run `npm ci` first.*\n$/)]);
	},
);

it('has nothing left of a source that is gone once it is built', () => {
	const sources = ['core/a.ts', 'node-red/b.cts', 'simulator/c.cts'];
	const kept = ['core/a.js', 'node-red/b.cjs', 'node-red/b.js', 'simulator/c.d.cts'];
	const gone = ['core/old.js', 'node-red/old.cjs', 'simulator/old.d.cts'];
	for (const file of [...sources, ...[...kept, ...gone].map((name) => join('dist', name))]) {
		mkdirSync(join(clone, file, '..'), { recursive: true });
		writeFileSync(join(clone, file), '');
	}
	const gulp = [
		join(root, 'node_modules/gulp/bin/gulp.js'),
		'--gulpfile',
		join(root, 'gulpfile.js'),
	];
	spawnSync(process.execPath, [...gulp, '--cwd', clone, 'stale']);
	const there = (file: string) => existsSync(join(clone, 'dist', file));
	expect([...kept, ...gone].filter(there)).toEqual(kept);
});
