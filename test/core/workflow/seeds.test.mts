import { describe, expect, it } from '@jest/globals';
import { drawSeeds, isSeed, type Overrides } from '../../../core/index';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH } from '../support/workflowGraphs.mts';

const overrides = (seed: unknown): Overrides => ({
	'3': { inputs: { seed, steps: 5 } },
	'6': { inputs: { text: 'random' } },
});

describe('a seed', () => {
	it('given as random is drawn, and told', () => {
		const { overrides: drawn, seeds } = drawSeeds(overrides(' Random '), GRAPH, {}, () => 0.5);
		expect(drawn).toEqual({
			'3': { inputs: { seed: 2 ** 52, steps: 5 } },
			'6': { inputs: { text: 'random' } },
		});
		expect(seeds).toEqual({ '3': 2 ** 52 });
	});

	it('is drawn within what the class allows, and what a number can hold', () => {
		const ends = (min: number, max: number) =>
			[0, 1 - Number.EPSILON / 2].map((value) => {
				const seed = ['INT', { min, max }];
				const info = readInfo({ KSampler: { input: { required: { seed } } } });
				return drawSeeds(overrides('random'), GRAPH, info, () => value).seeds['3'];
			});
		expect(ends(0, 2 ** 32 - 1)).toEqual([0, 2 ** 32 - 1]);
		expect(ends(5, 9)).toEqual([5, 9]);
		expect(ends(-1, 2 ** 64)).toEqual([0, Number.MAX_SAFE_INTEGER]);
	});

	it('is another one each time', () => {
		const drawn = Array.from({ length: 50 }, () => drawSeeds(overrides('random')).seeds['3']);
		expect(new Set(drawn).size).toBe(50);
		expect(drawn.every((seed) => Number.isSafeInteger(seed))).toBe(true);
	});

	it('that is fixed stays exact', () => {
		const large = 18446744073709551615n;
		expect(drawSeeds(overrides(large))).toEqual({
			overrides: overrides(large),
			seeds: { '3': '18446744073709551615' },
		});
		expect(drawSeeds(overrides(7)).seeds).toEqual({ '3': 7 });
		expect(drawSeeds(overrides('not one')).seeds).toEqual({});
	});

	it('is known by its name', () => {
		expect(['seed', 'noise_seed', 'Seed', 'my seed'].every(isSeed)).toBe(true);
		expect(['seeds', 'seed_mode', 'aseed', 'steps'].some(isSeed)).toBe(false);
	});
});
