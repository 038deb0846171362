// How the user's settings become a submit, in the same way for every host.
import { describe, expect, it } from '@jest/globals';
import { type FieldValue, prepare } from '../../../core/index';
import { type KnownWorkflow } from '../../../core/parsers';
import { GRAPH } from '../support/workflows.mts';
import { client, failure, field, overridesOf, submission } from './rig.mts';

const UNREADABLE: KnownWorkflow = { info: {}, warnings: ['not checked'] };

describe('fields', () => {
	it('become overrides in the types of the workflow', async () => {
		const fields = [
			field('3.steps', '7'),
			field('3.cfg', '1.5'),
			field('6.text', 12),
			field('3.sampler_name', 'heun'),
			field('3.seed', '18446744073709551615'),
		];
		expect(await overridesOf({ fields })).toEqual({
			3: { inputs: { steps: 7, cfg: 1.5, sampler_name: 'heun', seed: 18446744073709551615n } },
			6: { inputs: { text: '12' } },
		});
	});

	it('that are null leave the input as deployed', async () => {
		expect(await overridesOf({ fields: [field('6.text', null)] })).toEqual({});
	});

	it('give way to overrides, input by input', async () => {
		const fields = [field('3.steps', 7), field('6.text', 'a dog')];
		const overrides = { 3: { inputs: { steps: 9, cfg: 2 } } };
		expect(await overridesOf({ fields, overrides })).toEqual({
			3: { inputs: { steps: 9, cfg: 2 } },
			6: { inputs: { text: 'a dog' } },
		});
	});

	it('and overrides are told in full when they do not fit', async () => {
		const fields = [field('3.steps', 0), field('5.width', undefined), field('3.cfg', NaN)];
		const overrides = { 3: { inputs: { denoise: 2 } }, 99: { inputs: { text: 'x' } } };
		expect(await failure({ fields, overrides })).toMatchObject({
			code: 'invalid_overrides',
			details: {
				findings: [
					{
						path: '5.inputs.width',
						problem: 'no_value',
						message:
							'L5.width has no value: its expression gives none (null leaves the input as deployed)',
					},
					{
						path: '3.inputs.cfg',
						message: expect.stringMatching(/gives NaN, which is not a number/),
					},
					{ path: '3.inputs.steps' },
					{ path: '3.inputs.denoise' },
					{ path: '99' },
				],
			},
		});
	});
});

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

	it('its range and choices do not: the deployment may have changed since', async () => {
		const fields: FieldValue[] = [
			{ ...field('3.steps', 99), spec: { kind: 'integer', max: 50 } },
			{ ...field('3.sampler_name', 'new'), spec: { kind: 'choice', choices: ['euler'] } },
		];
		expect(await overridesOf({ fields }, UNREADABLE)).toEqual({
			3: { inputs: { steps: 99, sampler_name: 'new' } },
		});
	});

	it('the same holds if it is not to be asked', async () => {
		const fields = [field('3.steps', '', 'integer')];
		expect(await failure({ fields }, null)).toMatchObject({ code: 'invalid_overrides' });
		const overrides = { 99: { inputs: { text: 'x' } } };
		const { input, notes } = await submission({ overrides }, null);
		expect(input.overrides).toEqual(overrides);
		expect(notes).toStrictEqual({ warnings: [] });
	});
});

describe('the rest', () => {
	it('goes along', async () => {
		const sent = { extraData: { a: 1 }, webhook: 'https://e.com/x' };
		const { input, workflow } = await submission({ ...sent, workflow: GRAPH }, UNREADABLE);
		expect(input).toMatchObject({ ...sent, workflowApiJson: GRAPH });
		expect(workflow).toBe(GRAPH);
	});

	it('a webhook that is none is refused before RunComfy is asked', async () => {
		const read = () => Promise.reject(new Error('It was asked'));
		await expect(
			prepare(client, { deploymentId: 'd', webhook: 'example' }, { readWorkflow: read }),
		).rejects.toMatchObject({ code: 'invalid_input', message: /webhook URL "example"/ });
	});
});
