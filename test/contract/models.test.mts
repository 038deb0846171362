// Hosted models, LoRA deployments and instances over real HTTP to a simulator: their inputs, outputs and refusals.
import { describe, expect, it } from '@jest/globals';
import {
	AccountCache,
	cancel,
	describeModelInputs,
	getBalance,
	getModel,
	getResult,
	getStatus,
	listModelCategories,
	prepare,
	refOf,
	searchModels,
	type SubmitInput,
	type Target,
} from '../../core/index';
import { submit } from '../../core/request/submit';
import { dataUri, PNG } from '../support/pictures.mts';
import { attach, run } from '../support/pursued.mts';
import { endOf, type Rig, start } from './rig.mts';

/** A PNG as an input. */
const PICTURE = dataUri('image/png', PNG);

type ModelKey = keyof Rig['sim']['modelIds'];

const modelInput = ({ sim }: Rig, key: ModelKey, inputs: Record<string, unknown>): SubmitInput => ({
	modelId: sim.modelIds[key],
	inputs,
});
const picture = (rig: Rig) => modelInput(rig, 'textToImage', { prompt: 'a fox', seed: 7 });

describe('a hosted model', () => {
	it('is watched to its end and fetched by its id, as is its file', async () => {
		const rig = await start({ latencyMs: 60_000, queueMs: 5_000 });
		const accepted = await submit(rig.client, picture(rig));
		const ref = refOf(accepted);
		expect(await getStatus(rig.client, ref)).toMatchObject({
			status: 'in_queue',
			model_id: ref.modelId,
		});
		const result = await attach(rig.client, ref);
		const [file] = result.files;
		expect(file).toMatchObject({ channel: 'image', mime_type: 'image/png' });
		expect((await rig.fetchFile(ref, file!)).length).toBeGreaterThan(500);
		expect(rig.sim.jobs.size).toBe(1);
	});

	it('is canceled while it waits, and goes on if it runs', async () => {
		const rig = await start({ latencyMs: 60_000, maxInstances: 1 });
		const [running, waiting] = [
			refOf(await submit(rig.client, picture(rig))),
			refOf(await submit(rig.client, picture(rig))),
		];
		expect((await cancel(rig.client, running)).status).toBe('not_cancellable');
		expect((await cancel(rig.client, waiting)).status).toBe('cancellation_requested');
		await expect(attach(rig.client, waiting)).rejects.toMatchObject({ code: 'run_canceled' });
		expect(await attach(rig.client, running)).toMatchObject({ status: 'succeeded' });
	});

	it('that runs when its deadline comes is not lost: its cancel is refused', async () => {
		const rig = await start({ latencyMs: 60_000 });
		const options = { timeoutMs: 20_000, cancels: () => true };
		const { error } = await endOf(run(rig.client, picture(rig), options));
		expect(error).toMatchObject({ code: 'timed_out', modelId: expect.anything() });
		const ref = { requestId: String(error?.requestId) };
		expect(await attach(rig.client, ref)).toMatchObject({ status: 'succeeded', cost: 0.012 });
	});

	it('refused for its inputs: said, and nothing is paid', async () => {
		const rig = await start();
		const input = modelInput(rig, 'textToImage', { prompt: 'a', seed: 'x' });
		await expect(run(rig.client, input)).rejects.toMatchObject({
			code: 'invalid_request',
			modelId: input.modelId,
			message: expect.stringMatching(/seed/),
		});
		expect([rig.sim.count('models.submit'), rig.sim.jobs.size]).toEqual([1, 0]);
	});
});

describe('a request id of the other API', () => {
	it.each<[string, typeof getStatus | typeof getResult | typeof cancel]>([
		['status', getStatus],
		['result', getResult],
		['cancel', cancel],
	])('%s: not found, and the hint says why', async (_call, ask) => {
		const rig = await start();
		const ofModel = refOf(await submit(rig.client, picture(rig)));
		const { textToImage } = rig.sim.deploymentIds;
		const ofDeployment = refOf(await submit(rig.client, { deploymentId: textToImage }));
		const refused = {
			code: 'not_found',
			hint: expect.stringContaining(
				'only as a request of its own deployment, or of a hosted model',
			),
		};
		const asModel = { requestId: ofDeployment.requestId };
		await expect(ask(rig.client, asModel)).rejects.toMatchObject(refused);
		const asDeployment = { deploymentId: textToImage, requestId: ofModel.requestId };
		await expect(ask(rig.client, asDeployment)).rejects.toMatchObject(refused);
	});
});

/** The minimum inputs of each model, and the number of its output files. */
const RUNS: Array<[ModelKey, Record<string, unknown>, files: number]> = [
	['textToImage', { prompt: 'a cat', seed: 'random' }, 1],
	['imageEdit', { prompt: 'a hat', image: PICTURE }, 1],
	['imagesEdit', { prompt: 'a hat', image_urls: [PICTURE, PICTURE], num_images: '2' }, 2],
	['noSchema', { anything: 1 }, 2],
];

const prepared = async ({ client }: Rig, target: Target, inputs: Record<string, unknown>) => {
	const draft = { target, overrides: { '': { inputs } } };
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
		const target = { modelId: rig.sim.modelIds[model] } as const;
		const before = await getBalance(rig.client);
		const { input } = await prepared(rig, target, inputs);
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
});

describe('a LoRA deployment', () => {
	it('gives its files', async () => {
		const rig = await start({ latencyMs: 30_000 });
		const target = { deploymentId: rig.sim.deploymentIds.lora };
		const { input } = await prepared(rig, target, { prompt: 'a cat' });
		const { files, warnings } = await run(rig.client, input);
		expect(files.length).toBeGreaterThan(0);
		expect(warnings).toEqual([]);
	});

	it('refuses overrides', async () => {
		const { client, sim } = await start();
		const submitted = submit(client, { deploymentId: sim.deploymentIds.lora, overrides: {} });
		await expect(submitted).rejects.toMatchObject({
			message: expect.stringContaining('overrides'),
			hint: expect.stringContaining('LoRA'),
		});
		expect(sim.jobs.size).toBe(0);
	});
});
