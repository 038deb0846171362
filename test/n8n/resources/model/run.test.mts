// A hosted model from its inputs to its files: no deployment, but the same node.
import { describe, expect, it } from '@jest/globals';
import { serverError } from '../../../support/answers.mts';
import { dataUri, JPEG, PNG } from '../../../support/pictures.mts';
import { fillForm, openModelForm } from '../../support/form.mts';
import {
	byId,
	codeOf,
	hosted,
	itemsOf,
	type Json,
	type Parameters,
	refusal,
	useRig,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

const file = (bytes: Buffer) => ({ data: bytes.toString('base64'), mimeType: 'image/png' });

describe('Run and Wait', () => {
	it('returns the picture, its cost, and the ids that tell its kind', async () => {
		const [item] = itemsOf(await rig.runNode(rig.toRunModel({ prompt: 'a fox', seed: 7 })));
		const [id] = rig.modelRuns();
		expect(item?.json).toEqual({
			request_id: id,
			model_id: rig.simulator.modelIds.textToImage,
			status: 'succeeded',
			output: { image: expect.stringMatching(/^http/) },
			cost: 0.012,
			base_price: '$0.012 / image',
			seed: 7,
			seeds: { seed: 7 },
			files: [
				expect.objectContaining({ channel: 'image', kind: 'image', binary_property: 'data' }),
			],
			texts: [],
			values: [],
			timings: expect.objectContaining({ total_ms: expect.any(Number) }),
			warnings: [],
		});
		expect(item?.pairedItem).toEqual({ item: 0 });
		const { url } = (item?.json['files'] as Array<{ url: string }>)[0]!;
		expect((await rig.engine.binary(item!)).equals(await hosted(url))).toBe(true);
		expect(rig.modelInputs()).toEqual([{ prompt: 'a fox', seed: 7 }]);
	});

	it('takes a form: unchanged fields are not sent, and a seed may be random', async () => {
		const modelId = byId(rig.simulator.modelIds.textToImage);
		const { fields } = await openModelForm(rig, { modelId });
		const modelInputs = fillForm(fields, { prompt: 'a fox', seed: 'random', image_size: 'square' });
		const furtherInputs = { inputs: [{ input: 'output_format', value: 'webp' }] };
		const parameters = { resource: 'model', modelId, modelInputs, furtherInputs };
		const [item] = itemsOf(await rig.runNode({ ...parameters, operation: 'runAndWait' }));
		const seed = item?.json['seed'];
		expect(rig.modelInputs()).toEqual([
			{ prompt: 'a fox', seed: expect.any(Number), image_size: 'square', output_format: 'webp' },
		]);
		expect(seed).toBe(rig.modelInputs()[0]?.['seed']);
		expect(item?.binary?.['data']?.mimeType).toBe('image/webp');
	});

	it('takes a form although the schema cannot be read when it runs', async () => {
		const modelId = byId(rig.simulator.modelIds.imagesEdit);
		const { fields } = await openModelForm(rig, { modelId });
		const image_urls = '["https://example.com/a.png", "data"]';
		const modelInputs = fillForm(fields, { prompt: 'a fox', image_urls });
		const furtherInputs = { inputs: [{ input: 'strength', value: '0.5' }] };
		const parameters = { resource: 'model', modelId, modelInputs, furtherInputs };
		rig.simulator.inject(serverError({ on: 'models.get', times: Infinity }));
		await rig.runItems({ ...parameters, operation: 'submit' }, [{ binary: { data: file(PNG) } }]);
		const sent = ['https://example.com/a.png', dataUri('image/png', PNG)];
		expect(rig.modelInputs()).toEqual([{ prompt: 'a fox', image_urls: sent, strength: 0.5 }]);
	});

	it('edits a picture from a binary field, or several', async () => {
		const binary = { data: file(PNG), other: file(JPEG) };
		const run = (name: 'imageEdit' | 'imagesEdit', pictures: Json) =>
			rig.runItems(rig.toRunModel({ prompt: 'in winter', ...pictures }, { name }), [{ binary }]);
		const [one] = itemsOf(await run('imageEdit', { image: 'data' }));
		expect(one?.json).toMatchObject({ status: 'succeeded', warnings: [] });
		expect(rig.modelInputs()[0]).toMatchObject({ image: dataUri('image/png', PNG) });
		const [several] = itemsOf(await run('imagesEdit', { image_urls: ['data', 'other'] }));
		expect(several?.json).toMatchObject({
			status: 'succeeded',
			model_id: 'bytedance/seedream-5/edit',
		});
		const list = rig.modelInputs()[1]?.['image_urls'] as string[];
		expect(list.map((uri) => uri.slice(0, 15))).toEqual(['data:image/png;', 'data:image/jpeg']);
	});
});

it.each<[string, string, RegExp]>([
	['are not an object', '["x"]', /'Inputs' must be a JSON object/],
	['come from an expression without a value', '={{ $json.nothing }}', /returned nothing/],
])('inputs that %s are refused before anything is paid for', async (_what, inputs, said) => {
	const outcome = await rig.runNode(rig.toRunModel(inputs));
	expect(codeOf(outcome)).toBe('invalid_input');
	expect(refusal(outcome.error)).toMatch(said);
	expect(rig.countOf('models.submit')).toBe(0);
});

it('a model is chosen by the address of its page, too', async () => {
	const url = `https://www.runcomfy.com/models/${rig.simulator.modelIds.textToImage}?tab=api`;
	const modelId = { __rl: true, mode: 'url', value: url };
	const [item] = itemsOf(
		await rig.runNode(rig.toRunModel({ prompt: 'x' }, { modelId, operation: 'submit' })),
	);
	expect(item?.json).toMatchObject({ status: 'in_queue' });
});

const model = () => rig.toRunModel({ prompt: 'x' }, { operation: 'submit' });

/** The output of a second node that receives the first node's submit. */
async function after(first: Parameters, second: Json & { operation: string }) {
	return itemsOf(await rig.runSteps(first, second), 2)[0]?.json;
}

describe.each(['request', 'model'])('the resource %s', (resource) => {
	it.each(['={{ $json.request_id }}', '={{ $json }}'])(
		'takes the kind from the item (%s)',
		async (requestId) => {
			const status = { resource, operation: 'getStatus', requestId };
			expect(await after(model(), status)).toMatchObject({
				request_id: rig.modelRuns()[0],
			});
			const { textToImage } = rig.simulator.deploymentIds;
			expect(await after(rig.toSubmit(), status)).toMatchObject({ deployment_id: textToImage });
		},
	);

	it('waits for the result, and cancels a queued request', async () => {
		const result = { resource, operation: 'getResult', waitForCompletion: true };
		expect(await after(model(), result)).toMatchObject({
			status: 'succeeded',
			cost: 0.012,
			files: [{ binary_property: 'data' }],
		});
		rig.simulator.update({ latencyMs: 60_000 });
		rig.simulator.inject({ name: 'run_time', ms: 60_000, times: Infinity });
		expect(await after(model(), { resource, operation: 'cancel' })).toMatchObject({
			request_id: rig.modelRuns()[1],
			status: expect.stringMatching(/cancellation_requested|not_cancellable/),
		});
	});
});

it('a bare id is of the resource that it is given to', async () => {
	const [made] = itemsOf(await rig.runNode(model()));
	const requestId = String(made?.json['request_id']);
	const parameters = { resource: 'model', operation: 'getStatus', requestId };
	const [item] = itemsOf(await rig.runNode(parameters));
	expect(item?.json).toMatchObject({ request_id: requestId });
	const wrong = await rig.runNode(rig.toGetStatus({ requestId }));
	expect(codeOf(wrong)).toBe('not_found');
	expect(wrong.error?.description).toMatch(/model/);
});
