// What the pages say of speed and size is what was measured: see bench/results. Tables and charts are
// compared in test/package/docs.test.mts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fullNames, round } from '../../scripts/figures/figures.mjs';
import { readResults, readWaiting } from '../../scripts/figures/results.mjs';
import { root } from '../../scripts/root.mjs';

const { parts } = readResults();

/** The measured value of `part: name`, as the pages show it. */
function valueOf(claim: string): number | undefined {
	const [, part = '', name = ''] = /^([\w-]+): (.+)$/.exec(claim) ?? [];
	const figures = parts[part]?.figures ?? [];
	const figure = figures[fullNames(figures).indexOf(name)];
	return figure && round(figure.value);
}

const PAGES = [
	...readdirSync(root).filter((name) => name.endsWith('.md')),
	...readdirSync(join(root, 'docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => join('docs', name)),
];

/** Lines that end with `<!-- bench: part: figure; part: figure -->`. */
const CLAIMS = PAGES.flatMap((page) =>
	[...readFileSync(join(root, page), 'utf8').matchAll(/^(.+)<!-- bench: (.+) -->$/gm)].map(
		([, line = '', names = '']) => ({ page, line, names: names.split('; ') }),
	),
);

describe('a figure in the text', () => {
	it('is there', () => expect(CLAIMS.length).toBeGreaterThan(0));

	it.each(CLAIMS)('is the measured one: $page $names', ({ line, names }) => {
		const numbers = [...line.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([text]) =>
			Number(text.replaceAll(',', '')),
		);
		for (const name of names) {
			const value = valueOf(name);
			expect([name, typeof value]).toEqual([name, 'number']);
			expect(numbers).toContain(value);
		}
	});
});

describe('what is kept of the benches', () => {
	it.each(Object.entries(parts))('%s says when and where it was measured', (_name, part) => {
		expect(part.conditions.date).toMatch(/^\d{4}-\d\d-\d\d$/);
		expect(part.conditions.node).toMatch(/^v\d+/);
		expect(part.figures.length).toBeGreaterThan(0);
		for (const { value } of part.figures) expect(Number.isFinite(value)).toBe(true);
	});

	it('tells what an execution that waits in n8n holds, and from where that is', () => {
		const { conditions, figures } = readWaiting();
		expect(conditions.command).toContain('test:queue');
		expect(Object.keys(figures).length).toBeGreaterThan(0);
	});
});
