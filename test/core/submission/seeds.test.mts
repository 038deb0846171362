// Which seeds are drawn: those set to "random", or all that the user has not set.
import { describe, expect, it } from '@jest/globals';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { type Overrides } from '../../../core/comfyui/overrides';
import { type KnownWorkflow } from '../../../core/deployments/workflow';
import { type Draft, type WorkflowApiJson } from '../../../core/index';
import { drawSeeds } from '../../../core/submission/seeds';
import { combo } from '../../support/v3Classes.mts';
import { GRAPH, node, readInfo, withInput } from '../support/workflows.mts';
import { field, KNOWN, submission } from './rig.mts';

const drawn = expect.any(Number);
const seedField = (value: unknown) => field('3.seed', value, 'integer');

describe('with random seeds, of the deployed workflow', () => {
	const all = (draft: Partial<Draft> = {}, known: KnownWorkflow = KNOWN, check = true) =>
		submission({ randomSeeds: true, ...draft }, known, { check });

	it.each<[string, Partial<Draft>]>([
		['a field', { fields: [seedField('7')] }],
		['JSON', { overrides: { 3: { inputs: { seed: 7 } } } }],
	])('one stays that is set by %s, beside others that are drawn', async (_by, draft) => {
		const workflow = { ...GRAPH, 4: { class_type: 'Other', inputs: { noise_seed: 1 } } };
		const { input, notes } = await all(draft, { ...KNOWN, workflow });
		const { noise_seed: other } = input.overrides?.['4']?.inputs ?? {};
		expect(input.overrides).toEqual({
			3: { inputs: { seed: 7 } },
			4: { inputs: { noise_seed: drawn } },
		});
		expect(notes).toMatchObject({ seeds: { 3: 7, 4: other }, warnings: [] });
	});

	it('all of a node are told, the first by the id of the node', async () => {
		const inputs = { seed: 1, noise_seed: 2 };
		const workflow = { ...GRAPH, 4: { class_type: 'Other', inputs } };
		const overrides = { 3: { inputs: { seed: 7 } }, 4: { inputs } };
		const { notes } = await all({ overrides }, { ...KNOWN, workflow });
		expect(notes.seeds).toEqual({ 3: 7, 4: 1, '4.noise_seed': 2 });
	});

	it('one stays that another node feeds, which a warning says if there is no other', async () => {
		const workflow = withInput('3', 'seed', ['5', 0]);
		const { input, notes } = await all({}, { ...KNOWN, workflow });
		expect(input.overrides).toEqual({});
		expect(notes.warnings).toEqual([
			expect.stringMatching(/^No random seeds .* from another node, set it there\.$/),
		]);
	});

	it.each([[true], [false]])(
		'none is drawn if it cannot be read, which a warning says (checked: %p)',
		async (check) => {
			const unread = 'no answer within 10 s';
			const overrides = { 7: { inputs: { seed: 5 } } };
			const { input, notes } = await all({ overrides }, { info: {}, unread, warnings: [] }, check);
			expect(input.overrides).toEqual(overrides);
			expect(notes).toEqual({
				seeds: { 7: 5 },
				warnings: [expect.stringMatching(/^No random seeds were drawn.*\(no answer within 10 s\)/)],
			});
		},
	);

	it('each is drawn within its limits even if the check is off, which then says nothing', async () => {
		const seed = ['INT', { min: 5, max: 5 }];
		const info = readInfo({ KSampler: { input: { required: { seed } } } });
		const known = { ...KNOWN, info, warnings: ['of the check'] };
		const overrides = { 6: { inputs: { wrong: 1 } } };
		for (const workflow of [undefined, GRAPH]) {
			const { input, notes } = await all({ overrides, workflow }, known, false);
			expect(input.overrides).toEqual({ ...overrides, 3: { inputs: { seed: 5 } } });
			expect(notes.warnings).toEqual([]);
		}
	});

	it('none is drawn that an override removes by another choice', async () => {
		const mode = combo({ made: { required: { seed: ['INT'] } }, flat: {} });
		const info = readInfo({ Own: { input: { required: { mode } } } });
		const workflow = { 1: node('Own', { mode: 'made', 'mode.seed': 1 }) };
		const known = { workflow, info, warnings: [] };
		const overrides = { 1: { inputs: { mode: 'flat' } } };
		expect((await all({ overrides }, known)).input.overrides).toEqual(overrides);
		expect((await all({}, known)).notes.seeds).toEqual({ 1: drawn });
	});
});

describe('a seed of a workflow that is sent along', () => {
	const drawnIn = async (inputs: unknown) => {
		const other = { class_type: 'B', inputs: {} };
		const workflow = { 1: { class_type: 'A', inputs }, 2: other } as unknown as WorkflowApiJson;
		const draft = { randomSeeds: true, workflow };
		const { input } = await submission(draft, { info: {}, warnings: [] });
		return [input.workflowApiJson?.['1']?.inputs, input.overrides];
	};

	it.each([[7], [7n]])('is drawn if it is a whole number: %p', async (seed) => {
		expect((await drawnIn({ seed }))[1]).toEqual({ 1: { inputs: { seed: drawn } } });
	});

	it('is drawn if it is "random", whether others are drawn or not', async () => {
		const workflow = withInput('3', 'seed', 'random');
		const { input } = await submission({ workflow });
		expect(input.overrides).toEqual({ 3: { inputs: { seed: drawn } } });
	});

	it.each([[7.5], ['7'], [['2', 0]]])('is not drawn if it is %j', async (seed) => {
		expect(await drawnIn({ seed })).toEqual([{ seed }, {}]);
	});
});

const overrides = (seed: unknown): Overrides => ({
	'3': { inputs: { seed, steps: 5 } },
	'6': { inputs: { text: 'random' } },
});

const unknown = () => undefined;

describe('one seed', () => {
	it('is drawn within what the class allows, and what a number can hold', () => {
		const ends = (min: number, max: number) =>
			[0, 1 - Number.EPSILON / 2].map((value) => {
				const seed = ['INT', { min, max }];
				const info = readInfo({ KSampler: { input: { required: { seed } } } });
				const graph = new KnownGraph(GRAPH, info);
				return drawSeeds(
					overrides('random'),
					(place) => graph.taken(place),
					() => value,
				).seeds['3'];
			});
		expect(ends(0, 2 ** 32 - 1)).toEqual([0, 2 ** 32 - 1]);
		expect(ends(5, 9)).toEqual([5, 9]);
		expect(ends(-1, 2 ** 64)).toEqual([0, Number.MAX_SAFE_INTEGER]);
	});

	it('that is fixed stays exact', () => {
		const large = 18446744073709551615n;
		expect(drawSeeds(overrides(large), unknown)).toEqual({
			overrides: overrides(large),
			seeds: { '3': '18446744073709551615' },
		});
		expect(drawSeeds(overrides(7), unknown).seeds).toEqual({ '3': 7 });
		expect(drawSeeds(overrides('not one'), unknown).seeds).toEqual({});
	});
});
