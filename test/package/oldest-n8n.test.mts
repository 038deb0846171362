import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../n8n/support/rig.mts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the oldest n8n that is supported', () => {
	it('is the one that the tests run on', () => {
		const [, minor] = /\*\*n8n\*\* (2\.\d+) or newer/.exec(read('README.md')) ?? [];
		const { devDependencies } = JSON.parse(read('test/n8n/oldest/package.json')) as {
			devDependencies: Record<string, string>;
		};
		// Their minor versions have been the same since n8n 2.0.
		expect(devDependencies['n8n-core']).toMatch(new RegExp(`^${minor}\\.`));
		expect(devDependencies['n8n-workflow']).toMatch(new RegExp(`^${minor}\\.`));
		expect(JSON.parse(read('package.json')).scripts['test:oldest-n8n']).toBeDefined();
	});
});
