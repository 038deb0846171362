import { describe, expect, it } from '@jest/globals';
import { findModels, getModel, type Model, modelTexts, searchModels } from '../../../core/index';
import { modelPrice } from '../../../core/models/catalog.ts';
import { clientOf, json } from '../support/virtualHost.mts';

const FLUX = {
	model_id: 'blackforestlabs/flux-2/flash/text-to-image',
	display_name: 'FLUX.2 flash',
	categories: ['text-to-image'],
	base_price_usd: 0.012,
	price_unit: 'image',
};

describe('a list that is searched', () => {
	const VEO = { model_id: 'google/veo', display_name: 'Veo', categories: ['image-to-video'] };
	const LORA = { model_id: 'x/y', display_name: 'Text to image, tuned', categories: ['lora'] };
	/** Answers a search within a category, and any other search with everything. */
	const service = (categories: unknown) =>
		clientOf(({ path, leaf }) => {
			if (leaf === 'categories') return json({ categories });
			const models = path.includes('category=text-to-image') ? [FLUX] : [FLUX, LORA, VEO];
			return json({ models, total: 60 });
		});
	const askedOf = ({ host }: ReturnType<typeof service>) => host.calls.map(({ path }) => path);

	it('finds by category what RunComfy finds by name only, and goes on within the category', async () => {
		const all = service(['lora', 'image', 'text-to-image']);
		const page = await findModels(all.client, { search: 'FLUX-2 Text to image', limit: 50 });
		expect(page).toEqual({ models: [FLUX, LORA, VEO], nextOffset: 1 });
		expect(askedOf(all)).toContain('/v1/models?search=FLUX-2&category=text-to-image&limit=50');
	});

	it.each([
		['', ['']],
		['text to', ['text-to-image']],
	])('asks RunComfy alone for %j with the categories %j', async (search, categories) => {
		const all = service(categories);
		const { models } = await findModels(all.client, { search });
		expect(models).toEqual([FLUX, LORA, VEO]);
		expect(askedOf(all).filter((path) => path.includes('category='))).toEqual([]);
	});
});

describe('the models', () => {
	it('are searched for by RunComfy', async () => {
		const { client, host } = clientOf(json({ models: [FLUX], total: 60, limit: 50, offset: 0 }));
		const query = { search: ' flux & more ', category: 'text-to-image', limit: 50, offset: 10 };
		expect(await searchModels(client, query)).toEqual({
			models: [FLUX],
			total: 60,
			nextOffset: 11,
		});
		expect(host.calls[0]?.path).toBe(
			'/v1/models?search=flux+%26+more&category=text-to-image&limit=50&offset=10',
		);
		expect(host.calls[0]?.request).toMatchObject({ method: 'GET', authenticate: true });
	});

	it('end with the last page', async () => {
		for (const body of [
			{ models: [FLUX], total: 1 },
			{ models: [], total: 9 },
			{ models: [FLUX] },
		]) {
			expect(await searchModels(clientOf(json(body)).client)).not.toHaveProperty('nextOffset');
		}
	});

	it.each([
		['https://www.runcomfy.com/models/x', true],
		['http://www.runcomfy.com/models/x', false],
		['javascript:alert(1)//https://x', false],
	])('have %j as their page: %s', async (model_url, has) => {
		const { client } = clientOf(json({ models: [{ ...FLUX, model_url }] }));
		const { models } = await searchModels(client);
		expect(models).toEqual([has ? { ...FLUX, model_url } : FLUX]);
	});
});

describe('one model', () => {
	it('comes with its schema', async () => {
		const schema = { type: 'object' };
		const { client, host } = clientOf(json({ ...FLUX, input_schema: schema, new_field: 1 }));
		expect(await getModel(client, FLUX.model_id)).toEqual({
			...FLUX,
			input_schema: schema,
			new_field: 1,
		});
		expect(host.calls[0]?.path).toBe(`/v1/models/${FLUX.model_id}`);
	});

	it('that is not there says where to find the id', async () => {
		const { client } = clientOf(json({ detail: 'no such model' }, 404));
		await expect(getModel(client, 'blackforestlabs/flux2/flash')).rejects.toMatchObject({
			code: 'not_found',
			hint: expect.stringContaining('copy its id from its page'),
		});
	});
});

describe('the price of a model', () => {
	it.each<[Partial<Model>, string | undefined]>([
		[{ base_price_usd: 1.2, price_unit: 'per_second' }, '$1.20 / second'],
		[{ base_price_usd: 0, price_unit: 'run' }, '$0.00 / run'],
		[{ base_price_usd: -1 }, undefined],
	])('of %j is %s', (model, price) => {
		expect(modelPrice(model as Model)).toBe(price);
	});

	it('stands in its label', () => {
		expect(modelTexts(FLUX).label).toBe('FLUX.2 flash · $0.012 / image · text to image');
		expect(modelTexts({ model_id: 'x', display_name: 'x', categories: [] }).label).toBe('x');
	});
});
