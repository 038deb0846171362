import { describe, expect, it } from '@jest/globals';
import type { ResourceMapperField } from 'n8n-workflow';
import { labelOfFormField, toFormField } from '../../../nodes/RunComfy/parameters/formFields.ts';
import { filled, overridesOf } from '../support/form.mts';
import { byId, itemsOf, type Json, runNode, useRig, workOf } from '../support/rig.mts';

const rig = useRig();

const submit = (parameters: Json, inputs?: Json[]) =>
	runNode(rig, { operation: 'submit', ...parameters }, inputs);
const rows = (...inputs: Json[]) => ({ furtherInputs: { inputs } });
const textToImage = () => ({ deploymentId: byId(rig.simulator.deploymentIds.textToImage) });

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
		expect(overridesOf(rig)).toEqual([
			{
				'6': { inputs: { text: 'of the form' } },
				'31': { inputs: { steps: 12, denoise: 0.5, seed: item?.json['seed'] } },
				'33': { inputs: { text: '' } },
			},
		]);
	});

	it.each([
		['', 'Row 1 of Further Inputs has no input'],
		['steps', 'Row 1 of Further Inputs does not name an input: "steps"'],
		['99.steps', 'the workflow has no node "99"'],
		['31.stepz', 'has no input "stepz" (did you mean "steps"?)'],
	])('are refused with the input %o', async (input, message) => {
		const outcome = await submit({ ...textToImage(), ...rows({ input, value: '1' }) });
		expect(outcome.error?.message).toContain(message);
		expect(workOf(rig)).toEqual([]);
	});

	it('are refused where an expression gives nothing', async () => {
		const row = { input: '31.steps', value: '={{ $json.missing }}' };
		const outcome = await submit({ ...textToImage(), ...rows(row) });
		expect(outcome.error?.message).toContain('31.steps of Further Inputs has no value');
	});
});

describe('a form in which nothing is set', () => {
	const hintsOf = async (parameters: Json) => {
		const outcome = await submit(parameters, [{}, {}]);
		expect(itemsOf(outcome)).toHaveLength(2);
		return (outcome.runData['Step 1']?.[0]?.hints ?? []).map(({ message }) => message);
	};

	it('says so once at run time', async () => {
		const hints = await hintsOf(await filled(rig, 'textToImage'));
		expect(hints).toEqual([expect.stringMatching(/^Nothing is set in the form/)]);
	});

	it.each<[string, Json]>([
		['a row', rows({ input: '31.steps', value: '3' })],
		['JSON', { inputMode: 'json', overrides: '{}' }],
	])('says nothing beside %s', async (_what, parameters) => {
		expect(await hintsOf({ ...textToImage(), ...parameters })).toEqual([]);
	});
});

describe('the tooltip of an input', () => {
	const field = (spec: Json, title = 'K') =>
		toFormField({
			...{ nodeId: '1', input: 'steps', classType: 'K', title, saved: 20, likely: true },
			spec: { kind: 'integer', ...spec },
		});

	it('stands behind its name in the form, its first sentence, and not in messages', () => {
		const { displayName } = field({ tooltip: 'How many steps. More is slower.' });
		expect(displayName).toBe('1 · K → steps ⓘ How many steps.');
		expect(labelOfFormField({ displayName } as ResourceMapperField)).toBe('1 · K → steps');
		expect(field({ advanced: true }).displayName).toBe('1 · K → steps ⓘ advanced');
		expect(field({ tooltip: 'x'.repeat(200) }).displayName.length).toBeLessThan(100);
		expect(field({}).displayName).toBe('1 · K → steps');
	});

	it('follows the title where that is too long for what n8n shows of a label', () => {
		const { id, displayName } = field({ tooltip: 'How many.' }, 'The sampler of the first half');
		expect(id).toBe('1.steps');
		expect(displayName).toBe('1 · The sampl… → steps ⓘ The sampler of the first half: How many.');
		expect(labelOfFormField({ displayName } as ResourceMapperField)).toBe('1 · The sampl… → steps');
	});
});
