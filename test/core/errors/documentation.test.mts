// What docs/errors.md says of each code is what the table in core/errors/codes.ts says.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CODES } from '../../../core/index';

const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

const LINE = /^- `(\w+)`: (.+) _Repeat the call: (.+)\. An accepted request (.+)\._$/;
const entries = text.split('\n').flatMap((line) => {
	const [, code, said, repeat, request] = LINE.exec(line) ?? [];
	return code === undefined ? [] : [{ code, text: said, repeat, request }];
});

describe('the documented codes', () => {
	it('are all codes, in the order of the table', () => {
		expect(entries.map(({ code }) => code)).toEqual(Object.keys(CODES));
	});

	it.each(Object.entries(CODES))('say of %s what the table says', (code, facts) => {
		const entry = entries.find((one) => one.code === code);
		expect(entry?.text).toBe(`${facts.meaning}. ${facts.hint}`);
		expect(entry?.repeat).toMatch({ later: /^yes/, after_help: /^once/, no: /^no$/ }[facts.repeat]);
		expect(entry?.request).toMatch(
			{ failed: /failed/, canceled: /canceled/, goes_on: /goes on/, unknown: /unknown/ }[
				facts.request
			],
		);
	});
});
