// Each promise of docs/adr/0006-promises.md has an id, which stands at the end of its tests' titles: “… (P12)”.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

const promised = [
	...readFileSync(join(root, 'docs/adr/0006-promises.md'), 'utf8').matchAll(/\| (P\d+) +\|/g),
].map(([, id = '']) => id);

const titles = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
	.filter((name) => name.endsWith('.test.mts'))
	.map((name) => readFileSync(join(root, 'test', name), 'utf8'))
	.flatMap((text) => [...text.matchAll(/ \((P\d+(?:, P\d+)*)\)['`]/g)])
	.flatMap(([, ids = '']) => ids.split(', '));

it('each promise has an id of its own, and a test that names it', () => {
	expect(promised.length).toBeGreaterThan(50);
	expect(promised).toEqual([...new Set(promised)]);
	expect(promised.filter((id) => !titles.includes(id))).toEqual([]);
});

it('no test names a promise that is not there', () => {
	expect(titles.filter((id) => !promised.includes(id))).toEqual([]);
});
