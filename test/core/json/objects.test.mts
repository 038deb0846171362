// Answers with JSON at any depth. Their fields are tested in request/answers.test.mts.
import { describe, expect, it } from '@jest/globals';
import { cutDeep, mapTexts } from '../../../core/parsers';

/** Nests so many lists or objects, with a text in the innermost. */
const nested = (levels: number, open = '[', close = ']') =>
	`${open.repeat(levels)}"in"${close.repeat(levels)}`;

const read = (text: string) => cutDeep(JSON.parse(text) as unknown);

describe('an answer that is nested', () => {
	it.each([
		[500, '[', ']'],
		[500, '{"a":', '}'],
		[0, '', ''],
	])('%i levels deep, by %s, is whole', (levels, open, close) => {
		const text = nested(levels, open, close);
		expect(read(text)).toEqual(JSON.parse(text));
	});

	it.each([
		['[', ']', 501],
		['{"a":', '}', 501],
		['{"a":', '}', 100_000],
	])('by %s, deeper than 500 levels (%3$i), ends there', (open, close, levels) => {
		const cut = JSON.parse(nested(500, open, close).replace('"in"', 'null')) as unknown;
		expect(JSON.stringify(read(nested(levels, open, close)))).toBe(JSON.stringify(cut));
	});

	it('loses what is too deep and nothing beside it', () => {
		const holder = `${nested(499).replace('"in"', '{"a":1,"b":[2],"c":"d","e":null,"f":{}}')}`;
		const kept = `${nested(499).replace('"in"', '{"a":1,"b":null,"c":"d","e":null,"f":null}')}`;
		expect(JSON.stringify(read(holder))).toBe(kept);
		expect(JSON.stringify(read(`[null,${holder.slice(1)}`))).toBe(`[null,${kept.slice(1)}`);
	});
});

const loud = (text: string) => text.toUpperCase();

describe('changing the texts of plain data', () => {
	it.each<[unknown, unknown]>([
		['a', 'A'],
		[
			['a', 1, ['b']],
			['A', 1, ['B']],
		],
		[{ A: { b: [{ C: 'd' }] } }, { A: { B: [{ C: 'D' }] } }],
		[
			{ A: 'b', C: 'D' },
			{ A: 'B', C: 'D' },
		],
	])('makes of %j: %j', (value, changed) => {
		const before = structuredClone(value);
		expect(mapTexts(value, loud)).toEqual(changed);
		expect(value).toEqual(before);
	});

	const unchanged: unknown[] = [
		{ A: ['B', { C: null }] },
		['A', [1]],
		[],
		{},
		null,
		undefined,
		7,
		7n,
		true,
	];
	it.each(unchanged.map((value) => [value]))(
		'gives the same value if nothing changes: %p',
		(value) => {
			expect(mapTexts(value, loud)).toBe(value);
		},
	);

	it('shares what it does not change', () => {
		const same = { A: ['B'] };
		const changed = mapTexts({ same, list: [same, 'c'] }, loud) as Record<string, unknown>;
		expect(changed['SAME']).toBe(same);
		expect((changed['LIST'] as unknown[])[0]).toBe(same);
	});
});
