// The submits of a form and of rows of Further Inputs.
import { describe, expect, it } from '@jest/globals';
import { filled } from '../support/form.mts';
import { byId, itemsOf, type Json, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

const submit = (parameters: Json, inputs?: Json[]) =>
	rig.runNode({ operation: 'submit', ...parameters }, inputs);

const textToImage = () => ({ deploymentId: byId(rig.simulator.deploymentIds.textToImage) });

const rows = (...inputs: Json[]) => ({ furtherInputs: { inputs } });

/** The values of one input in all submits. */
const sentTo = (nodeId: string, input: string) =>
	rig
		.overrides()
		.map((overrides) => (overrides as Record<string, { inputs: Json }>)[nodeId]?.inputs[input]);

describe('the form submits', () => {
	it('values of the right type though expressions give text, item by item', async () => {
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
		const seeds = itemsOf(outcome).map(({ json }) => json['seed']);
		expect(seeds).toEqual(['18446744073709551615', 7, undefined]);
		const sent = (text: string, numbers: object) => ({
			'6': { inputs: { text } },
			'31': { inputs: { cfg: 7.5, sampler_name: 'euler', ...numbers } },
			'92': { inputs: { pingpong: true } },
		});
		expect(rig.overrides()).toEqual([
			sent('123', { steps: 8, seed: 18446744073709551615n }),
			sent('', { steps: 12, seed: 7 }),
			sent('third', {}),
		]);
	});

	it('a new seed for each item if it is random, which comes out', async () => {
		const parameters = await filled(rig, 'textToImage', { '31.seed': 'random' });
		const items = itemsOf(await submit(parameters, [{}, {}, {}]));
		const seeds = items.map(({ json }) => json['seed']);
		expect(new Set(seeds).size).toBe(3);
		expect(items.map(({ json }) => json['seeds'])).toEqual(seeds.map((seed) => ({ '31': seed })));
		expect(sentTo('31', 'seed').sort()).toEqual([...seeds].sort());
	});

	it('values that were written without a form, or none', async () => {
		const value = { '6.text': 'by hand', '31.steps': '12', '33.text': '' };
		const workflowInputs = { mappingMode: 'defineBelow', value };
		itemsOf(await submit({ ...textToImage(), workflowInputs }));
		itemsOf(await submit(textToImage()));
		expect(rig.overrides()).toEqual([
			{
				'6': { inputs: { text: 'by hand' } },
				'31': { inputs: { steps: 12 } },
				'33': { inputs: { text: '' } },
			},
			{},
		]);
	});

	it('values of the types that it has stored if the deployment is not read', async () => {
		const options = { checkInputs: false };
		const set = { '31.steps': '={{ "9" }}', '31.seed': '={{ "18446744073709551615" }}' };
		itemsOf(await submit({ ...(await filled(rig, 'textToImage', set)), options }));
		const inputs = { steps: 9, seed: 18446744073709551615n };
		expect(rig.overrides()).toEqual([{ '31': { inputs } }]);
		expect(rig.countOf('deployments.get')).toBe(0);
		const wrong = await filled(rig, 'textToImage', { '31.steps': '={{ "nine" }}' });
		const outcome = await submit({ ...wrong, options });
		expect(outcome.error?.message).toContain('Steps takes a number, not "nine"');
	});
});

describe('the form does not submit', () => {
	it('what does not fit: every field of the item is named, before any submit', async () => {
		const parameters = await filled(rig, 'textToImage', {
			'31.steps': '={{ $json.steps }}',
			'6.text': '={{ $json.prompt }}',
			'27.width': '={{ $json.width }}',
		});
		const good = { steps: 1, prompt: 'x', width: 512 };
		const outcome = await submit(parameters, [good, good, { steps: 'many', width: 8 }]);
		const { message = '', context } = outcome.error ?? {};
		expect(message).toMatch(/^3 inputs do not fit the workflow: .* \[item 2\]$/);
		expect(message).toContain('Positive Prompt has no value: its expression gives none');
		expect(message).toContain('27 · Image Size → width must be at least 16, not 8');
		expect(message).toContain('31 · KSampler → steps takes a whole number, not "many"');
		expect(context?.data).toMatchObject({ error_code: 'invalid_overrides' });
		expect(rig.work()).toEqual([]);
	});

	it('a number that a calculation did not give', async () => {
		const set = { '31.steps': '={{ Number("many") }}' };
		const outcome = await submit(await filled(rig, 'textToImage', set));
		expect(outcome.error?.message).toContain('gives NaN');
		expect(rig.work()).toEqual([]);
	});

	it.each(['text', '.text', '6.'])('a field named %o', async (id) => {
		const outcome = await submit({ ...textToImage(), workflowInputs: { value: { [id]: 'x' } } });
		const message = `"${id}" in 'Workflow Inputs' is not the name of an input`;
		expect(outcome.error?.message).toContain(message);
	});
});

it('a field that was not set, or emptied, follows the deployment', async () => {
	const parameters = await filled(rig, 'video', { '6.text': 'a tree' });
	const changed = rig.copyOf('video');
	rig.simulator.workflow(changed)!['31']!.inputs['steps'] = 8;
	const [item] = itemsOf(await submit({ ...parameters, deploymentId: byId(changed) }));
	expect(rig.overrides()).toEqual([{ '6': { inputs: { text: 'a tree' } } }]);
	expect(item?.json).not.toHaveProperty('warnings');
	await submit(await filled(rig, 'textToImage', { '33.text': null }));
	expect(rig.overrides()).toEqual([{}]);
});

it.each<[string, string[], () => Json | Promise<Json>]>([
	['leaves one hint', ['No input is set'], () => filled(rig, 'textToImage')],
	['does not beside a row', [], () => rows({ input: '31.steps', value: '3' })],
	['does not beside JSON', [], () => ({ inputMode: 'json', overrides: '{}' })],
])('a form in which nothing is set %s', async (_what, hints, parameters) => {
	const outcome = await submit({ ...textToImage(), ...(await parameters()) }, [{}, {}]);
	expect(itemsOf(outcome)).toHaveLength(2);
	const shown = outcome.runData['Step 1']?.[0]?.hints ?? [];
	expect(shown.map(({ message }) => message.split(',')[0])).toEqual(hints);
});

describe('rows of Further Inputs', () => {
	it('set inputs in the type that they take, over those of the form, item by item', async () => {
		const parameters = {
			...(await filled(rig, 'textToImage', { '6.text': 'of the form', '31.steps': 4 })),
			...rows(
				{ input: '31.steps', value: '={{ $json.steps }}' },
				{ input: '31.denoise', value: '0.5' },
				{ input: '31.seed', value: 'random' },
				{ input: '33.text', value: '' },
			),
		};
		const [item] = itemsOf(await submit(parameters, [{ steps: '12' }]));
		expect(rig.overrides()).toEqual([
			{
				'6': { inputs: { text: 'of the form' } },
				'31': { inputs: { steps: 12, denoise: 0.5, seed: item?.json['seed'] } },
				'33': { inputs: { text: '' } },
			},
		]);
	});

	it.each([
		['', '1', "Row 1 of 'Further Inputs' has no input"],
		['steps', '1', `Row 1 of 'Further Inputs' does not name an input: "steps"`],
		['31.steps', '={{ $json.missing }}', '31.steps of Further Inputs has no value'],
	])('are refused with the input %o and the value %o', async (input, value, message) => {
		const outcome = await submit({ ...textToImage(), ...rows({ input, value }) });
		expect(outcome.error?.message).toContain(message);
		expect(rig.work()).toEqual([]);
	});
});
