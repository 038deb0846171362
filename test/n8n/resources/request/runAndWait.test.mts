// Run and Wait with a workflow, and with a LoRA deployment, whose inputs are given by name.
import { describe, expect, it } from '@jest/globals';
import { dataUri, PNG } from '../../../support/pictures.mts';
import { openForm } from '../../support/form.mts';
import {
	byId,
	codeOf,
	everythingOf,
	filesOf,
	hosted,
	itemsOf,
	type Json,
	type Parameters,
	refusal,
	TOKEN,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

describe('Run and Wait', () => {
	it('gives the result with the API’s own field names and the picture as binary data', async () => {
		const inputs = '"31":{"inputs":{"seed":9007199254740993}}';
		const outcome = await rig.runNode(
			rig.toRun({
				overrides: `{"6":{"inputs":{"text":"a red fox"}},${inputs}}`,
				options: { downloadFiles: true },
			}),
		);
		const [item, ...more] = itemsOf(outcome);
		expect(more).toEqual([]);
		const job = rig.newestJob();
		expect(job?.graph['6']?.inputs['text']).toBe('a red fox');
		expect(job?.graph['31']?.inputs['seed']).toBe(9007199254740993n);

		const [file] = filesOf(item);
		expect(item?.json).toMatchObject({
			request_id: job?.requestId,
			deployment_id: rig.simulator.deploymentIds.textToImage,
			status: 'succeeded',
			texts: [],
			warnings: [],
			outputs: { '9': { images: [{ filename: file?.filename }] } },
			created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
			finished_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
		});
		expect(item?.json).not.toHaveProperty('raw');
		expect(file).toMatchObject({
			node_id: '9',
			channel: 'images',
			kind: 'image',
			mime_type: 'image/png',
			type: 'output',
			binary_property: 'data',
		});
		expect(await rig.engine.binary(item!)).toEqual(await hosted(file?.url));
	});

	it('sends the token to the API and to nobody else', async () => {
		await rig.runNode(rig.toRun({ options: { downloadFiles: true } }));
		const { requests } = rig.simulator;
		expect(requests.filter(({ route }) => route === 'storage')).toHaveLength(1);
		for (const { route, authorized, headers } of requests) {
			expect({ route, authorized }).toEqual({ route, authorized: route !== 'storage' });
			expect(headers['user-agent']).toContain('n8n-nodes-runcomfy');
		}
	});

	it('does not show the token, even if an output repeats it', async () => {
		const parameters = rig.toRun({
			deploymentId: byId(rig.simulator.deploymentIds.mixed),
			overrides: JSON.stringify({ '38:41': { inputs: { value: `say ${TOKEN}!` } } }),
		});
		const outcome = await rig.runNode(parameters);
		expect(JSON.stringify(itemsOf(outcome)[0]?.json['texts'])).toContain('say [token]!');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});

	it('calls the API version of the credential', async () => {
		rig.credential['apiVersion'] = 'v2';
		itemsOf(await rig.runNode(rig.toRun()));
		const prefixes = rig.simulator.requests.map(({ path }) => path.split('/', 3).join('/'));
		expect(new Set(prefixes)).toEqual(new Set(['/prod/v2']));
	});

	it('finds the deployment in the address of its page', async () => {
		const { textToImage } = rig.simulator.deploymentIds;
		const value = `https://www.runcomfy.com/deployments/${textToImage}?tab=api`;
		const deploymentId = { __rl: true, mode: 'url', value };
		const [item] = itemsOf(await rig.runNode(rig.toRun({ deploymentId })));
		expect(item?.json).toMatchObject({ deployment_id: textToImage });
	});

	it('passes on extra data and the webhook', async () => {
		const extraData = '{"api_key_comfy_org":"k","n":9007199254740993}';
		const webhook = 'https://example.com/hook?a=1&b=2';
		const options = { extraData, webhook };
		await rig.runNode(rig.toRun({ operation: 'submit', options }));
		const [request] = rig.simulator.requests;
		expect(request?.body).toEqual({
			overrides: {},
			extra_data: { api_key_comfy_org: 'k', n: 9007199254740993n },
		});
		const query = new URL(request?.path ?? '', rig.simulator.url).searchParams;
		expect(query.get('webhook')).toBe(webhook);
	});
});

type Name = 'lora' | 'loraVideo' | 'textToImage';

const rows = (inputs: Json) => ({
	inputs: Object.entries(inputs).map(([input, value]) => ({ input, value })),
});

const direct = (more: Json = {}, name: Name = 'lora'): Parameters => ({
	operation: 'runAndWait',
	inputMode: 'direct',
	deploymentId: byId(rig.simulator.deploymentIds[name]),
	...more,
});

const bodies = () =>
	rig.simulator.requests.filter(({ route }) => route === 'submit').map(({ body }) => body);

describe('Direct Inputs', () => {
	it('run a LoRA with rows and JSON, which wins, and give its files', async () => {
		const directInputs = rows({ prompt: '12', sample_steps: '20', width: '512' });
		const parameters = direct({ directInputs, inputs: '{ "width": 768, "seed": 7 }' });
		const [item] = itemsOf(await rig.runNode(parameters));
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
		['a form for a LoRA', () => direct({ inputMode: 'fields' }), /LoRA.*Input Mode: Direct Inputs/],
		[
			'overrides for a LoRA',
			() => direct({ inputMode: 'json', overrides: '{}' }),
			/LoRA.*Input Mode: Direct Inputs/,
		],
	])('%s', async (_what, parameters, said) => {
		const outcome = await rig.runNode(parameters());
		expect(codeOf(outcome)).toBe('invalid_input');
		expect(refusal(outcome.error)).toMatch(said);
		expect(rig.countOf('submit')).toBe(0);
	});

	it('a form for what may be a LoRA is refused by RunComfy, with the way out', async () => {
		const outcome = await rig.runNode(direct({ inputMode: 'fields' }, 'loraVideo'));
		expect(codeOf(outcome)).toBe('invalid_overrides');
		expect(refusal(outcome.error)).toMatch(/If it is a LoRA.*Input Mode: Direct Inputs/);
	});

	it('a row without a name', async () => {
		const { error } = await rig.runNode(direct({ directInputs: rows({ '': 'x' }) }));
		expect(refusal(error)).toMatch(/Row 1 of 'Direct Inputs' has no input.*such as prompt/);
	});
});

it.each([
	['lora', /^This is a LoRA deployment, which has no workflow/],
	['loraVideo', /shows no workflow\. If it is a LoRA deployment/],
] as const)('the form says which mode is for %s', async (name, says) => {
	const deploymentId = byId(rig.simulator.deploymentIds[name]);
	const { fields, emptyFieldsNotice } = await openForm(rig, { deploymentId });
	expect(fields).toEqual([]);
	expect(emptyFieldsNotice).toMatch(says);
	expect(emptyFieldsNotice).toContain('Input Mode: Direct Inputs');
});
