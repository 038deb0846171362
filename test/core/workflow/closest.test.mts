import { describe, expect, it } from '@jest/globals';
import { closestName } from '../../../core/index';

const NAMES = ['text', 'seed', 'steps', 'cfg', 'sampler_name', 'negative_prompt'];

describe('the closest name', () => {
	it.each([
		['txt', 'text'],
		['TEXT', 'text'],
		['sede', 'seed'],
		['step', 'steps'],
		['setps', 'steps'],
		['sampler', 'sampler_name'],
		['negativ_promt', 'negative_prompt'],
	])('of %s is %s', (name, meant) => expect(closestName(name, NAMES)).toBe(meant));

	it.each(['x', '', 'cup', 'model', 'zzzzzzzz', 'a'.repeat(5_000)])('of %.20s is none', (name) =>
		expect(closestName(name, NAMES)).toBeUndefined(),
	);

	it('of a name with one mistake is that name, whichever mistake it is', () => {
		for (const name of NAMES.filter(({ length }) => length > 3)) {
			for (let at = 1; at < name.length; at += 1) {
				const [head, tail] = [name.slice(0, at), name.slice(at)];
				for (const typo of [head + tail.slice(1), `${head}q${tail}`, `${head}q${tail.slice(1)}`]) {
					expect(closestName(typo, NAMES)).toBe(name);
				}
			}
		}
	});

	it.each([
		['a', ['aa', 'a'], 'a'],
		['aat', ['cat', 'bat'], 'cat'],
		['ba', ['ab'], 'ab'],
		['xbac', ['xabc'], 'xabc'],
		['ab', ['ba '], undefined],
		['abcdef', ['abxxef'], 'abxxef'],
		['abcdef', ['abxxxf'], undefined],
		['abcde', ['axxde'], undefined],
		['abcdef', ['abc'], 'abc'],
		['abcdef', ['bcef'], 'bcef'],
		['xabcdef', ['abcdeg'], 'abcdeg'],
		['axyb', ['ayzb'], undefined],
		['axyb', ['azxb'], undefined],
		['abcdefghi', ['abcde', 'xbcdefghijkl'], 'xbcdefghijkl'],
		['cfg', ['cfg_scale'], 'cfg_scale'],
		['cf', ['cfg_scale'], undefined],
		['CFG_scale', ['cf'], undefined],
		['the_Negative_prompt_of_it', ['negative_prompt'], 'negative_prompt'],
		['A'.repeat(201), ['b', 'a'.repeat(201)], 'a'.repeat(201)],
		[`q${'a'.repeat(200)}`, [`p${'a'.repeat(200)}`], undefined],
		['a'.repeat(201), ['a'.repeat(100), 'a'.repeat(201)], 'a'.repeat(201)],
		[`q${'a'.repeat(200)}`, [`p${'a'.repeat(199)}`], undefined],
		[`q${'a'.repeat(199)}`, [`p${'a'.repeat(200)}`], undefined],
		[`q${'a'.repeat(199)}`, [`p${'a'.repeat(199)}`], `p${'a'.repeat(199)}`],
	])('of %.12s among %j is %s', (name, names, meant) => {
		expect(closestName(name, names)).toBe(meant);
	});

	it('is none where there are no names', () => {
		expect(closestName('text', [])).toBeUndefined();
	});
});
