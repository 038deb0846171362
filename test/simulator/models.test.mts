// Hosted models: their catalogue, refusals of submits, and the outputs and cost of runs.
import { describe, expect, it } from '@jest/globals';
import { type Answer, at, type Client, type Json, MODEL_IDS, README, start } from './support.mts';

const PNG = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a0000000d', 'hex').toString('base64')}`;

type Key = keyof typeof MODEL_IDS;

const submit = ({ call }: Client, model: Key, inputs: unknown) =>
	call('POST', `/v1/models/${MODEL_IDS[model]}`, inputs);
const idOf = ({ json }: Answer) => String(json['request_id']);
const ask = ({ call }: Client, answer: Answer, action: string) =>
	call(action === 'cancel' ? 'POST' : 'GET', `/v1/requests/${idOf(answer)}/${action}`);

/** Submits, lets a second pass, and returns the result with its cost. */
async function finish(client: Client, model: Key, inputs: Json) {
	const accepted = await submit(client, model, inputs);
	expect(accepted.status).toBe(200);
	client.pass(1000);
	return (await ask(client, accepted, 'result?include_cost=true')).json;
}

const problemsOf = ({ json }: Answer) =>
	(json['detail'] as Array<{ loc: unknown[]; msg: string }>).map(
		({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`,
	);

describe('a run', () => {
	it('goes from the queue to a result with files and its cost', async () => {
		const client = await start({ queueMs: 1000, latencyMs: 1000, coldStartMs: 9000 });
		const accepted = await submit(client, 'textToImage', { prompt: 'a fox', seed: 7 });
		const base = `${client.sim.url}/v1/requests/${idOf(accepted)}`;
		expect(accepted.json).toEqual({
			request_id: idOf(accepted),
			status_url: `${base}/status`,
			result_url: `${base}/result`,
			cancel_url: `${base}/cancel`,
		});
		const request_id = idOf(accepted);
		const status = async () => (await ask(client, accepted, 'status')).json;
		expect(await status()).toEqual({ request_id, status: 'in_queue', queue_position: 1 });
		client.pass(1000);
		expect(await status()).toEqual({ request_id, status: 'in_progress' });
		client.pass(1000);
		expect(await status()).toEqual({ request_id, status: 'completed' });
		const { json } = await ask(client, accepted, 'result');
		expect(json).toEqual({
			request_id,
			model_id: MODEL_IDS.textToImage,
			status: 'succeeded',
			output: { image: expect.stringContaining('/storage/') },
			created_at: expect.any(String),
			finished_at: expect.any(String),
		});
		const file = await client.download(String(at(json, 'output', 'image')));
		expect(file.headers.get('content-type')).toBe('image/png');
		expect((await ask(client, accepted, 'result?include_cost=true')).json['cost']).toBe(0.012);
	});

	it.each<[Key, Json, Json, number]>([
		['textToImage', { prompt: 'a', output_format: 'jpeg' }, { image: 'image/jpeg' }, 0.012],
		[
			'imagesEdit',
			{ prompt: 'a cat', image_urls: [PNG, 'https://example.com/a.png'], num_images: 2 },
			{ images: ['image/png', 'image/png'] },
			0.08,
		],
	])('of %s with %j', async (model, inputs, output, cost) => {
		const client = await start();
		const result = await finish(client, model, inputs);
		expect(result).toMatchObject({ status: 'succeeded', cost });
		const typeOf = async (value: unknown): Promise<unknown> => {
			if (Array.isArray(value)) return Promise.all(value.map(typeOf));
			if (!String(value).startsWith('http')) return value;
			const response = await client.download(String(value));
			expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(500);
			return response.headers.get('content-type');
		};
		const found = Object.entries(result['output'] as Json).map(async ([name, value]) => [
			name,
			await typeOf(value),
		]);
		expect(Object.fromEntries((await Promise.all(found)) as Array<[string, unknown]>)).toEqual(
			output,
		);
	});

	it('fails at a file that cannot be read, and costs nothing', async () => {
		const client = await start();
		const image = 'data:image/png;base64,AAAA';
		expect(await finish(client, 'imageEdit', { prompt: 'a', image })).toMatchObject({
			status: 'failed',
			error: { error: 'FileUploadException', details: expect.stringMatching(/^image: /) },
		});
		expect((await client.call('GET', '/prod/v2/balance')).json['balance_usd']).toBe(25);
	});

	it('takes its cost from the balance, until nothing is left', async () => {
		const client = await start({ balanceUsd: 0.1, maxInstances: 1 });
		const left = async () => (await client.call('GET', '/prod/v2/balance')).json['balance_usd'];
		const edit = () => submit(client, 'imageEdit', { prompt: 'a', image: PNG });
		await edit();
		await edit();
		const third = await edit();
		expect(await left()).toBe(0.01);
		const { status, json } = await edit();
		expect([status, json['error_code']]).toEqual([402, 400002]);
		await ask(client, third, 'cancel');
		expect(await left()).toBe(0.04);
		client.sim.update({ balanceUsd: 5 });
		expect(await left()).toBe(5);
	});
});

describe('a submit is refused', () => {
	it.each<[string, Key, unknown, string[]]>([
		['without a required one', 'textToImage', { seed: 1 }, ['prompt: field required']],
		[
			'with wrong types, choices and ranges, all at once',
			'textToImage',
			{ prompt: 7, guidance_scale: 21, seed: 1.5, image_size: 'huge' },
			[
				'prompt: value is not a valid string',
				'seed: value is not a valid integer',
				expect.stringMatching(/^image_size: unexpected value; permitted: square_hd, /) as never,
			],
		],
		[
			'with what is wrong inside of a list',
			'imagesEdit',
			{ prompt: 'a', image_urls: [PNG, 7] },
			['image_urls.1: value is not a valid string'],
		],
	])('%s', async (_what, model, inputs, problems) => {
		const client = await start();
		const answer = await submit(client, model, inputs);
		expect([answer.status, answer.json['error_code']]).toEqual([422, 422001]);
		expect(problemsOf(answer)).toEqual(problems);
		expect(client.sim.jobs.size).toBe(0);
	});
});

describe('the catalogue', () => {
	it('has categories, and models by ids with plain slashes', async () => {
		const { call } = await start();
		const { json } = await call('GET', '/v1/models/categories');
		expect(json['categories']).toContain('image-to-image');
		const one = await call('GET', `/v1/models/${MODEL_IDS.imageEdit}`);
		const { properties } = one.json['input_schema'] as { properties: Json };
		expect(properties['strength']).toMatchObject({ type: ['float', 'null'], default: null });
		const none = await call('GET', `/v1/models/${MODEL_IDS.noSchema}`);
		expect(none.json).toMatchObject({ input_schema: null, base_price_usd: null, inputs: [] });
		for (const id of [encodeURIComponent(MODEL_IDS.imageEdit), 'nobody/nothing']) {
			const { status, json: error } = await call('GET', `/v1/models/${id}`);
			expect([status, error['error_code']]).toEqual([400, 400001]);
		}
		const wrong = await call('GET', '/v1/models', undefined, { authorization: 'Bearer x' });
		expect([wrong.status, wrong.json['error_code']]).toEqual([401, 400004]);
	});

	it('is the table of the README', () => {
		const rows = [...README.matchAll(/^\| `([\w\-./][\w\-.]*\/[\w\-./]+)` +\| `(\w+)` +\|/gm)];
		expect(Object.fromEntries(rows.map(([, id, key]) => [key, id]))).toEqual(MODEL_IDS);
	});
});
