// The inputs of workflows, hosted models and LoRA deployments, as the dialogs ask for them.
import { describe, expect, it } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import type { Answers, DialogInput } from '../../../../node-red/contract/dialog.cts';
import { get, post, registerSet, useAdmin } from './adminRig.mts';

const admin = useAdmin();

describe('the partner nodes of a workflow', () => {
	const partnerOf = async (query: object) =>
		((await get('/runcomfy/inputs', query)).body as { partner?: unknown }).partner;

	it('are told, and whether the account has a key', async () => {
		const query = { account: 'cfg', deployment: admin.ids.partner };
		const nodes = ['5 · ByteDance Seedream', '6 · Kling Image to Video'];
		expect(await partnerOf(query)).toEqual({ nodes, keyed: false });
		const apiToken = admin.simulator.token;
		const cfg = { apiToken, comfyOrgApiKey: 'comfyui-0123' };
		await helper.unload();
		const account = { id: 'cfg', type: 'runcomfy-config', baseUrl: admin.simulator.url };
		await helper.load([registerSet], [account], { cfg });
		expect(await partnerOf(query)).toMatchObject({ keyed: true });
	});

	it('are not told of a workflow without', async () => {
		expect(await partnerOf({ account: 'cfg', deployment: admin.ids.textToImage })).toBeUndefined();
	});

	it('whether a typed account has a key is not known', async () => {
		const { body } = await post('/runcomfy/inputs', admin.typed({ deployment: admin.ids.partner }));
		expect(body).not.toHaveProperty('partner.keyed');
		expect(body).toHaveProperty('partner.nodes');
	});
});

describe('runcomfy/inputs', () => {
	const read = async (deployment: string) =>
		(
			(await get('/runcomfy/inputs', { account: 'cfg', deployment })).body as {
				inputs: DialogInput[];
			}
		).inputs;

	it('describes the workflow of a deployment, the likely ones first', async () => {
		const inputs = await read(admin.ids.textToImage);
		expect(inputs[0]).toMatchObject({
			nodeId: '6',
			input: 'text',
			label: 'Positive Prompt',
			path: '6 · Positive Prompt (CLIPTextEncode) → text',
			spec: { kind: 'string' },
			likely: true,
			seed: false,
			saved: expect.any(String),
		});
		const of = (name: string) => inputs.find(({ input }) => input === name);
		expect(of('seed')).toMatchObject({ seed: true, spec: { kind: 'integer', min: 0 } });
		expect(of('steps')?.spec).toMatchObject({ kind: 'integer', min: 1, max: expect.any(Number) });
		expect(of('sampler_name')?.spec.choices).toContain('euler');
	});

	it('takes the address of a deployment’s page', async () => {
		const url = `https://www.runcomfy.com/comfyui-api/deployments/${admin.ids.textToImage}`;
		expect(await read(url)).toEqual(await read(admin.ids.textToImage));
	});

	it('of 300 nodes stay within a megabyte', async () => {
		const { text } = await get('/runcomfy/inputs', { account: 'cfg', deployment: admin.ids.large });
		expect(JSON.parse(text).inputs.length).toBeGreaterThan(150);
		expect(text.length).toBeLessThan(1024 * 1024);
	});

	it('of the workflow in the field need no account, and keep the digits of a seed', async () => {
		const seed = '18446744073709551615';
		const workflow = `{"3":{"class_type":"KSampler","inputs":{"seed":${seed},"model":["4",0]}}}`;
		const { status, body } = await post('/runcomfy/inputs', { workflow });
		expect(status).toBe(200);
		expect(body).toMatchObject({ inputs: [{ nodeId: '3', input: 'seed', saved: seed }] });
		expect(admin.simulator.requests).toEqual([]);
	});

	it('of the workflow in the field take their types from the deployment where it is known', async () => {
		const workflow = '{"3":{"class_type":"KSampler","inputs":{"steps":20}}}';
		const account = { account: 'cfg', deployment: admin.ids.textToImage };
		const known = await post('/runcomfy/inputs', { ...account, workflow });
		expect(known.body).toMatchObject({ inputs: [{ spec: { kind: 'integer', min: 1 } }] });
		const unknown = await post('/runcomfy/inputs', { account: 'x', deployment: 'y', workflow });
		expect(unknown.body).toMatchObject({ inputs: [{ spec: { kind: 'integer' } }] });
		expect(JSON.stringify(unknown.body)).not.toContain('"min"');
	});

	it.each([
		['{"nodes":[],"links":[]}', /as ComfyUI’s editor saves it/, /Export \(API\)/],
		['{"nodes"', /not valid JSON/, /commas/],
		['{}', /holds no nodes/, /Export \(API\)/],
	])('explain what is wrong with %s', async (workflow, message, hint) => {
		const { status, body } = await post('/runcomfy/inputs', { workflow });
		expect(status).toBe(400);
		expect(body).toMatchObject({
			message: expect.stringMatching(message),
			hint: expect.stringMatching(hint),
		});
	});

	it('of a deployment that is not there are a 404', async () => {
		const answer = await get('/runcomfy/inputs', { account: 'cfg', deployment: 'nobody' });
		expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
	});
});

const CFG = { account: 'cfg' };

describe('runcomfy/models', () => {
	const find = async (query: object) =>
		(await get('/runcomfy/models', { ...CFG, ...query })).body as Answers['models'];

	it('are searched by RunComfy, and named with category and price', async () => {
		const { models } = await find({ search: 'flux' });
		const { textToImage } = admin.simulator.modelIds;
		expect(models).toContainEqual({
			id: textToImage,
			name: 'FLUX.2 flash',
			price: '$0.012 / image',
			label: 'FLUX.2 flash · $0.012 / image · text to image',
			description: expect.any(String),
		});
		expect(models.length).toBeLessThan((await find({})).models.length);
	});

	it('are found by their category, which is in no name', async () => {
		const { models } = await find({ search: 'text to speech' });
		expect(models).toMatchObject([{ id: admin.simulator.modelIds.audio }]);
	});

	it('is found by its id or the address of its page, to name one that is chosen', async () => {
		const { imageEdit } = admin.simulator.modelIds;
		const [by, page] = [imageEdit, `https://www.runcomfy.com/models/${imageEdit}`];
		for (const model of [by, page]) {
			expect((await find({ model })).models).toMatchObject([{ id: imageEdit }]);
		}
	});

	it('names the nearest one of an id that there is not', async () => {
		const { status, body } = await get('/runcomfy/models', {
			...CFG,
			model: 'qwen/qwen-image/edti',
		});
		expect(status).toBe(404);
		expect(body).toMatchObject({
			code: 'not_found',
			hint: expect.stringContaining(admin.simulator.modelIds.imageEdit),
		});
	});
});

describe('runcomfy/inputs', () => {
	it('of a model come from its schema, what it needs first', async () => {
		const model = admin.simulator.modelIds.textToImage;
		const { inputs } = (await get('/runcomfy/inputs', { ...CFG, model })).body as Answers['inputs'];
		expect(inputs[0]).toMatchObject({
			nodeId: '',
			input: 'prompt',
			label: 'Prompt',
			path: 'prompt',
			spec: { kind: 'string' },
			likely: true,
		});
		expect(inputs.filter(({ required }) => required).map(({ input }) => input)).toEqual(['prompt']);
		const of = (name: string) => inputs.find(({ input }) => input === name);
		expect(of('guidance_scale')).toMatchObject({
			saved: '2.5',
			spec: { kind: 'float', min: 0, max: 20 },
		});
		expect(of('seed')).toMatchObject({ seed: true });
		expect(of('output_format')?.spec.choices).toEqual(['jpeg', 'png', 'webp']);
	});

	it.each([
		['lora', 'certain'],
		['loraVideo', 'possible'],
	] as const)(
		'of the LoRA deployment %s are not known, and that is not an error',
		async (name, lora) => {
			const { status, body } = await get('/runcomfy/inputs', {
				...CFG,
				deployment: admin.ids[name],
			});
			expect([status, body]).toEqual([200, { inputs: [], lora }]);
		},
	);
});

it('runcomfy/check compares inputs as JSON with a model', async () => {
	const model = admin.simulator.modelIds.textToImage;
	const check = async (overrides: object) =>
		(await post('/runcomfy/check', { ...CFG, model, overrides: JSON.stringify(overrides) })).body;
	expect(await check({ prompt: 'x' })).toEqual({
		findings: [],
		warnings: [],
		base_price: '$0.012 / image',
	});
	expect(await check({ promt: 'x', guidance_scale: 99 })).toMatchObject({
		findings: [{ path: 'guidance_scale' }, { path: 'prompt', message: expect.any(String) }],
		warnings: [expect.stringContaining('"promt"')],
	});
});
