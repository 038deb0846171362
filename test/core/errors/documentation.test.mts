// What docs/errors.md says of each code is what the table in core/errors/codes.ts says.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CODES } from '../../../core/index';

const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

const rows = text
	.split('\n')
	.filter((line) => line.startsWith('| `'))
	.map((line) =>
		line
			.split('|')
			.slice(1, -1)
			.map((cell) => cell.trim()),
	)
	// Of the first table: another one tells reasons apart.
	.filter((cells) => cells.length === 5);

describe('the documented codes', () => {
	it('are all codes, in the order of the table', () => {
		expect(rows.map(([code]) => code)).toEqual(Object.keys(CODES).map((code) => `\`${code}\``));
	});

	it.each(Object.entries(CODES))('say of %s what the table says', (code, facts) => {
		const [, meaning, hint, repeat, request] = rows.find(([name]) => name === `\`${code}\``) ?? [];
		expect({ meaning, hint }).toEqual({ meaning: facts.meaning, hint: facts.hint });
		expect(repeat).toMatch({ later: /^yes/, after_help: /^once/, no: /^no$/ }[facts.repeat]);
		expect(request).toMatch(
			{ failed: /failed/, canceled: /canceled/, goes_on: /goes on/, unknown: /unknown/ }[
				facts.request
			],
		);
	});
});
