import { describe, expect, it } from '@jest/globals';
import { PIXEL } from '../../support/pictures.mts';
import { filled, overridesOf } from '../support/form.mts';
import {
	byId,
	copyOf,
	countOf,
	itemsOf,
	type Json,
	runNode,
	useRig,
	workOf,
} from '../support/rig.mts';

const rig = useRig();

const submit = (parameters: Json, inputs?: Json[], settings?: Json) =>
	runNode(rig, { operation: 'submit', ...parameters }, inputs, settings);

describe('what the form sends', () => {
	it('is only what was set', async () => {
		itemsOf(await submit(await filled(rig, 'textToImage')));
		itemsOf(
			await submit(
				await filled(rig, 'textToImage', {
					'6.text': 'a red fox',
					'31.steps': 8,
					'31.sampler_name': 'dpmpp_2m',
					'31.denoise': 0.5,
				}),
			),
		);
		expect(overridesOf(rig)).toEqual([
			{
				'6': { inputs: { text: 'a red fox' } },
				'31': { inputs: { steps: 8, sampler_name: 'dpmpp_2m', denoise: 0.5 } },
			},
		]);
	});

	it('is of the right type though expressions give text, item by item', async () => {
		const parameters = await filled(rig, 'video', {
			'6.text': '={{ $json.prompt }}',
			'31.steps': '={{ $json.steps }}',
			'31.cfg': '={{ $json.cfg }}',
			'31.seed': '={{ $json.seed }}',
			'31.sampler_name': '={{ $json.sampler }}',
			'92.pingpong': '={{ $json.pingpong }}',
		});
		const row = { prompt: 123, cfg: '7.5', sampler: 'euler', pingpong: 'TRUE' };
		const outcome = await submit(parameters, [
			{ ...row, steps: '8', seed: '18446744073709551615' },
			{ ...row, steps: 12.0, seed: 7, prompt: '' },
			{ ...row, steps: null, seed: null, prompt: 'third' },
		]);
		expect(itemsOf(outcome).map(({ json }) => json['seed'])).toEqual([
			'18446744073709551615',
			7,
			undefined,
		]);
		const inputs = (steps: number | undefined, seed: bigint | number | undefined) => ({
			...(steps === undefined ? {} : { steps }),
			cfg: 7.5,
			...(seed === undefined ? {} : { seed }),
			sampler_name: 'euler',
		});
		expect(overridesOf(rig)).toEqual([
			{
				'6': { inputs: { text: '123' } },
				'31': { inputs: inputs(8, 18446744073709551615n) },
				'92': { inputs: { pingpong: true } },
			},
			{
				'6': { inputs: { text: '' } },
				'31': { inputs: inputs(12, 7) },
				'92': { inputs: { pingpong: true } },
			},
			{
				'6': { inputs: { text: 'third' } },
				'31': { inputs: inputs(undefined, undefined) },
				'92': { inputs: { pingpong: true } },
			},
		]);
	});

	it('is a new seed for each run where it is random, which comes back', async () => {
		const parameters = await filled(rig, 'textToImage', { '31.seed': 'random' });
		const items = itemsOf(
			await runNode(rig, { operation: 'runAndWait', ...parameters }, [{}, {}, {}]),
		);
		const seeds = items.map(({ json }) => json['seed']);
		expect(new Set(seeds).size).toBe(3);
		expect(items.map(({ json }) => json['seeds'])).toEqual(seeds.map((seed) => ({ '31': seed })));
		const sent = overridesOf(rig).map(
			(overrides) => (overrides as Record<string, { inputs: Json }>)['31']?.inputs['seed'],
		);
		expect([...sent].sort()).toEqual([...seeds].sort());
	});

	it('is a random seed in JSON, too', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const [item] = itemsOf(
			await submit({
				deploymentId: byId(textToImage),
				overrides: '{"31":{"inputs":{"seed":"random"}}}',
			}),
		);
		expect(overridesOf(rig)).toEqual([{ '31': { inputs: { seed: item?.json['seed'] } } }]);
	});

	it('is a picture by its address or as a data URI', async () => {
		const given = ['https://example.com/a.png?sig=%2F', `data:image/jpeg;base64,${PIXEL}`, PIXEL];
		const parameters = await filled(rig, 'imageEdit', { '189.image': '={{ $json.image }}' });
		itemsOf(
			await submit(
				parameters,
				given.map((image) => ({ image })),
			),
		);
		const sent = overridesOf(rig).map(
			(overrides) => (overrides as Record<string, { inputs: Json }>)['189']?.inputs['image'],
		);
		const embedded = `data:image/png;base64,${PIXEL}`;
		expect(sent).toEqual(['https://example.com/a.png?sig=%2F', embedded, embedded]);
	});

	it('needs no form: values written by hand do, and nothing at all does', async () => {
		const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
		const value = { '6.text': 'by hand', '31.steps': '12', '33.text': '' };
		itemsOf(await submit({ deploymentId, workflowInputs: { mappingMode: 'defineBelow', value } }));
		itemsOf(await submit({ deploymentId }));
		expect(overridesOf(rig)).toEqual([
			{
				'6': { inputs: { text: 'by hand' } },
				'31': { inputs: { steps: 12 } },
				'33': { inputs: { text: '' } },
			},
			{},
		]);
	});

	it('is typed by the form where the deployment is not asked', async () => {
		const options = { checkInputs: false };
		const set = { '31.steps': '={{ "9" }}', '31.seed': '={{ "18446744073709551615" }}' };
		itemsOf(await submit({ ...(await filled(rig, 'textToImage', set)), options }));
		expect(overridesOf(rig)).toEqual([
			{ '31': { inputs: { steps: 9, seed: 18446744073709551615n } } },
		]);
		expect(countOf(rig, 'deployments.get')).toBe(0);
		const wrong = await submit({
			...(await filled(rig, 'textToImage', { '31.steps': '={{ "nine" }}' })),
			options,
		});
		expect(wrong.error?.message).toContain('31 · KSampler → steps takes a number, not "nine"');
	});
});

describe('what the form cannot send', () => {
	it('is told by the name of the field and the item, everything at once, before any submit', async () => {
		const parameters = await filled(rig, 'textToImage', {
			'31.steps': '={{ $json.steps }}',
			'6.text': '={{ $json.prompt }}',
			'27.width': '={{ $json.width }}',
		});
		const good = { steps: 1, prompt: 'x', width: 512 };
		const bad = { steps: 'many', width: 8 };
		const outcome = await submit(parameters, [good, good, bad]);
		expect(outcome.error?.message).toBe(
			'3 inputs do not fit the workflow: 6 · Positive Prompt → text has no value: its expression gives none (null leaves the input as deployed); 27 · Image Size → width must be at least 16, not 8; 31 · KSampler → steps takes a whole number, not "many" [item 2]',
		);
		expect(outcome.error?.context?.data).toMatchObject({ error_code: 'invalid_overrides' });
		expect(workOf(rig)).toEqual([]);
	});

	it('is a number that a calculation did not give', async () => {
		const parameters = await filled(rig, 'textToImage', {
			'31.steps': '={{ Number("many") }}',
			'6.text': '={{ Number($json.missing) }}',
		});
		const outcome = await submit(parameters, [{}, {}]);
		expect(outcome.error?.message).toBe(
			'2 inputs do not fit the workflow: 6 · Positive Prompt → text has no value: its expression gives NaN, which is not a number; 31 · KSampler → steps has no value: its expression gives NaN, which is not a number [item 0]',
		);
		expect(workOf(rig)).toEqual([]);
	});

	it('is an empty cell of a table, for anything but a text', async () => {
		const parameters = await filled(rig, 'imageEdit', {
			'31.steps': '={{ $json.steps }}',
			'189.image': '={{ $json.image }}',
			'33.text': '={{ $json.text }}',
		});
		const outcome = await submit(parameters, [{ steps: '', image: '', text: '' }]);
		expect(outcome.error?.message).toMatch(
			/^2 inputs .*→ image has no value: its expression gives none.*→ steps has no value/,
		);
	});

	it('does not keep the other items from running, where the flow goes on', async () => {
		const parameters = await filled(rig, 'textToImage', { '31.steps': '={{ $json.steps }}' });
		const outcome = await submit(parameters, [{ steps: 1 }, { steps: {} }, { steps: '3' }], {
			onError: 'continueRegularOutput',
		});
		expect(itemsOf(outcome).map(({ json }) => json['error_code'])).toEqual([
			undefined,
			'invalid_overrides',
			undefined,
		]);
		expect(countOf(rig, 'submit')).toBe(2);
	});

	it('is an input that the deployment no longer has', async () => {
		const parameters = await filled(rig, 'textToImage', { '6.text': 'x' });
		(parameters['workflowInputs'] as { value: Json }).value = { '5.text': 'x', '6.prompt': 'y' };
		const outcome = await submit(parameters);
		expect(outcome.error?.message).toContain('no node "5" (did you mean 6 · Positive Prompt?)');
		expect(outcome.error?.message).toContain('6 · Positive Prompt has no input "prompt"');
	});

	it.each(['text', '6', '.text', '6.'])('is a field named %o', async (id) => {
		const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
		const outcome = await submit({ deploymentId, workflowInputs: { value: { [id]: 'x' } } });
		expect(outcome.error?.message).toContain(
			`"${id}" in Workflow Inputs is not the name of an input`,
		);
	});
});

describe('what the form shows and does not send', () => {
	it('follows the deployment, and says so when that has changed', async () => {
		const parameters = await filled(rig, 'model3d', { '6.text': 'a tree' });
		// Where nothing is kept, as after a minute.
		const changed = await copyOf(rig, 'model3d');
		rig.simulator.workflow(changed)!['31']!.inputs['steps'] = 8;
		parameters['deploymentId'] = byId(changed);
		const [item] = itemsOf(await submit(parameters));
		expect(overridesOf(rig)).toEqual([{ '6': { inputs: { text: 'a tree' } } }]);
		expect(item?.json['warnings']).toEqual([
			expect.stringMatching(/deployment has changed.*31 · KSampler → steps is 8 now/),
		]);
	});

	it('leaves the deployment’s text where a field was emptied, and says so', async () => {
		const parameters = await filled(rig, 'textToImage', { '33.text': null });
		const outcome = await submit(parameters);
		const [item] = itemsOf(outcome);
		expect(overridesOf(rig)).toEqual([{}]);
		expect(item?.json['warnings']).toEqual([
			expect.stringMatching(/own text is used: 33 · Negative Prompt → text/),
		]);
		expect(outcome.runData['Step 1']?.[0]?.hints).toEqual([
			expect.objectContaining({ location: 'outputPane', type: 'warning' }),
		]);
	});
});
