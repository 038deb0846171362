import { describe, expect, it } from '@jest/globals';
import { getModel, type Model, modelTexts, searchModels } from '../../../core/index';
import { modelPrice } from '../../../core/models/catalog.ts';
import { clientOf, json } from '../support/virtualHost.mts';

const FLUX = {
	model_id: 'blackforestlabs/flux-2/flash/text-to-image',
	display_name: 'FLUX.2 flash',
	categories: ['text-to-image'],
	base_price_usd: 0.012,
	price_unit: 'image',
};

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
