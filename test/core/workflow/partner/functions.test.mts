import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { evaluateExpression } from '../../../../core/workflow/partner/expression';

/** The JSONata that comes with Node-RED: what it says is right. */
const jsonata = createRequire(import.meta.url)('jsonata') as (expression: string) => {
	evaluate(input: unknown): Promise<unknown>;
};

const INPUT = { n: -2.5, list: [3, 1, 2], text: ' Seedream Pro ', empty: {}, filled: { a: 1 } };

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
		const right: unknown = await jsonata(expression).evaluate(INPUT);
		// Of a list JSONata leaves out what is not there.
		const found = (evaluateExpression(expression, INPUT) as unknown[]).filter(
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
		await expect(jsonata(expression).evaluate(INPUT)).rejects.toBeDefined();
		expect(() => evaluateExpression(expression, INPUT)).toThrow(TypeError);
	});
});

it('of a list nothing is looked up, in which JSONata would look at each entry', () => {
	expect(() => evaluateExpression('$lookup(list, "a")', INPUT)).toThrow(TypeError);
});
