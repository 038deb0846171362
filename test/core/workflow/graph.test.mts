import { describe, expect, it } from '@jest/globals';
import { drawSeeds, isSeed, type Overrides, type WorkflowApiJson } from '../../../core/index';
import { classTypesOf, isLink, promptRoles, titleOf } from '../../../core/parsers';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH } from '../support/workflowGraphs.mts';

describe('a link', () => {
	it.each([
		[['6', 0], true],
		[['6', 1], true],
		[['6', '0'], false],
		[[6, 0], false],
		[['6'], false],
		[['6', 0, 0], false],
		['6', false],
		[null, false],
		[{ 0: '6', 1: 0, length: 2 }, false],
	])('is %j: %s', (value, is) => expect(isLink(value)).toBe(is));
});

describe('a node', () => {
	it.each<[object, string]>([
		[{ _meta: { title: 'My prompt' } }, 'My prompt'],
		[{ _meta: { title: '' } }, 'Encode'],
		[{ _meta: { title: 7 } }, 'Encode'],
		[{ _meta: null }, 'Encode'],
		[{}, 'Encode'],
	])('with %j is called %s', (more, title) => {
		expect(titleOf({ class_type: 'Encode', inputs: {}, ...more })).toBe(title);
	});

	it('has one of the classes of the workflow, each told once', () => {
		const node = (class_type: string) => ({ class_type, inputs: {} });
		expect(classTypesOf({ 1: node('A'), 2: node('B'), 3: node('A') })).toEqual(['A', 'B']);
	});
});

describe('the role of a prompt', () => {
	const rolesOf = (guider: WorkflowApiJson[string], more: WorkflowApiJson = {}) =>
		Object.fromEntries(promptRoles({ ...more, 8: guider, 9: { class_type: 'Text', inputs: {} } }));
	const guider = (class_type: string, input: string, link: unknown = ['9', 0]) => ({
		class_type,
		inputs: { [input]: link },
	});

	it.each([
		['BasicGuider', 'conditioning', 'positive'],
		['DualCFGGuider', 'cond1', 'positive'],
		['DualCFGGuider', 'cond', 'positive'],
		['DualCFGGuider', 'negative', 'negative'],
		['DualCFGGuider', 'positive', 'positive'],
		['DualCFGGuider', 'cond12', undefined],
		['DualCFGGuider', 'my_cond', undefined],
		['DualCFGGuider', 'cond_scale', undefined],
		['GuiderOfNone', 'conditioning', undefined],
	])('that goes to %s as %s: %s', (classType, input, role) => {
		expect(rolesOf(guider(classType, input))['9']).toBe(role);
	});

	it('does not pass a node that makes nothing of it', () => {
		const zero = { 7: { class_type: 'ConditioningZeroOut', inputs: { conditioning: ['9', 0] } } };
		expect(rolesOf(guider('Sampler', 'negative', ['7', 0]), zero)).toEqual({ 7: 'negative' });
		const near = { 7: { class_type: 'ZeroOutOrNot', inputs: { conditioning: ['9', 0] } } };
		expect(rolesOf(guider('Sampler', 'negative', ['7', 0]), near)).toHaveProperty('9', 'negative');
	});

	it('does not pass a node with prompts of its own', () => {
		for (const own of ['positive', 'negative']) {
			const inputs = { [own]: '', text: ['9', 0] };
			const control = { 7: { class_type: 'Control', inputs } };
			expect(rolesOf(guider('Sampler', 'positive', ['7', 0]), control)).toEqual({ 7: 'positive' });
		}
	});

	it('is none if a node has no inputs at all', () => {
		const broken = { 7: { class_type: 'Guider' } } as unknown as WorkflowApiJson;
		expect(rolesOf(guider('Sampler', 'positive', ['7', 0]), broken)).toEqual({ 7: 'positive' });
	});
});

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
