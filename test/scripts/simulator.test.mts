import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import manifest from '../../package.json';
import { root } from '../../scripts/root.mjs';

it('npm run simulator needs no build before it, and prints what the simulator says only', () => {
	const [node, script = ''] = manifest.scripts.simulator.split(' ');
	expect([node, script.startsWith('scripts/')]).toEqual(['node', true]);
	const printed = execFileSync(process.execPath, [join(root, script), '--faults'], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	expect(printed).toMatch(/^rate_limited /);
});
