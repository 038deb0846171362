import { describe, expect, it } from '@jest/globals';
import { mapTexts } from '../../../core/json/objects';

const loud = (text: string) => text.toUpperCase();

describe('plain data with its texts changed', () => {
	it.each<[unknown, unknown]>([
		['a', 'A'],
		[
			['a', 1, ['b']],
			['A', 1, ['B']],
		],
		[{ a: 'b' }, { A: 'B' }],
		[{ A: { b: [{ C: 'd' }] } }, { A: { B: [{ C: 'D' }] } }],
		[{ a: 1 }, { A: 1 }],
		[
			{ A: 'b', C: 'D' },
			{ A: 'B', C: 'D' },
		],
	])('of %j is %j', (value, changed) => {
		const before = structuredClone(value);
		expect(mapTexts(value, loud)).toEqual(changed);
		expect(value).toEqual(before);
	});

	const kept: unknown[] = [
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
	it.each(kept.map((value) => [value]))('is the same where nothing changes: %p', (value) => {
		expect(mapTexts(value, loud)).toBe(value);
	});

	it('shares what does not change', () => {
		const same = { A: ['B'] };
		const changed = mapTexts({ same, list: [same, 'c'] }, loud) as Record<string, unknown>;
		expect(changed['SAME']).toBe(same);
		expect((changed['LIST'] as unknown[])[0]).toBe(same);
	});
});
