// How values become what an input takes.
import { describe, expect, it } from '@jest/globals';
import { checkValue, fitValue, type InputSpec } from '../../../core/index';
import { fitJsonValue } from '../../../core/parsers';

const integer: InputSpec = { kind: 'integer', min: 1, max: 100 };
const float: InputSpec = { kind: 'float', min: 0, max: 1 };
const choice: InputSpec = { kind: 'choice', choices: ['euler', 'heun', 3, true] };
const media: InputSpec = { kind: 'media', choices: ['example.png'] };

describe('a value from a form or an expression', () => {
	it.each<[InputSpec, unknown, unknown]>([
		[integer, ' -7 ', -7],
		[integer, '20.0', 20],
		[integer, '18446744073709551615', 18446744073709551615n],
		[integer, '9007199254740991', 9007199254740991],
		[float, '.5', 0.5],
		[float, '1e-3', 0.001],
		[{ kind: 'boolean' }, 'TRUE', true],
		[{ kind: 'boolean' }, 1, true],
		[{ kind: 'boolean' }, '0', false],
		[{ kind: 'string' }, 123, '123'],
		[{ kind: 'string' }, 12n, '12'],
		[choice, 'heun ', 'heun'],
		[choice, '3', 3],
		[choice, 'true', true],
		[media, ' https://example.com/a.png\n', 'https://example.com/a.png'],
		[{ kind: 'json' }, '[1, 2]', [1, 2]],
		[{ kind: 'json' }, { a: 1 }, { a: 1 }],
		[integer, ['6', 0], ['6', 0]],
	])('for %o: %o becomes what it takes', (spec, given, fitted) => {
		expect(fitValue(given, spec)).toEqual(fitted);
		expect(checkValue(fitted, { kind: spec.kind })).toBeUndefined();
	});

	it.each<[InputSpec, unknown]>([
		[integer, '20.5'],
		[integer, '0x10'],
		[integer, 'NaN'],
		[integer, 20.5],
		[integer, NaN],
		[float, '1,5'],
		[float, 'Infinity'],
		[{ kind: 'boolean' }, 'yes'],
		[{ kind: 'string' }, { text: 'x' }],
		[{ kind: 'media' }, ''],
		[{ kind: 'media' }, 7],
		[{ kind: 'json' }, '{not json'],
		[{ kind: 'json' }, 'null'],
		[{ kind: 'choice' }, { a: 1 }],
	])('for %o: %o is guessed at by nobody, and refused', (spec, given) => {
		expect(checkValue(fitValue(given, spec), { kind: spec.kind })).toMatchObject({
			problem: 'wrong_type',
			message: expect.stringMatching(/^takes /),
		});
	});

	it('stays what it is when it fits already, whatever it is', () => {
		const kinds = ['string', 'integer', 'float', 'boolean', 'json', 'other'] as const;
		const values = ['', 'text', 'true', '1', 0, 1, -5, 2.5, 7n, true, false, null, {}, ['a'], []];
		for (const kind of kinds) {
			for (const value of values) {
				const once = fitValue(value, { kind });
				expect(fitValue(once, { kind })).toEqual(once);
				const fits = checkValue(value, { kind }) === undefined;
				if (fits && !(kind === 'json' && typeof value === 'string')) expect(once).toEqual(value);
			}
		}
	});
});

describe('a value that is made to fit', () => {
	it.each<[InputSpec, unknown, unknown]>([
		[{ kind: 'integer' }, '+5', 5],
		[{ kind: 'integer' }, 'v20', 'v20'],
		[{ kind: 'integer' }, '- 20', '- 20'],
		[{ kind: 'float' }, '  -12.50 ', -12.5],
		[{ kind: 'float' }, '+.25', 0.25],
		[{ kind: 'float' }, '1.5E+10', 1.5e10],
		[{ kind: 'float' }, 'v0.5', 'v0.5'],
		[{ kind: 'float' }, '0.5s', '0.5s'],
		[{ kind: 'float' }, '.', '.'],
		[{ kind: 'string' }, NaN, NaN],
		[{ kind: 'boolean' }, ' True\n', true],
		[{ kind: 'boolean' }, 0, false],
		[{ kind: 'boolean' }, 1n, 1n],
		[{ kind: 'choice', choices: ['a', 'a '] }, 'a ', 'a '],
		[{ kind: 'choice', choices: ['3', 3] }, 3, 3],
		[{ kind: 'choice', choices: ['3', 3] }, 4, 4],
		[{ kind: 'choice', choices: ['[object Object]'] }, {}, {}],
		[{ kind: 'json', wrap: true }, '["a", "b"]', { __value__: ['a', 'b'] }],
		[{ kind: 'json', wrap: true }, { __value__: ['a'] }, { __value__: ['a'] }],
		[{ kind: 'json', wrap: true }, '{"a": 1}', { a: 1 }],
		[{ kind: 'json', wrap: true }, ['6', 0], ['6', 0]],
		[{ kind: 'json', many: true, choices: ['1', '[2]'] }, '1', '1'],
		[{ kind: 'json', many: true, choices: ['1'] }, '["1"]', ['1']],
		[{ kind: 'json', choices: ['1'] }, '1', 1],
	])('for %j: %j becomes %j', (spec, given, fitted) => {
		expect(fitValue(given, spec)).toEqual(fitted);
	});
});

describe('a value from JSON', () => {
	it.each<[InputSpec, unknown, unknown]>([
		[{ kind: 'boolean' }, 'true', true],
		[{ kind: 'boolean' }, '1', '1'],
		[{ kind: 'string' }, '1', '1'],
		[{ kind: 'integer' }, '1', 1],
	])('for %j: %j becomes %j', (spec, given, fitted) => {
		expect(fitJsonValue(given, spec)).toEqual(fitted);
	});
});
