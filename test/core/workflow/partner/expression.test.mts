import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { evaluateExpression } from '../../../../core/workflow/partner/expression';

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

	it('and reaches nothing of JavaScript', () => {
		expect(evaluateExpression('widgets.constructor', INPUT)).toBeUndefined();
		expect(evaluateExpression('$lookup(widgets, "__proto__")', INPUT)).toBeUndefined();
		expect(() => evaluateExpression('$constructor()', INPUT)).toThrow();
	});
});
