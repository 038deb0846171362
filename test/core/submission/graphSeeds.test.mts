import { describe, expect, it } from '@jest/globals';
import type { Draft } from '../../../core/submission/draft';
import { withGraphSeeds } from '../../../core/submission/seeds';
import type { WorkflowApiJson } from '../../../core/workflow/graph';
import type { KnownWorkflow } from '../../../core/workflow/reader';
import { GRAPH } from '../support/workflowGraphs.mts';
import { submission } from './preparing.mts';

describe('seeds of a workflow that is sent along', () => {
	const WITHOUT_INFO: KnownWorkflow = { info: {}, warnings: [] };
	const graph = (seed: unknown): WorkflowApiJson => ({
		...GRAPH,
		'3': { class_type: 'KSampler', inputs: { ...GRAPH['3']?.inputs, seed } },
		'20': { class_type: 'Other', inputs: { noise_seed: ['3', 0], seed: 'not a seed', steps: 4 } },
	});

	const sent = (seed: unknown): Partial<Draft> => ({
		workflow: { format: 'api', workflow: graph(seed) },
	});

	it('are drawn where they say "random"', async () => {
		const { input, notes } = await submission(sent('random'), WITHOUT_INFO);
		const seed = input.overrides?.['3']?.inputs['seed'];
		expect(Number.isSafeInteger(seed)).toBe(true);
		expect(notes.seeds).toEqual({ 3: seed });
	});

	it('stay as they are otherwise', async () => {
		const { input, notes } = await submission(sent(7), WITHOUT_INFO);
		expect(input).toMatchObject({ overrides: {}, workflowApiJson: graph(7) });
		expect(notes).not.toHaveProperty('seeds');
	});

	it('are all drawn where that is asked for, but for what the user overrides', async () => {
		const draft = { ...sent(7n), randomSeeds: true };
		const drawn = await submission(draft, WITHOUT_INFO);
		expect(drawn.input.overrides).toEqual({ 3: { inputs: { seed: expect.any(Number) } } });
		const set = await submission(
			{ ...draft, overrides: { 3: { inputs: { seed: 5 } } } },
			WITHOUT_INFO,
		);
		expect(set.input.overrides).toEqual({ 3: { inputs: { seed: 5 } } });
		expect(set.notes.seeds).toEqual({ 3: 5 });
	});

	it('are drawn unchecked, too', async () => {
		const draft = { ...sent('Random '), randomSeeds: true };
		const { input } = await submission(draft, null);
		expect(input.overrides).toEqual({ 3: { inputs: { seed: expect.any(Number) } } });
	});
});

describe('the wish for seeds of a workflow', () => {
	const seeded = (inputs: unknown) =>
		({ 1: { class_type: 'A', inputs }, 2: { class_type: 'B', inputs: {} } }) as WorkflowApiJson;
	const wished = (workflowApiJson: WorkflowApiJson, more = {}) =>
		withGraphSeeds({ deploymentId: 'd', workflowApiJson, ...more });

	it('leaves a number in their place, and the rest as it is', () => {
		const given = seeded({ seed: 'random', noise_seed: 'random', steps: 'random', text: 'a' });
		expect(wished(given)).toEqual({
			deploymentId: 'd',
			workflowApiJson: seeded({ seed: 0, noise_seed: 0, steps: 'random', text: 'a' }),
			overrides: { 1: { inputs: { seed: 'random', noise_seed: 'random' } } },
		});
		expect(given).toEqual(
			seeded({ seed: 'random', noise_seed: 'random', steps: 'random', text: 'a' }),
		);
	});

	it.each([[7], [7n], [-1]])('is for every seed that is a whole number: %p', (seed) => {
		const drawn = wished(seeded({ seed }), { randomSeeds: true });
		expect(drawn.overrides).toEqual({ 1: { inputs: { seed: 'random' } } });
	});

	it.each([[7.5], ['7'], [['2', 0]], [null], [true]])('is for no other: %j', (seed) => {
		const draft = { deploymentId: 'd', workflowApiJson: seeded({ seed }), randomSeeds: true };
		expect(withGraphSeeds(draft)).toBe(draft);
	});

	it.each([[undefined], [null], [['random']], ['random']])('is none in the inputs %j', (inputs) => {
		const draft = { deploymentId: 'd', workflowApiJson: seeded(inputs), randomSeeds: true };
		expect(withGraphSeeds(draft)).toBe(draft);
	});

	it('is none where nothing is sent along, and gives way to what is overridden', () => {
		const draft = { deploymentId: 'd', randomSeeds: true };
		expect(withGraphSeeds(draft)).toBe(draft);
		const overrides = { 1: { inputs: { seed: 5, steps: 4 } }, 3: { inputs: { a: 1 } } };
		expect(wished(seeded({ seed: 'random' }), { overrides }).overrides).toEqual(overrides);
	});
});
