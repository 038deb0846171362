// LoRA deployments: no workflow, so their inputs are given by name.
import { describe, expect, it } from '@jest/globals';
import { dataUri, PNG } from '../../../support/pictures.mts';
import { openForm } from '../../support/form.mts';
import { refusal } from '../../support/models.mts';
import { codeOf } from '../../support/paying.mts';
import {
	byId,
	countOf,
	itemsOf,
	type Json,
	type Parameters,
	runNode,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

type Name = 'lora' | 'loraVideo' | 'textToImage';

const rows = (inputs: Json) => ({
	inputs: Object.entries(inputs).map(([input, value]) => ({ input, value })),
});

const direct = (more: Json = {}, name: Name = 'lora'): Parameters => ({
	...{ operation: 'runAndWait', inputMode: 'direct' },
	deploymentId: byId(rig.simulator.deploymentIds[name]),
	...more,
});

const bodies = () =>
	rig.simulator.requests.filter(({ route }) => route === 'submit').map(({ body }) => body);

describe('Direct Inputs', () => {
	it('run a LoRA with rows and JSON, which wins, and give its files', async () => {
		const directInputs = rows({ prompt: '12', sample_steps: '20', width: '512' });
		const parameters = direct({ directInputs, inputs: '{ "width": 768, "seed": 7 }' });
		const [item] = itemsOf(await runNode(rig, parameters));
		expect(bodies()).toEqual([{ prompt: '12', sample_steps: 20, width: 768, seed: 7 }]);
		expect(item?.json).toMatchObject({
			deployment_id: rig.simulator.deploymentIds.lora,
			status: 'succeeded',
			output: { images: [expect.stringMatching(/^http/)] },
			files: [{ channel: 'images', kind: 'image', binary_property: 'data' }],
		});
		expect(item?.json).not.toHaveProperty('service');
		expect(item?.binary?.['data']?.mimeType).toBe('image/png');
	});

	it('take a file by the name of its input, and a webhook', async () => {
		const webhook = 'https://example.com/hook';
		const binary = [{ input: 'ctrl_img_1', binaryProperty: 'data' }];
		const parameters = direct(
			{
				operation: 'submit',
				inputs: '{"prompt":"a boat"}',
				inputFiles: { binary },
				options: { webhook },
			},
			'loraVideo',
		);
		const data = { data: PNG.toString('base64'), mimeType: 'image/png' };
		const items = [{ json: {}, binary: { data } }];
		itemsOf(await rig.engine.run(workflowOf({ parameters }), { items }).outcome);
		expect(bodies()).toEqual([{ prompt: 'a boat', ctrl_img_1: dataUri('image/png', PNG) }]);
		const { path } = rig.simulator.requests.findLast(({ route }) => route === 'submit')!;
		expect(path).toContain(`webhook=${encodeURIComponent(webhook)}`);
	});

	it('give a result by its id, which came out empty before', async () => {
		const submit = direct({ operation: 'submit', inputs: '{"prompt":"x"}' });
		const result = { operation: 'getResult', waitForCompletion: true };
		const outcome = await rig.engine.run(workflowOf({ parameters: submit }, { parameters: result }))
			.outcome;
		expect(itemsOf(outcome, 2)[0]?.json['files']).toHaveLength(1);
	});
});

describe('the wrong mode is refused before the submit, with the way out', () => {
	it.each<[string, () => Parameters, RegExp]>([
		[
			'a form for a LoRA',
			() => direct({ inputMode: 'fields' }),
			/LoRA.*Input Mode to Direct Inputs/,
		],
		[
			'overrides for a LoRA',
			() => direct({ inputMode: 'json', overrides: '{}' }),
			/LoRA.*Input Mode to Direct Inputs/,
		],
		[
			'direct inputs for a workflow',
			() => direct({ inputs: '{"prompt":"x"}' }, 'textToImage'),
			/workflow.*Input Mode to Fields/,
		],
	])('%s', async (_what, parameters, said) => {
		const outcome = await runNode(rig, parameters());
		expect(codeOf(outcome)).toBe('invalid_input');
		expect(refusal(outcome.error)).toMatch(said);
		expect(countOf(rig, 'submit')).toBe(0);
	});

	it('a row without a name', async () => {
		const { error } = await runNode(rig, direct({ directInputs: rows({ '': 'x' }) }));
		expect(refusal(error)).toMatch(/Row 1 of 'Direct Inputs' has no input.*such as prompt/);
	});
});

it('the form says that a LoRA deployment has no workflow', async () => {
	for (const name of ['lora', 'loraVideo'] as const) {
		const deploymentId = byId(rig.simulator.deploymentIds[name]);
		const { fields, emptyFieldsNotice } = await openForm(rig, { deploymentId });
		expect(fields).toEqual([]);
		expect(emptyFieldsNotice).toMatch(/LoRA.*Direct Inputs/);
	}
});
