import { describe, expect, it } from '@jest/globals';
import { stringifyJson } from '../../../core/index';
import { findInexactInteger, parseJson, withoutNonFinite } from '../../../core/json/numbers';

describe('JSON with large integers', () => {
	it.each([
		['18446744073709551615', 18446744073709551615n],
		['-9223372036854775808', -9223372036854775808n],
		['9007199254740993', 9007199254740993n],
		['9007199254740991', 9007199254740991],
		['-0', -0],
		['1e20', 1e20],
		['12345678901234567.5', 12345678901234568],
		['1234567890123456e2', 123456789012345600],
	])('reads %s', (text, value) => {
		expect(parseJson(text)).toBe(value);
		expect(parseJson(`{"a":[${text} , "${text}"]}`)).toEqual({ a: [value, text] });
	});

	it('writes one as a number where BigInt has a toJSON, as in n8n', () => {
		const prototype = BigInt.prototype as { toJSON?: () => string };
		prototype.toJSON = () => 'a text';
		try {
			expect(stringifyJson({ seed: 18446744073709551615n })).toBe('{"seed":18446744073709551615}');
		} finally {
			delete prototype.toJSON;
		}
	});

	it('leaves text unchanged that is not valid Unicode, or not JSON', () => {
		expect(parseJson('["\ud800",12345678901234567]')).toEqual(['\ud800', 12345678901234567n]);
		expect(() => parseJson('\ufeff[12345678901234567]')).toThrow(SyntaxError);
	});
});

describe('numbers that went wrong before', () => {
	it.each<[unknown, string | undefined]>([
		[{ 6: { inputs: { seed: 2 ** 53 } } }, '6.inputs.seed'],
		[{ a: [1, { b: -(2 ** 60) }] }, 'a.1.b'],
		[{ a: 2 ** 53 - 1, b: 1e300 * 0, c: 0.1, d: '9007199254740993', e: 2n ** 64n }, undefined],
		[new Uint8Array(3), undefined],
	])('%#: of lost digits', (value, path) => {
		expect(findInexactInteger(value)).toBe(path);
	});

	it('are looked for in a circle, too', () => {
		const circle: Record<string, unknown> = {};
		circle['self'] = [circle];
		circle['n'] = 2 ** 53;
		expect(findInexactInteger(circle)).toBe('n');
	});
});

it.each([
	['[NaN,Infinity, -Infinity,-1]', '[null,null, null,-1]'],
	['{"a":NaN,"NaN":Infinity}', '{"a":null,"NaN":null}'],
	['{"a":"NaN \\" Infinity","b":NaN}', '{"a":"NaN \\" Infinity","b":null}'],
	['{"a":"\\\\","b":NaN}', '{"a":"\\\\","b":null}'],
	['"NaN', '"NaN'],
])('JSON of Python: %s is read as %s', (text, json) => {
	expect(withoutNonFinite(text)).toBe(json);
});
