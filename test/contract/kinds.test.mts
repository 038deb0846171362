// Hosted models, LoRA deployments and instances against the simulator: what they take and give.
import { describe, expect, it } from '@jest/globals';
import {
	AccountCache,
	callInstance,
	describeModelInputs,
	type DirectDraft,
	getBalance,
	getModel,
	getStatus,
	listModelCategories,
	prepare,
	refOf,
	run,
	searchModels,
} from '../../core/index';
import { submit } from '../../core/parsers';
import { type Rig, start } from './rig.mts';

const PNG =
	'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

type Model = keyof Rig['sim']['modelIds'];

/** The fewest inputs that each takes, and the files that it gives. */
const RUNS: Array<[Model, Record<string, unknown>, files: number]> = [
	['textToImage', { prompt: 'a cat', seed: 'random' }, 1],
	['imageEdit', { prompt: 'a hat', image: PNG }, 1],
	['imagesEdit', { prompt: 'a hat', image_urls: [PNG, PNG], num_images: '2' }, 2],
	['video', { prompt: 'it moves', image_url: PNG, duration: '5' }, 1],
	['audio', { text: 'hello' }, 1],
	['text', { images: PNG }, 0],
	['lora', { prompt: 'a cat', lora: { path: 'a.safetensors' } }, 1],
	['noSchema', { anything: 1 }, 2],
];

const prepared = async ({ client }: Rig, draft: DirectDraft) => {
	return (await prepare(client, draft, new AccountCache().reader(client))).withFiles();
};

describe('the models of a service', () => {
	it('are found, page by page and by their categories', async () => {
		const { client, sim } = await start();
		const all = await searchModels(client, { limit: 500 });
		const first = await searchModels(client, { limit: 3 });
		const rest = await searchModels(client, { offset: first.nextOffset });
		expect(all.total).toBe(Object.keys(sim.modelIds).length);
		expect([...first.models, ...rest.models]).toEqual(all.models);
		const [category = ''] = await listModelCategories(client);
		const { models } = await searchModels(client, { category });
		expect(models.length).toBeGreaterThan(0);
		for (const { model_id } of all.models) {
			const fields = describeModelInputs(await getModel(client, model_id));
			expect(fields.length > 0).toBe(model_id !== sim.modelIds.noSchema);
		}
	});

	it.each(RUNS)('run: %s', async (model, inputs, files) => {
		const rig = await start({ latencyMs: 30_000 });
		const target = { service: 'model', modelId: rig.sim.modelIds[model] } as const;
		const before = await getBalance(rig.client);
		const { input } = await prepared(rig, { target, inputs });
		const result = await run(rig.client, input);
		expect(result.files).toHaveLength(files);
		expect(result.files.length + result.texts.length).toBeGreaterThan(0);
		expect(result.warnings).toEqual([]);
		const after = await getBalance(rig.client);
		expect(before.balance_usd - after.balance_usd).toBeCloseTo(result.cost ?? 0, 6);
		for (const file of result.files) {
			expect((await rig.fetchFile(refOf(result), file)).length).toBeGreaterThan(0);
		}
	});

	it('get nothing that they would refuse', async () => {
		const rig = await start();
		const target = { service: 'model', modelId: rig.sim.modelIds.videoEdit } as const;
		const wrong = { prompt: 'x', video: 9 };
		const refused = prepared(rig, { target, inputs: wrong });
		await expect(refused).rejects.toMatchObject({ code: 'invalid_input' });
		expect(rig.sim.count('models.submit')).toBe(0);
	});
});

describe('a LoRA deployment', () => {
	it('gives its files', async () => {
		const rig = await start({ latencyMs: 30_000 });
		for (const name of ['lora', 'loraVideo'] as const) {
			const target = { deploymentId: rig.sim.deploymentIds[name] };
			const inputs = { prompt: 'a cat', ...(name === 'loraVideo' ? { ctrl_img_1: PNG } : {}) };
			const { input } = await prepared(rig, { target, inputs });
			const { files, warnings } = await run(rig.client, input);
			expect(files.length).toBeGreaterThan(0);
			expect(warnings).toEqual([]);
		}
	});
});

describe('a call of an instance', () => {
	it('asks for object_info, and uploads a picture', async () => {
		const rig = await start({ latencyMs: 600_000 });
		const deploymentId = rig.sim.deploymentIds.textToImage;
		const ref = refOf(await submit(rig.client, { deploymentId }));
		await rig.clock.sleep(300_000);
		const { instance_id: instanceId } = await getStatus(rig.client, ref);
		const call = { deploymentId, instanceId, body: {} };
		const info = await callInstance(rig.client, { ...call, method: 'GET', path: 'object_info' });
		expect(info.response).toHaveProperty('KSampler');
		const bytes = new Uint8Array(Buffer.from(PNG.split(',')[1] ?? '', 'base64'));
		const file = { filename: 'a.png', mimeType: 'image/png', bytes };
		const uploaded = await callInstance(rig.client, { ...call, path: 'upload/image', file });
		expect(uploaded.response).toMatchObject({ name: 'a.png' });
	});
});
