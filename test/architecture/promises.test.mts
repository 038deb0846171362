// Each line of the page of promises names its tests. This test finds names that no longer exist.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
const rows = readFileSync(join(root, 'docs/adr/0006-promises.md'), 'utf8')
	.split('\n')
	.map((line) => line.split('|').map((cell) => cell.trim()))
	.filter(([, , what, tests]) => what && !/^-+$/.test(what) && tests !== 'test')
	.map(([, , what, tests = '']) => [what, tests] as const);

describe('what must hold', () => {
	it.each(rows)('%s', (_what, tests) => {
		for (const one of tests.split('; ')) {
			const [, path, names] = /^`([^`]+)` “(.+)”$/.exec(one) ?? [one];
			const [file = '', ...others] = files.filter((name) =>
				`/${name}`.endsWith(`/${path}.test.mts`),
			);
			expect([path, file !== '', others]).toEqual([path, true, []]);
			const text = readFileSync(join(root, 'test', file), 'utf8');
			const isThere = (start: string) => /['`]/.test(text[text.indexOf(start) - 1] ?? '');
			expect(names?.split('”, “').filter((start) => !isThere(start))).toEqual([]);
		}
	});
});
