// Converting values for an input, checking them, and the messages about wrong ones.
import { describe, expect, it } from '@jest/globals';
import { closest } from '../../../core/form/closest';
import { checkValue, fitValue, type InputSpec } from '../../../core/index';

const integer: InputSpec = { kind: 'integer', min: 1, max: 100 };
const float: InputSpec = { kind: 'float', min: 0, max: 1 };
const choice: InputSpec = { kind: 'choice', choices: ['euler', 'heun', 3, true] };
const media: InputSpec = { kind: 'media', choices: ['example.png'] };

describe('a value from a form or an expression', () => {
	it.each<[InputSpec, unknown, unknown]>([
		[integer, ' -7 ', -7],
		[integer, '18446744073709551615', 18446744073709551615n],
		[float, '.5', 0.5],
		[float, '1e-3', 0.001],
		[{ kind: 'boolean' }, 1, true],
		[{ kind: 'string' }, 12n, '12'],
		[choice, '3', 3],
		[media, ' https://example.com/a.png\n', 'https://example.com/a.png'],
	])('for %o: %o is converted', (spec, given, fitted) => {
		expect(fitValue(given, spec)).toEqual(fitted);
		expect(checkValue(fitted, { kind: spec.kind })).toBeUndefined();
	});

	it.each<[InputSpec, unknown]>([
		[integer, '20.5'],
		[integer, NaN],
		[float, 'Infinity'],
		[{ kind: 'boolean' }, 'yes'],
		[{ kind: 'media' }, ''],
		[{ kind: 'media' }, 7],
		[{ kind: 'json' }, '{not json'],
		[{ kind: 'json' }, 'null'],
	])('for %o: %o is guessed at by nobody, and refused', (spec, given) => {
		expect(checkValue(fitValue(given, spec), { kind: spec.kind })).toMatchObject({
			problem: 'wrong_type',
			message: expect.stringMatching(/^takes /),
		});
	});

	it('is unchanged if it already fits', () => {
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

it.each<[InputSpec, unknown, unknown]>([
	[{ kind: 'integer' }, '+5', 5],
	[{ kind: 'integer' }, '- 20', '- 20'],
	[{ kind: 'float' }, '  -12.50 ', -12.5],
	[{ kind: 'float' }, '+.25', 0.25],
	[{ kind: 'float' }, '9'.repeat(400), Infinity],
	[{ kind: 'float' }, '1.5E+10', 1.5e10],
	[{ kind: 'float' }, 'v0.5', 'v0.5'],
	[{ kind: 'float' }, '0.5s', '0.5s'],
	[{ kind: 'boolean' }, ' True\n', true],
	[{ kind: 'boolean' }, 0, false],
	[{ kind: 'boolean' }, 1n, 1n],
	[{ kind: 'choice', choices: ['a', 'a '] }, 'a ', 'a '],
	[{ kind: 'choice', choices: ['3', 3] }, 4, 4],
	[{ kind: 'choice', choices: ['[object Object]'] }, {}, {}],
	[{ kind: 'json', wrap: true }, '["a", "b"]', { __value__: ['a', 'b'] }],
	[{ kind: 'json', wrap: true }, { __value__: ['a'] }, { __value__: ['a'] }],
	[{ kind: 'json', wrap: true }, ['6', 0], ['6', 0]],
	[{ kind: 'json', many: true, choices: ['1', '[2]'] }, '1', '1'],
	[{ kind: 'json', choices: ['1'] }, '1', 1],
])('a value that is made to fit for %j: %j becomes %j', (spec, given, fitted) => {
	expect(fitValue(given, spec)).toEqual(fitted);
});

it('of several choices, the one that is not there is named', () => {
	const spec: InputSpec = { kind: 'json', many: true, choices: ['red', 'green'] };
	expect(checkValue(['red', 'gren'], spec)).toMatchObject({ suggestion: 'green' });
	expect(checkValue(['red', { a: 1 }], spec)).toEqual({
		problem: 'wrong_type',
		message: 'takes a list of its choices, not a list',
	});
	expect(checkValue('blue', spec)).toEqual({
		problem: 'unknown_choice',
		message: 'has no choice "blue"; choices are red, green',
	});
});

describe('a number', () => {
	const seed: InputSpec = { kind: 'integer', min: 0, max: 2 ** 64 };

	it.each<[InputSpec, number | bigint, string]>([
		[{ kind: 'integer', max: 100 }, 101, 'must be at most 100, not 101'],
		[{ kind: 'float', min: 0 }, -0.01, 'must be at least 0, not -0.01'],
		[seed, 2n ** 64n, 'must be at most 18446744073709551615, not 18446744073709551616'],
	])('is not within %j: %d', (spec, value, message) => {
		expect(checkValue(value, spec)).toEqual({ problem: 'out_of_range', message });
	});

	it('may be at either end of its limits', () => {
		const spec: InputSpec = { kind: 'integer', min: 1, max: 100 };
		expect([1, 100].map((value) => checkValue(value, spec))).toEqual([undefined, undefined]);
		expect(checkValue(2n ** 64n - 1n, seed)).toBeUndefined();
	});

	it('that has lost digits on its way is refused', () => {
		expect(checkValue(2 ** 60, seed)?.message).toMatch(/lost digits: give it as text/);
	});
});

it.each<[InputSpec, unknown]>([
	[{ kind: 'json', many: true }, [{ path: 'a' }]],
	[{ kind: 'media', many: true, address: true }, ['https://x.example/a.png', '']],
])('the entries of a model’s list are not checked here: %o', (spec, value) => {
	expect(checkValue(value, spec)).toBeUndefined();
});

it('a choice of many is reported with the one that may be meant, not with all of them', () => {
	const choices = [...'abcdefghi', 'colour'];
	expect(checkValue('color', { kind: 'choice', choices })?.message).toMatch(
		/^has no choice .* \(did you mean "colour"\?\)$/,
	);
});

it.each<[unknown, string]>([
	[['a', 'b', 'c'], 'a list'],
	[7n, '7'],
	['Data:image/png;base64,AAAA', 'a data URI'],
	['no data: at all', '"no data: at all"'],
	['x'.repeat(61), `"${'x'.repeat(59)}…"`],
])('a value in a message: %j is shown as %s', (value, shown) => {
	expect(checkValue(value, { kind: 'boolean' })?.message).toBe(`takes true or false, not ${shown}`);
});

describe('a file', () => {
	const check = (value: string) =>
		checkValue(value, { kind: 'media', choices: ['example.png'] })?.problem;
	const A = 'A'.repeat(40);

	it.each([
		...['http://example.com/a.png', `${A}${A}==\n`, `${A}\n${A}`, 'a'.repeat(65), '1ftp://a'],
		// The machine lists the files of a single folder.
		...['clipspace/mask-1.png', 'masks\\a.png', 'a.png [input] '],
	])('may be %j', (value) => expect(check(value)).toBeUndefined());

	it.each([
		['ftp://example.com/a.png', 'wrong_type'],
		['mydata:x', 'unknown_choice'],
		['a'.repeat(64), 'unknown_choice'],
		[`${A}=${A}`, 'unknown_choice'],
	])('may not be %j: %s', (value, problem) => expect(check(value)).toBe(problem));

	it.each([
		...['/home/me/a.png', '~/a.png', './a.png', '../a.png', ' C:\\Users\\me\\a.png', 'c:/a.png'],
		...['\\\\server\\share\\a.png', 'file:a.png'],
	])('may not be on the disk of whoever asks: %j', (value) => {
		expect(check(value)).toBe('wrong_type');
		expect(checkValue(value, { kind: 'media' })?.message).toMatch(
			/^takes a web address, a data URI or .*, not /,
		);
	});

	it('that is unknown is reported with alternatives, if the machine has a list', () => {
		expect(checkValue('any.png', { kind: 'media' })).toBeUndefined();
		const near = checkValue('exampel.png', { kind: 'media', choices: ['example.png'] });
		expect(near).toMatchObject({ suggestion: 'example.png' });
		expect(checkValue('b', { kind: 'media', choices: ['example.png'] })?.message).toBe(
			'takes a web address, a data URI or a file on the machine, and there is no file "b"; choices are example.png',
		);
	});
});

it.each<[string, string[], string | undefined]>([
	['setps', ['text', 'steps', 'seeds'], 'steps'],
	['Txet', ['seed', 'text'], 'text'],
	['prompt', ['negative_prompt', 'prompts'], 'prompts'],
	['photo.png', ['photo-2.png', 'video.mp4'], 'photo-2.png'],
	['', ['a', 'cfg'], undefined],
	['model', ['text', 'seed', 'steps', 'cfg'], undefined],
	['a'.repeat(201), ['a'.repeat(201)], undefined],
])('the name that is meant by %.20s among %j: %s', (name, names, meant) => {
	expect(closest(name, names)).toBe(meant);
});
