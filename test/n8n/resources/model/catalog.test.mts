// Searching models and reading their inputs, in workflows and in n8n's editor.
import { describe, expect, it } from '@jest/globals';
import { serverError } from '../../../support/answers.mts';
import {
	fillForm,
	openCategories,
	openInputs,
	openModelForm,
	searchModels,
} from '../../support/form.mts';
import { byId, itemsOf, type Json, type ModelName, useRig } from '../../support/rig.mts';

const rig = useRig({ fast: true });

const chosen = (name: ModelName) => ({ modelId: byId(rig.simulator.modelIds[name]) });

describe('the list of models', () => {
	it('is searched by RunComfy, with what each costs in its name', async () => {
		const { results } = await searchModels(rig, 'flux-2');
		expect(results).toEqual([
			{
				name: 'FLUX.2 flash · $0.012 / image · text to image',
				value: rig.simulator.modelIds.textToImage,
				url: expect.stringContaining('/models/blackforestlabs/flux-2'),
			},
		]);
		expect((await searchModels(rig)).results).toHaveLength(4);
		expect((await searchModels(rig, 'no such model')).results).toEqual([]);
	});

	it('goes on where the part before has ended', async () => {
		const all = (await searchModels(rig)).results;
		const rest = await searchModels(rig, '', String(all.length - 2));
		expect(rest.results).toEqual(all.slice(-2));
		expect(rest.paginationToken).toBeUndefined();
	});
});

describe('the form of a model', () => {
	it('records which inputs take files, so that they may name a binary field', async () => {
		const takers = async (name: ModelName) =>
			(await openModelForm(rig, chosen(name))).fields.filter((field) => 'takesFile' in field);
		const shape = { required: true, type: 'string' };
		expect(await takers('imageEdit')).toMatchObject([{ id: 'image', takesFile: 'one', ...shape }]);
		expect(await takers('imagesEdit')).toMatchObject([{ id: 'image_urls', takesFile: 'list' }]);
	});

	it('leaves every input to search in', async () => {
		const parameters = { resource: 'model', ...chosen('textToImage') };
		expect(await openInputs(rig, parameters)).toContainEqual({
			name: 'Guidance Scale',
			value: 'guidance_scale',
			description: expect.stringMatching(/guidance_scale.*Default: 2\.5 · 0 to 20/),
		});
		expect(await openInputs(rig, { resource: 'model', modelId: byId('') })).toEqual([]);
	});

	it.each<[string, () => unknown, RegExp]>([
		['an expression has no value yet', () => null, /expression.*Input Mode to JSON/],
		['it has no schema', () => chosen('noSchema').modelId, /does not list.*JSON/],
		['it does not exist', () => byId('some/other/model'), /could not be loaded/],
	])('says what to do if %s', async (_what, modelId, notice) => {
		const answer = await openModelForm(rig, { modelId: modelId() });
		expect(answer.fields).toEqual([]);
		expect(answer.emptyFieldsNotice).toMatch(notice);
	});

	it('keeps the user’s values while the service is away', async () => {
		const parameters = chosen('textToImage');
		const { fields } = await openModelForm(rig, parameters);
		const modelInputs = fillForm(fields, { prompt: 'kept' });
		rig.simulator.inject(serverError({ on: 'models.get', times: 10 }));
		const again = await openModelForm(rig, { ...parameters, modelInputs });
		expect(again.fields).toEqual(modelInputs['schema']);
	});
});

describe('Search and Get', () => {
	const run = async (parameters: Json & { operation: string }) =>
		itemsOf(await rig.runNode({ resource: 'model', ...parameters }));

	it('find models by name and by category, as many as wanted', async () => {
		const flux = await run({ operation: 'search', search: 'flux' });
		expect(flux.map(({ json }) => json['model_id'])).toContain(rig.simulator.modelIds.textToImage);
		expect(flux[0]?.json['price']).toMatch(/^\$0\.\d+ \/ image$/);
		const categories = (await openCategories(rig)).map(({ value }) => value);
		expect(categories).toEqual(expect.arrayContaining(['', 'text-to-image', 'image-to-image']));
		const edits = await run({ operation: 'search', category: 'image-to-image', returnAll: true });
		const { imageEdit, imagesEdit } = rig.simulator.modelIds;
		expect(edits.map(({ json }) => json['model_id'])).toEqual([imageEdit, imagesEdit]);
		expect(await run({ operation: 'search', limit: 3 })).toHaveLength(3);
	});

	it('give what a model takes', async () => {
		const [item] = await run({ operation: 'get', ...chosen('imagesEdit') });
		expect(item?.json).toMatchObject({
			model_id: rig.simulator.modelIds.imagesEdit,
			price: '$0.04 / image',
			input_schema: { properties: { image_urls: { maxItems: 4 } } },
		});
	});
});
