import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { evaluateExpression } from '../../../../core/parsers';

/** The JSONata that comes with Node-RED: what it says is right. */
const jsonata = createRequire(import.meta.url)('jsonata') as (expression: string) => {
	evaluate(input: unknown): Promise<unknown>;
};

const INPUT = {
	widgets: {
		model: 'seedream 5.0 lite',
		mode: 'pro',
		duration: '10',
		size: '1024x1024',
		n: 3,
		width: 2048,
		raw: false,
		'model.max_images': 4,
		'group.0.text': 'x',
	},
	inputs: { image: { connected: true }, mask: { connected: false } },
	inputGroups: { images: 2 },
};

describe('an expression gives what JSONata gives', () => {
	it.each([
		['a literal', '{"type":"usd","usd":0.06}'],
		[
			'an approximate one',
			'{"type":"usd","usd":0.43,"format":{"approximate":true,"suffix":"/Run"}}',
		],
		[
			'variables and conditions',
			'( $d := widgets.duration; $d = "10" ? {"usd": 2.8} : {"usd": 1.4} )',
		],
		[
			'nested conditions',
			'widgets.mode = "std" ? 1 : widgets.mode = "pro" ? ($contains(widgets.duration, "10") ? 2 : 3) : 4',
		],
		[
			'a table',
			'( $p := {"pro": {"min": 0.02, "max": 0.06}}; $x := $lookup($p, widgets.mode); {"a": $x.min, "b": $x.max} )',
		],
		['a name with dots', '$lookup(widgets, "model.max_images") * 0.035'],
		['a quoted name', 'widgets.`group.0.text`'],
		['arithmetic', '(1 + 2 * 3 - 4 / 2) % 4'],
		['brackets', '((1 + 2) * -widgets.n)'],
		['rounding', '$round(0.12345 * 2, 3)'],
		['and, or, not', 'widgets.n > 2 and $not(widgets.raw) or false'],
		['comparisons', '[1 < 2, 2 <= 2, 3 > 4, 4 >= 4, "a" < "b", 1 != 2]'],
		['texts', '$string(widgets.n) & " credits" & widgets.nothing'],
		['a list', 'widgets.mode in ["std", "pro"]'],
		['what is linked', 'inputs.image.connected ? inputGroups.images + 1 : 0'],
		['what is not there', 'widgets.nothing = 1 ? 1 : $exists(widgets.nothing)'],
		['a number out of a text', '$number(widgets.duration) * 2'],
		['null', 'widgets.n != null and widgets.n != 0 ? widgets.n : 1'],
		['comments', '/* a price */ 1'],
		['the largest', '$max([1, widgets.n, 2])'],
		['no value', 'widgets.nothing * 2'],
		['single quotes', "widgets.mode = 'pro'"],
		['a condition without an else', 'widgets.raw ? 1'],
		['an escaped quote', '"say \\"hi\\""'],
	])('for %s', async (_name, expression) => {
		const right: unknown = await jsonata(expression).evaluate(INPUT);
		const found = evaluateExpression(expression, INPUT);
		expect(JSON.stringify(found)).toBe(JSON.stringify(right));
	});
});

describe('an expression is refused', () => {
	it.each([
		['with a function of its own', '($f := function($x) { $f($x) }; $f(1))'],
		['with a function that is not known', '$eval("1")'],
		['with one that makes texts of any length', '$pad("a", 100000)'],
		['with a regular expression', '$contains(widgets, /(a+)+$/)'],
		['with the environment', '$env("HOME")'],
		['with a predicate', 'widgets[0]'],
		['with a chain', 'widgets ~> $sum()'],
		['with a wildcard', 'widgets.*'],
		['that goes on', '1 2'],
		['that is nested beyond measure', '('.repeat(5000) + '1' + ')'.repeat(5000)],
		['that is long beyond measure', `"${'x'.repeat(20_000)}"`],
		['whose values do not go together', '"a" * 2'],
		['that breaks off', '{"a": '],
	])('%s', (_name, expression) => {
		expect(() => evaluateExpression(expression, INPUT)).toThrow();
	});

	const doubling = (first: string, step: string, last: string) =>
		`($x := ${first}; ${`$x := ${step}; `.repeat(24)} ${last})`;

	it.each([
		['a list, to look through it', doubling('[0]', '[$x, $x]', '$boolean($x)')],
		['a list, to write it', doubling('[0]', '[$x, $x]', '$string($x)')],
		['an object', doubling('{"a": 0}', '{"a": $x, "b": $x}', '"" & $x')],
		['a text', doubling('"a"', '$x & $x', '$uppercase($x)')],
		['a text, to cut it', doubling('"a"', '$x & $x', '$substringBefore($x, "")')],
		['a text, to quote it', `${'$string(['.repeat(24)}"\\""${'])'.repeat(24)}`],
		['a part of itself', doubling('{"a": "a"}', '{"a": $x.a & $x.a}', '$length($x.a)')],
	])('that doubles %s, again and again', (_name, expression) => {
		expect(() => evaluateExpression(expression, INPUT)).toThrow(RangeError);
	});

	it('not if it only reads a large table often', () => {
		const table = Array.from({ length: 100 }, (_, n) => `"${n}": ${n}`).join();
		const sum = Array(50).fill('$lookup($t, "7")').join(' + ');
		expect(evaluateExpression(`($t := {${table}}; ${sum})`, INPUT)).toBe(350);
	});

	it('and takes no text for a regular expression', () => {
		const read =
			'[$contains("abc", "a.c"), $substringBefore("abc.d", "."), $substringAfter("abc.d", ".")]';
		expect(evaluateExpression(read, INPUT)).toEqual([false, 'abc', 'd']);
	});

	it('and reaches nothing of JavaScript', () => {
		expect(evaluateExpression('widgets.constructor', INPUT)).toBeUndefined();
		expect(evaluateExpression('$lookup(widgets, "__proto__")', INPUT)).toBeUndefined();
		expect(() => evaluateExpression('$constructor()', INPUT)).toThrow();
	});
});

const PARTS = { n: 3, model_2x: 'pro', on: true, of: { a: { b: 7 }, in: 1 }, 'a b': 2 };

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
		const right: unknown = await jsonata(expression).evaluate(PARTS);
		expect(JSON.stringify(without(evaluateExpression(expression, PARTS)))).toBe(
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
	])('if its form is not known here: %s', (expression) => {
		expect(() => evaluateExpression(expression, PARTS)).toThrow(SyntaxError);
	});

	it.each(['"a" < 1', 'true < false', '1 >= "1"', '1 + "a"', '"a" - 1', '-"a"', 'null * 2'])(
		'if its values do not go together: %s',
		(expression) => {
			expect(() => evaluateExpression(expression, PARTS)).toThrow(TypeError);
		},
	);

	it('beyond 60 levels, and not for what stands side by side', () => {
		const nested = (levels: number) => `${'('.repeat(levels)}1${')'.repeat(levels)}`;
		expect(evaluateExpression(nested(59), PARTS)).toBe(1);
		expect(() => evaluateExpression(nested(60), PARTS)).toThrow(/too deeply/);
		expect(evaluateExpression(`[${'1,'.repeat(99)}1]`, PARTS)).toHaveLength(100);
	});

	it('beyond 10,000 characters', () => {
		expect(evaluateExpression('1'.padEnd(10_000), PARTS)).toBe(1);
		expect(() => evaluateExpression('1'.padEnd(10_001), PARTS)).toThrow(/too long/);
	});
});

it('an empty expression gives nothing', () => {
	expect(evaluateExpression('', PARTS)).toBeUndefined();
	expect(evaluateExpression(' ()', PARTS)).toBeUndefined();
});

const ARGUMENTS = { n: -2.5, list: [3, 1, 2], text: ' Seedream Pro ', empty: {}, filled: { a: 1 } };

describe('a function gives what it gives in JSONata', () => {
	it.each([
		'[$abs(n), $abs(2), $abs(nothing)]',
		'[$boolean(0), $boolean(1), $boolean(""), $boolean("a"), $boolean(null), $boolean(true)]',
		'[$boolean(empty), $boolean(filled), $boolean([]), $boolean([0]), $boolean([0, 1])]',
		'[$ceil(n), $floor(n), $ceil(1), $floor(1)]',
		'[$contains(text, "Pro"), $contains(text, "pro"), $contains(nothing, "a")]',
		'[$count(list), $count(nothing), $count(7), $count([])]',
		'[$exists(n), $exists(nothing), $exists(null)]',
		'[$length(text), $length("")]',
		'[$lookup(filled, "a"), $lookup(filled, "b"), $lookup(nothing, "a")]',
		'[$lookup(text, "a"), $lookup(n, "a"), $lookup(null, "a"), $lookup(true, "a")]',
		'[$lowercase(text), $uppercase(text), $trim(text)]',
		'[$max(list), $min(list), $sum(list), $max(7), $sum([])]',
		'[$not(true), $not(0), $not(list), $not(nothing)]',
		'[$number("12.5"), $number(7), $number(true), $number(false)]',
		'[$power(2, 3), $power(n, 2)]',
		'[$round(1.26), $round(1.26, 1), $round(126, -1), $round(nothing)]',
		'[$string(7), $string("a"), $string(true), $string(filled), $string(nothing)]',
		'[$substringBefore("a-b-c", "-"), $substringBefore("abc", "-")]',
		'[$substringAfter("a--b--c", "--"), $substringAfter("abc", "-"), $substringAfter("-a", "-")]',
	])('%s', async (expression) => {
		const right: unknown = await jsonata(expression).evaluate(ARGUMENTS);
		// Of a list JSONata leaves out what is not there.
		const found = (evaluateExpression(expression, ARGUMENTS) as unknown[]).filter(
			(one) => one !== undefined,
		);
		expect(JSON.stringify(found)).toBe(JSON.stringify(right));
	});
});

describe('a function refuses a value that JSONata refuses', () => {
	it.each([
		'$abs("1")',
		'$ceil(text)',
		'$contains(7, "7")',
		'$floor(true)',
		'$length(7)',
		'$lowercase(7)',
		'$max(["a"])',
		'$min(text)',
		'$number("a")',
		'$number("")',
		'$number(" ")',
		'$power("2", 2)',
		'$round("1")',
		'$substringBefore(7, "a")',
		'$substringAfter(7, "a")',
		'$sum([1, "2"])',
		'$trim(7)',
		'$uppercase(null)',
	])('%s', async (expression) => {
		await expect(jsonata(expression).evaluate(ARGUMENTS)).rejects.toBeDefined();
		expect(() => evaluateExpression(expression, ARGUMENTS)).toThrow(TypeError);
	});
});

it('of a list nothing is looked up, in which JSONata would look at each entry', () => {
	expect(() => evaluateExpression('$lookup(list, "a")', ARGUMENTS)).toThrow(TypeError);
});
