// What a command says in a clone without its packages.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));

let clone = '';
beforeEach(() => {
	clone = mkdtempSync(join(tmpdir(), 'clone-'));
	for (const name of ['scripts', 'package.json']) {
		const filter = (source: string) => !source.includes('node_modules');
		cpSync(join(root, name), join(clone, name), { recursive: true, filter });
	}
});
afterEach(() => rmSync(clone, { recursive: true }));

it.each(['start', 'start:n8n', 'build', 'package', 'simulator'] as const)(
	'npm run %s without node_modules says to run npm ci first',
	(name) => {
		const [, ...args] = manifest.scripts[name].split(' ');
		const { status, stderr } = spawnSync(process.execPath, args, { cwd: clone, encoding: 'utf8' });
		expect([status, stderr]).toEqual([1, expect.stringMatching(/^Run `npm ci` first.*\n$/)]);
	},
);
