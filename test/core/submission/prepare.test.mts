// How the user's settings become a submit, in the same way for every host.
import { describe, expect, it } from '@jest/globals';
import { prepare } from '../../../core/index';
import { type KnownWorkflow } from '../../../core/parsers';
import { GRAPH } from '../support/workflows.mts';
import { client, failure, field, overridesOf, submission } from './rig.mts';

const UNREADABLE: KnownWorkflow = { info: {}, warnings: ['not checked'] };

describe('if the workflow cannot be asked', () => {
	it('the kind that the host kept counts', async () => {
		const fields = [field('3.steps', '7', 'integer')];
		const { input, notes } = await submission({ fields }, UNREADABLE);
		expect(input.overrides).toEqual({ 3: { inputs: { steps: 7 } } });
		expect(notes).toStrictEqual({ warnings: ['not checked'] });
		const wrong = [field('3.steps', 'many', 'integer')];
		expect(await failure({ fields: wrong }, UNREADABLE)).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('L3.steps takes a whole number, not "many"'),
		});
	});

	it('it is asked for once', async () => {
		const asked: unknown[] = [];
		const read = (...args: unknown[]) => {
			asked.push(args);
			return Promise.resolve({ ...UNREADABLE, cached: true });
		};
		const overrides = { 3: { inputs: { note: 'x' } } };
		await prepare(client, { deploymentId: 'd', overrides }, { readWorkflow: read });
		await prepare(client, { deploymentId: 'd', workflow: GRAPH }, { readWorkflow: read });
		expect(asked).toEqual([
			[{ deploymentId: 'd', workflowApiJson: undefined }],
			[{ deploymentId: 'd', workflowApiJson: GRAPH }],
		]);
	});
});

describe('the rest', () => {
	it('goes along', async () => {
		const sent = { extraData: { a: 1 }, webhook: 'https://e.com/x' };
		const { input, workflow } = await submission({ ...sent, workflow: GRAPH }, UNREADABLE);
		expect(input).toMatchObject({ ...sent, workflowApiJson: GRAPH });
		expect(workflow).toBe(GRAPH);
	});
});

describe('fields', () => {
	it('give way to overrides, input by input', async () => {
		const fields = [field('3.steps', 7), field('6.text', 'a dog')];
		const overrides = { 3: { inputs: { steps: 9, cfg: 2 } } };
		expect(await overridesOf({ fields, overrides })).toEqual({
			3: { inputs: { steps: 9, cfg: 2 } },
			6: { inputs: { text: 'a dog' } },
		});
	});
});
