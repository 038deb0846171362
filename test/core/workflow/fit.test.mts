import { describe, expect, it } from '@jest/globals';
import { fitValue, type InputSpec } from '../../../core/index';
import { fitJsonValue } from '../../../core/workflow/fit';

describe('a value that is made to fit', () => {
	it.each<[InputSpec, unknown, unknown]>([
		[{ kind: 'integer' }, '+5', 5],
		[{ kind: 'integer' }, '20.', 20],
		[{ kind: 'integer' }, ' 20.00  ', 20],
		[{ kind: 'integer' }, 'v20', 'v20'],
		[{ kind: 'integer' }, '- 20', '- 20'],
		[{ kind: 'float' }, '  -12.50 ', -12.5],
		[{ kind: 'float' }, '+.25', 0.25],
		[{ kind: 'float' }, '15.', 15],
		[{ kind: 'float' }, '1.5E+10', 1.5e10],
		[{ kind: 'float' }, '1e-12', 1e-12],
		[{ kind: 'float' }, 'v0.5', 'v0.5'],
		[{ kind: 'float' }, '0.5s', '0.5s'],
		[{ kind: 'float' }, '1e', '1e'],
		[{ kind: 'float' }, '.', '.'],
		[{ kind: 'string' }, NaN, NaN],
		[{ kind: 'string' }, -Infinity, -Infinity],
		[{ kind: 'boolean' }, ' True\n', true],
		[{ kind: 'boolean' }, '1', true],
		[{ kind: 'boolean' }, 0, false],
		[{ kind: 'boolean' }, 1n, 1n],
		[{ kind: 'choice', choices: ['a', 'a '] }, 'a ', 'a '],
		[{ kind: 'choice', choices: ['3', 3] }, 3, 3],
		[{ kind: 'choice', choices: ['3', 3] }, 4, 4],
		[{ kind: 'choice', choices: ['[object Object]'] }, {}, {}],
		[{ kind: 'choice' }, 'a', 'a'],
		[{ kind: 'json' }, '{not json', '{not json'],
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
		[{ kind: 'boolean' }, 'false', false],
		[{ kind: 'boolean' }, '1', '1'],
		[{ kind: 'boolean' }, '0', '0'],
		[{ kind: 'boolean' }, 1, true],
		[{ kind: 'string' }, '1', '1'],
		[{ kind: 'integer' }, '1', 1],
	])('for %j: %j becomes %j', (spec, given, fitted) => {
		expect(fitJsonValue(given, spec)).toEqual(fitted);
	});
});
