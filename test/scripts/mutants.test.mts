import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AREAS, areasFor, mutated, testedBy } from '../../scripts/mutants/areas.mjs';
import { compare, scoreOf, survivorsOf } from '../../scripts/mutants/survivors.mjs';
import { tableOf } from '../../scripts/mutants/table.mjs';
import kept from '../mutants/survivors.json';

const root = join(__dirname, '../..');
const SOURCE = 'const a = 1;\nif (a > 1) {\n\tlog(a);\n}\n';
const place = (line: number, from: number, to: number, lastLine = line) => ({
	start: { line, column: from },
	end: { line: lastLine, column: to },
});
const mutant = (status: string, more: object = {}) => ({
	...{ id: '1', fileName: '/r/core/a.ts', mutatorName: 'EqualityOperator', status },
	...{ location: place(2, 5, 10), replacement: 'a >= 1' },
	...more,
});
const found = (...mutants: object[]) => survivorsOf(mutants as never, '/r', () => SOURCE);

describe('mutants', () => {
	it('are killed, or survive, or count for nothing', () => {
		const all = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'CompileError'];
		expect(scoreOf(all.map((status) => mutant(status)) as never)).toEqual({
			...{ mutants: 4, killed: 2, survived: 2, score: '50.0 %' },
		});
		expect(scoreOf([])).toMatchObject({ mutants: 0, score: '-' });
	});

	it('that survive are shown by their file, line and code', () => {
		const block = { location: place(2, 12, 2, 4), replacement: '{}' };
		expect(found(mutant('Survived', block), mutant('Killed'), mutant('NoCoverage'))).toEqual([
			{ ...SURVIVOR, from: '{ log(a); }', to: '{}' },
			SURVIVOR,
		]);
	});

	it('are new where nobody has given a reason, wherever their line has moved', () => {
		const [one] = found(mutant('Survived'));
		const moved = { ...SURVIVOR, line: 99, reason: 'the same' };
		const elsewhere = { ...moved, file: 'core/b.ts' };
		const gone = { ...moved, to: 'false' };
		const wasRun = (file: string) => file === 'core/a.ts';
		expect(compare(one ? [one] : [], [moved, elsewhere, gone], wasRun)).toEqual({
			fresh: [],
			gone: [gone],
			now: [{ ...SURVIVOR, reason: 'the same' }, elsewhere],
		});
		expect(compare([SURVIVOR], [{ ...moved, reason: '' }], wasRun).fresh).toHaveLength(1);
		expect(compare([SURVIVOR], [], wasRun).fresh).toEqual([SURVIVOR]);
	});

	it('that are kept have a reason', () => {
		expect(kept.filter(({ reason }) => reason === '')).toEqual([]);
	});
});

const SURVIVOR = {
	...{ file: 'core/a.ts', line: 2, code: 'if (a > 1) {', from: 'a > 1', to: 'a >= 1', reason: '' },
};

describe('areas', () => {
	it('are named by a folder, or by a file of theirs', () => {
		const names = (...words: string[]) => areasFor(words).map((area) => mutated(area).join(' '));
		expect(names('core/http/retry.ts')).toEqual(['core/http/retry.ts']);
		expect(names('core/errors')).toEqual([
			'core/errors/fromAnswer.ts',
			'core/errors/redact.ts',
			'core/errors/network.ts',
			'core/errors/**/*.ts !core/errors/fromAnswer.ts !core/errors/redact.ts !core/errors/network.ts',
		]);
		expect(names('core/workflow/form/rank.ts')).toEqual(['core/workflow/form/rank.ts']);
		expect(names('core/workflow/partner')).toEqual([
			'core/workflow/partner/expression.ts',
			'core/workflow/partner/functions.ts',
			'core/workflow/partner/nodes.ts core/workflow/partner/price.ts',
		]);
		expect(names('core/nothing', 'core/htt', 'core/account/none.ts')).toEqual([]);
		expect(areasFor([])).toEqual(AREAS);
	});

	it('have a file that none of them names where all of its folder is', () => {
		expect(areasFor(['core/errors/codes.ts'])).toMatchObject([
			{ folder: 'core/errors', files: ['**/*.ts'], only: ['core/errors/codes.ts'] },
		]);
	});

	it.each(AREAS.map((area) => [mutated(area).join(' '), area] as const))(
		'%s has its files and tests',
		(_name, area) => {
			const inFolder = readdirSync(join(root, area.folder), { recursive: true }).map(String);
			const exact = area.files.filter((file) => !file.includes('*'));
			expect(inFolder).toEqual(expect.arrayContaining(exact));
			for (const pattern of testedBy(area)) {
				const folder = pattern.slice('<rootDir>/'.length).replace(/\/[^/]*$/, '');
				const names = readdirSync(join(root, folder));
				const [, list = ''] = /\{([^{}]*)\}/.exec(pattern) ?? [];
				for (const name of list.split(',').filter(Boolean))
					expect(names).toContain(`${name}.test.mts`);
			}
		},
	);
});

it('a table has its numbers to the right', () => {
	expect(
		tableOf([
			{ folder: 'a', mutants: 10 },
			{ folder: 'bcdefgh', mutants: 5 },
		]),
	).toBe(['folder   mutants', 'a             10', 'bcdefgh        5'].join('\n'));
});
