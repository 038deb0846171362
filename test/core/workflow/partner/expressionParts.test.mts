import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { evaluateExpression } from '../../../../core/workflow/partner/expression';

/** The JSONata that comes with Node-RED: what it says is right. */
const jsonata = createRequire(import.meta.url)('jsonata') as (expression: string) => {
	evaluate(input: unknown): Promise<unknown>;
};

const INPUT = { n: 3, model_2x: 'pro', on: true, of: { a: { b: 7 }, in: 1 }, 'a b': 2 };

describe('a part of an expression gives what JSONata gives', () => {
	it.each([
		['numbers', '[1.25, 12.5e2, 1e-2, 2E+3]'],
		['names', '[model_2x, of.a.b, `a b`, of.`a`.b, of.in]'],
		['texts', '["a\\nb\\tc\\rd\\\\e\\"f", \'it is\', "", \'\']'],
		['texts that are operators', '["or", "and", "in"]'],
		['comments', '1 /* one */ + /* two\n */ 2'],
		['a comment with a star', '1 /* 2 * 3 **/ + 4'],
		['constants', '[true, false, null]'],
		['or', '[true or false, false or true, false or false, n or false]'],
		['and', '[true and false, false and true, true and true, n and true]'],
		['or after and', '[true or false and false, false and false or true]'],
		['equal', '[n = 3, n = "3", n = 4, nothing = nothing, null = null]'],
		['not equal', '[n != 3, n != "3", n != 4, nothing != 1, 1 != nothing]'],
		['order of numbers', '[1 < 2, 2 < 2, 2 <= 2, 3 <= 2, 2 > 1, 2 > 2, 2 >= 2, 1 >= 2]'],
		['order of texts', '["a" < "b", "b" < "a", "a" <= "a", "b" > "a", "a" >= "b"]'],
		['order of nothing', '{"a": nothing < 1, "b": 1 >= nothing}'],
		['in', '[1 in [1, 2], 3 in [1, 2], 1 in 1, 1 in 2, nothing in [1]]'],
		['sums', '[1 + 2, 5 - 3, 1 - 2 - 3, 2 - -1, -n + 1, - -n]'],
		['products', '[2 * 3, 8 / 4, 8 / 2 / 2, 7 % 4, 7 % 4 % 2, -2 * 3]'],
		['precedence', '[1 + 2 * 3, (1 + 2) * 3, 1 + 2 = 3 and 2 * 2 > 3, 1 + 2 & 3]'],
		['a sum with nothing', '{"a": 1 + nothing, "b": nothing * 2, "c": -nothing}'],
		['texts in one', '[1 & 2, "a" & true, nothing & "b", "c" & nothing, of & "", n & "x"]'],
		['blocks', '[(1; 2; 3), (1;), ($a := 1; $b := $a + 1; $b * 2)]'],
		['an assignment, which has a value', '[($a := 5), ($b := on ? 2 : 3; $b + 1)]'],
		['a variable that is not set', '{"a": $never}'],
		['the whole input', '$$.of.a.b'],
		['a condition', '[on ? 1 : 2, $not(on) ? 1 : 2, n = 1 ? 1 : n = 3 ? 3 : 4, n = 1 ? 1]'],
		['a condition in a condition', '(on ? n = 4 : n) ? 1 : on ? 2 : 3'],
		['lists', '[[], [1], [1, [2, 3]]]'],
		['objects', '{"a": {}, "b" & "c": {"d": [1, on ? "yes" : "no"]}}'],
		['a path after a call', '$lookup(of, "a").b'],
		['a path into what has none', '{"a": n.b, "b": model_2x.c.d}'],
	])('%s', async (_what, expression) => {
		const right: unknown = await jsonata(expression).evaluate(INPUT);
		expect(JSON.stringify(without(evaluateExpression(expression, INPUT)))).toBe(
			JSON.stringify(right),
		);
	});
});

/** JSONata leaves out of a list what is not there. */
const without = (value: unknown): unknown =>
	Array.isArray(value) ? value.filter((one) => one !== undefined).map(without) : value;

describe('an expression is refused', () => {
	it.each([
		...['1 +', '(1', '[1 2]', '[1', '{"a" 1}', '{"a": 1 "b": 2}', '1 ?', '"a', ',', '1 = '],
		...['of.1', 'of.$n', 'of."a"', '$max(1', '$max(1 2)', '#', '!1', ')', '1; 2)', '$f(1)', '*'],
	])('where its form is not known here: %s', (expression) => {
		expect(() => evaluateExpression(expression, INPUT)).toThrow(SyntaxError);
	});

	it.each(['"a" < 1', 'true < false', '1 >= "1"', '1 + "a"', '"a" - 1', '-"a"', 'null * 2'])(
		'where its values do not go together: %s',
		(expression) => {
			expect(() => evaluateExpression(expression, INPUT)).toThrow(TypeError);
		},
	);

	it('beyond 60 levels, and not for what stands side by side', () => {
		const nested = (levels: number) => `${'('.repeat(levels)}1${')'.repeat(levels)}`;
		expect(evaluateExpression(nested(59), INPUT)).toBe(1);
		expect(() => evaluateExpression(nested(60), INPUT)).toThrow(/too deeply/);
		expect(evaluateExpression(`[${'1,'.repeat(99)}1]`, INPUT)).toHaveLength(100);
	});

	it('beyond 10,000 characters', () => {
		expect(evaluateExpression('1'.padEnd(10_000), INPUT)).toBe(1);
		expect(() => evaluateExpression('1'.padEnd(10_001), INPUT)).toThrow(/too long/);
	});
});

it('an empty expression gives nothing', () => {
	expect(evaluateExpression('', INPUT)).toBeUndefined();
	expect(evaluateExpression(' ()', INPUT)).toBeUndefined();
});
