// The catalogue of hosted models.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Json, MODEL_IDS, start } from './support.mts';

type Key = keyof typeof MODEL_IDS;

describe('the catalogue', () => {
	const listed = async (query: string) => {
		const { json } = await (await start()).call('GET', `/v1/models${query}`);
		return { ...json, ids: (json['models'] as Json[]).map(({ model_id }) => model_id) };
	};

	it.each<[string, Key[]]>([
		['?search=FLUX', ['textToImage', 'lora']],
		['?search=picture%20text', ['textToImage', 'imageEdit']],
		['?category=image-to-image', ['imageEdit', 'imagesEdit']],
		['?kind=workflow', ['noSchema']],
		['?search=flux&kind=inference', ['lora']],
		['?limit=2&offset=3', ['video', 'videoEdit']],
		['?search=nothing-like-it', []],
	])('finds by %s', async (query, keys) => {
		expect((await listed(query)).ids).toEqual(keys.map((key) => MODEL_IDS[key]));
	});

	it('says how many there are, and has schemas if asked', async () => {
		const all = await listed('?limit=1&include_schema=true');
		expect(all).toMatchObject({ total: Object.keys(MODEL_IDS).length, limit: 1, offset: 0 });
		const [model] = (all as Json)['models'] as Json[];
		expect(model).toEqual({
			model_id: MODEL_IDS.textToImage,
			display_name: 'FLUX.2 flash',
			kind: 'model',
			description: expect.any(String),
			categories: ['text-to-image'],
			base_price_usd: 0.012,
			price_unit: 'image',
			model_url: `https://www.runcomfy.com/models/${MODEL_IDS.textToImage}`,
			inputs: ['prompt', 'guidance_scale', 'seed', 'image_size', 'output_format'],
			required_inputs: ['prompt'],
			input_schema: expect.objectContaining({ required: ['prompt'] }),
		});
		const [bare] = ((await listed('')) as Json)['models'] as Json[];
		expect(bare).not.toHaveProperty('input_schema');
	});

	it.each(['?limit=0', '?limit=501', '?offset=-1', '?limit=many', '?kind=other'])(
		'refuses %s',
		async (query) => {
			const { call } = await start();
			expect((await call('GET', `/v1/models${query}`)).status).toBe(422);
		},
	);

	it('has categories, and models by ids with plain slashes', async () => {
		const { call } = await start();
		const { json } = await call('GET', '/v1/models/categories');
		expect(json['categories']).toContain('text-to-speech');
		const one = await call('GET', `/v1/models/${MODEL_IDS.video}`);
		const { properties } = one.json['input_schema'] as { properties: Json };
		expect(properties['end_image_url']).toMatchObject({ type: ['string', 'null'], default: null });
		const none = await call('GET', `/v1/models/${MODEL_IDS.noSchema}`);
		expect(none.json).toMatchObject({ input_schema: null, base_price_usd: null, inputs: [] });
		for (const id of [encodeURIComponent(MODEL_IDS.video), 'nobody/nothing']) {
			const { status, json: error } = await call('GET', `/v1/models/${id}`);
			expect([status, error['error_code']]).toEqual([400, 400001]);
		}
		const wrong = await call('GET', '/v1/models', undefined, { authorization: 'Bearer x' });
		expect([wrong.status, wrong.json['error_code']]).toEqual([401, 400004]);
	});

	it('is the table of the README', () => {
		const readme = readFileSync(new URL('../../simulator/README.md', import.meta.url), 'utf8');
		const rows = [...readme.matchAll(/^\| `([\w\-./][\w\-.]*\/[\w\-./]+)` +\| `(\w+)` +\|/gm)];
		expect(Object.fromEntries(rows.map(([, id, key]) => [key, id]))).toEqual(MODEL_IDS);
	});
});
