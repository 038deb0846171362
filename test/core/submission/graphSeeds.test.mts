import { describe, expect, it } from '@jest/globals';
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

	it('are drawn where they say "random"', async () => {
		const { input, notes } = await submission({ workflowApiJson: graph('random') }, WITHOUT_INFO);
		const seed = input.overrides?.['3']?.inputs['seed'];
		expect(Number.isSafeInteger(seed)).toBe(true);
		expect(notes.seeds).toEqual({ 3: seed });
	});

	it('stay as they are otherwise', async () => {
		const { input, notes } = await submission({ workflowApiJson: graph(7) }, WITHOUT_INFO);
		expect(input).toMatchObject({ overrides: {}, workflowApiJson: graph(7) });
		expect(notes).not.toHaveProperty('seeds');
	});

	it('are all drawn where that is asked for, but for what the user overrides', async () => {
		const draft = { workflowApiJson: graph(7n), randomSeeds: true };
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
		const draft = { workflowApiJson: graph('Random '), randomSeeds: true };
		const { input } = await submission(draft, null);
		expect(input.overrides).toEqual({ 3: { inputs: { seed: expect.any(Number) } } });
	});
});
