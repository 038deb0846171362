// Requests of hosted models and of LoRA deployments under faults: the core over real HTTP to a simulator.
import { describe, expect, it } from '@jest/globals';
import {
	attach,
	cancel,
	getModel,
	getResult,
	getStatus,
	refOf,
	run,
	type RunComfyError,
	type RunOptions,
	type RunResult,
	type SubmitInput,
} from '../../core/index';
import { submit } from '../../core/parsers';
import { type Rig, type RigOptions, start } from './rig.mts';

const PNG = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a0000000d', 'hex').toString('base64')}`;

type ModelKey = keyof Rig['sim']['modelIds'];

const modelInput = ({ sim }: Rig, key: ModelKey, inputs: Record<string, unknown>): SubmitInput => ({
	service: 'model',
	modelId: sim.modelIds[key],
	inputs,
});
async function typesOf(rig: Rig, result: RunResult): Promise<string[]> {
	const kept = result.files.map(async (file) => {
		const bytes = await rig.fetchFile(refOf(result), file);
		expect(bytes.length).toBeGreaterThan(500);
		return `${file.channel} ${file.mime_type}`;
	});
	return Promise.all(kept);
}

async function ended(input: (rig: Rig) => SubmitInput, options: RunOptions & { rig?: RigOptions }) {
	const { rig: rigOptions, ...rest } = options;
	const rig = await start({ latencyMs: 60_000, ...rigOptions });
	const outcome: { result?: RunResult; error?: RunComfyError } = await run(
		rig.client,
		input(rig),
		rest,
	).then(
		(result) => ({ result }),
		(error: RunComfyError) => ({ error }),
	);
	return { ...rig, ...outcome };
}

const picture = (rig: Rig) => modelInput(rig, 'textToImage', { prompt: 'a fox', seed: 7 });

describe('a hosted model', () => {
	it('gives texts, those within, too, and numbers only in its output', async () => {
		const rig = await start();
		const result = await run(rig.client, modelInput(rig, 'text', { images: [PNG] }));
		expect(result.files).toEqual([]);
		expect(result.texts.map(({ channel, text }) => [channel, text])).toEqual([
			['text', expect.stringContaining('12 bytes')],
			['labels', 'data'],
		]);
		expect(result.output).toMatchObject({ score: 0.97 });
	});

	it('is watched to its end and fetched by its id, as is a file whose address has expired', async () => {
		const rig = await start({ latencyMs: 60_000, queueMs: 5_000 });
		const accepted = await submit(rig.client, picture(rig));
		const ref = refOf(accepted);
		expect(await getStatus(rig.client, ref)).toMatchObject({
			status: 'in_queue',
			model_id: ref.modelId,
		});
		rig.sim.inject({ name: 'storage_expired' });
		const result = await attach(rig.client, ref);
		expect(await typesOf(rig, result)).toEqual(['image image/png']);
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
		const { error, client } = await ended(picture, { timeoutMs: 20_000, cancelOnTimeout: true });
		expect(error).toMatchObject({ code: 'timed_out', service: 'model' });
		const ref = { service: 'model' as const, requestId: String(error?.requestId) };
		expect(await attach(client, ref)).toMatchObject({ status: 'succeeded', cost: 0.012 });
	});

	it.each<[string, ModelKey | string, unknown, string, RegExp]>([
		['unknown inputs', 'lora', { prompt: 'a', sed: 1 }, 'invalid_request', /sed/],
		['no prompt', 'textToImage', {}, 'invalid_request', /prompt/],
		[
			'a wrong choice',
			'video',
			{ prompt: 'a', image_url: PNG, duration: 7 },
			'invalid_request',
			/duration/,
		],
		['a disabled model', 'disabled', { prompt: 'a' }, 'deployment_disabled', /disabled/],
	])('refused for %s: said, and nothing is paid', async (_what, key, inputs, code, message) => {
		const rig = await start();
		const input = modelInput(rig, key as ModelKey, inputs as Record<string, unknown>);
		await expect(run(rig.client, input)).rejects.toMatchObject({
			code,
			modelId: input.modelId,
			message: expect.stringMatching(message),
		});
		expect([rig.sim.count('models.submit'), rig.sim.jobs.size]).toEqual([1, 0]);
	});

	it('that is unknown names those that may be meant', async () => {
		const { client } = await start();
		const modelId = 'blackforestlabs/flux-2/flash/text-to-imgae';
		const refused = {
			code: 'not_found',
			hint: expect.stringContaining('flux-2/flash/text-to-image'),
		};
		await expect(getModel(client, modelId)).rejects.toMatchObject(refused);
		const input: SubmitInput = { service: 'model', modelId, inputs: { prompt: 'a' } };
		await expect(submit(client, input)).rejects.toMatchObject(refused);
	});

	it('without money: insufficient_funds, once', async () => {
		const rig = await start({ balanceUsd: 0.01 });
		const refused = { code: 'insufficient_funds', service: 'model' };
		await expect(run(rig.client, picture(rig))).rejects.toMatchObject(refused);
		expect(rig.sim.count('models.submit')).toBe(1);
	});
});

describe('a LoRA deployment', () => {
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
			hint: expect.stringContaining('only if you ask for it as one'),
		};
		const asModel = { service: 'model' as const, requestId: ofDeployment.requestId };
		await expect(ask(rig.client, asModel)).rejects.toMatchObject(refused);
		const asDeployment = { deploymentId: textToImage, requestId: ofModel.requestId };
		await expect(ask(rig.client, asDeployment)).rejects.toMatchObject(refused);
	});
});

it('a cost that is not a number is a warning, and nothing else is lost', async () => {
	const { result } = await ended(picture, { rig: { faults: [{ name: 'odd_cost' }] } });
	expect(result).toMatchObject({
		files: [expect.anything()],
		warnings: [expect.stringContaining('cost')],
	});
	expect(result).not.toHaveProperty('cost');
});
