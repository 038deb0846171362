import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import manifest from '../../package.json';
import { root } from '../../scripts/root.mjs';

it('npm run simulator needs no build before it, and prints what the simulator says only', () => {
	const [node, ...args] = manifest.scripts.simulator.split(' ');
	expect(node).toBe('node');
	const printed = execFileSync(process.execPath, [...args, '--faults'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	expect(printed).toMatch(/^rate_limited /);
});
