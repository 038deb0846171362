// Hosted models and LoRA deployments, as the dialogs ask for them.
import { describe, expect, it } from '@jest/globals';
import type { Answers } from '../../../../node-red/contract/dialog.cts';
import { get, post, useAdmin } from './adminRig.mts';

const admin = useAdmin();
const CFG = { account: 'cfg' };

describe('runcomfy/models', () => {
	const find = async (query: object) =>
		(await get('/runcomfy/models', { ...CFG, ...query })).body as Answers['models'];

	it('are searched by RunComfy, and named with category and price', async () => {
		const { models } = await find({ search: 'flux' });
		const { textToImage } = admin.simulator.modelIds;
		expect(models).toContainEqual({
			...{ id: textToImage, name: 'FLUX.2 flash', price: '$0.012 / image' },
			label: 'FLUX.2 flash · text to image · $0.012 / image',
			description: expect.any(String),
		});
		expect(models.length).toBeLessThan((await find({})).models.length);
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
			...{ ...CFG, model: 'qwen/qwen-image/edti' },
		});
		expect(status).toBe(404);
		expect(body).toMatchObject({
			...{ code: 'not_found', hint: expect.stringContaining(admin.simulator.modelIds.imageEdit) },
		});
	});
});

describe('runcomfy/inputs', () => {
	it('of a model come from its schema, what it needs first', async () => {
		const model = admin.simulator.modelIds.textToImage;
		const { inputs } = (await get('/runcomfy/inputs', { ...CFG, model })).body as Answers['inputs'];
		expect(inputs[0]).toMatchObject({
			...{
				nodeId: '',
				input: 'prompt',
				label: 'Prompt',
				path: 'prompt',
				spec: { kind: 'string' },
				likely: true,
			},
		});
		const of = (name: string) => inputs.find(({ input }) => input === name);
		expect(of('guidance_scale')).toMatchObject({
			...{ saved: '2.5', spec: { kind: 'float', min: 0, max: 20 } },
		});
		expect(of('seed')).toMatchObject({ seed: true });
		expect(of('output_format')?.spec.choices).toEqual(['jpeg', 'png', 'webp']);
	});

	it('of a LoRA deployment are not known, which is no error', async () => {
		const { status, body } = await get('/runcomfy/inputs', {
			...{ ...CFG, deployment: admin.ids.lora },
		});
		expect([status, body]).toEqual([200, { inputs: [], lora: true }]);
	});
});

it('runcomfy/check compares inputs as JSON with a model', async () => {
	const model = admin.simulator.modelIds.textToImage;
	const check = async (overrides: object) =>
		(await post('/runcomfy/check', { ...CFG, model, overrides: JSON.stringify(overrides) })).body;
	expect(await check({ prompt: 'x' })).toEqual({
		...{ findings: [], warnings: [], base_price: '$0.012 / image' },
	});
	expect(await check({ promt: 'x', guidance_scale: 99 })).toMatchObject({
		findings: [
			...[{ path: expect.any(String) }, { path: expect.any(String) }],
			{ message: expect.any(String) },
		],
	});
});
