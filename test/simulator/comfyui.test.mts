import { describe, expect, it } from '@jest/globals';
import { at, type Json, start } from './support.mts';

type Deployment = Parameters<Awaited<ReturnType<typeof start>>['run']>[0];

/** The result of a run with these overrides. */
async function ran(deployment: Deployment, overrides: Json = {}, more: Json = {}) {
	const { submit, result, pass } = await start();
	const { json } = await submit(deployment, { overrides, ...more });
	pass(1000);
	return (await result(String(json['request_id']))).json;
}

/** The first problem that a submit is refused with, undefined where it is accepted. */
async function refusal(deployment: Deployment, node: string, inputs: Json) {
	const { submit } = await start();
	const { json } = await submit(deployment, { overrides: { [node]: { inputs } } });
	return at(json, 'detail', 0, 'msg');
}

const KEY = { extra_data: { api_key_comfy_org: 'comfyui-0123' } };

describe('object_info', () => {
	const infoOf = async (deployment: Deployment = 'flux', faults: Json[] = []) => {
		const { sim } = await start({ faults: faults as never });
		const url = `${sim.url}/object_info/${sim.deploymentIds[deployment]}.json`;
		return (await fetch(url)).text();
	};
	const parsed = async (): Promise<unknown> => JSON.parse(await infoOf());

	it('describes dynamic combos, growing links, groups, unions and combos as objects', async () => {
		const info = await parsed();
		const input = (name: string, key: string) => at(info, name, 'input', 'required', key);
		expect(at(input('ResizeImageMaskNode', 'resize_type'), 0)).toBe('COMFY_DYNAMICCOMBO_V3');
		expect(at(input('ResizeImageMaskNode', 'resize_type'), 1, 'options', 1)).toMatchObject({
			key: 'scale by multiplier',
			inputs: { required: { multiplier: ['FLOAT', { min: 0.01, max: 8 }] } },
		});
		expect(input('ResizeImageMaskNode', 'input')).toEqual([
			'COMFY_MATCHTYPE_V3',
			{ template: { template_id: 'input_type', allowed_types: 'IMAGE,MASK' } },
		]);
		expect(at(input('BatchImagesNode', 'images'), 1, 'template')).toMatchObject({
			prefix: 'image',
			min: 2,
			max: 50,
		});
		expect(at(input('ComfyMathExpression', 'values'), 1, 'template', 'names')).toContain('a');
		expect(input('DrawCaptions', 'captions')).toMatchObject([
			'COMFY_DYNAMICGROUP_V3',
			{ template: { input: { required: { text: ['STRING', {}] } } }, min: 1, max: 20 },
		]);
		expect(input('DrawCaptions', 'size')).toMatchObject(['INT,FLOAT', { widgetType: 'INT' }]);
		expect(input('KSamplerSelect', 'sampler_name')).toMatchObject([
			'COMBO',
			{ multiselect: false, default: 'euler' },
		]);
	});

	it('marks partner nodes and gives their price as an expression over widgets', async () => {
		const info = await parsed();
		expect(at(info, 'KlingImage2VideoNode', 'api_node')).toBe(true);
		expect(at(info, 'KlingImage2VideoNode', 'input', 'hidden', 'api_key_comfy_org')).toEqual([
			'API_KEY_COMFY_ORG',
		]);
		expect(at(info, 'FluxProUltraImageNode', 'price_badge')).toEqual({
			engine: 'jsonata',
			depends_on: { widgets: [], inputs: [], input_groups: [] },
			expr: '{"type":"usd","usd":0.06}',
		});
		expect(at(info, 'DrawCaptions', 'api_node')).toBe(false);
		expect(at(info, 'KSampler')).not.toHaveProperty('api_node');
	});

	it('has 20 MB on demand, of any deployment', async () => {
		expect((await infoOf()).length).toBeLessThan(1024 * 1024);
		const huge = await infoOf('flux', [{ name: 'huge_object_info' }]);
		expect(huge.length).toBeGreaterThan(20 * 1024 * 1024);
		expect(JSON.parse(huge)).toHaveProperty('CLIPTextEncodeFlux');
		const large = await infoOf('flux', [{ name: 'huge_object_info', bytes: 3e6 }]);
		expect(large.length).toBeLessThan(4e6);
	});
});

describe('the children of a dynamic combo', () => {
	it('are inputs of the choice that is set, now or before', async () => {
		expect(await refusal('flux', '41', { 'resize_type.multiplier': 2 })).toBeUndefined();
		expect(await refusal('flux', '41', { 'resize_type.megapixels': 2 })).toContain('no input');
		const changed = { 'resize_type.megapixels': 2, resize_type: 'scale total pixels' };
		expect(await refusal('flux', '41', changed)).toBeUndefined();
	});

	it.each([
		['a choice that there is not', { resize_type: 'nonsense' }, 'resize_type'],
		['a number out of range', { 'resize_type.multiplier': 9 }, 'resize_type.multiplier'],
		['a choice whose inputs are missing', { resize_type: 'scale total pixels' }, 'megapixels'],
	])('fail the run with %s', async (_name, inputs, text) => {
		const answer = await ran('flux', { '41': { inputs } });
		expect(answer['status']).toBe('failed');
		expect(at(answer, 'error', 0, 'details')).toContain(text);
	});
});

describe('inputs by any number', () => {
	it('of a group may have further rows', async () => {
		const row = { 'captions.1.text': 'later', 'captions.1.start': 2 };
		expect(await refusal('wanVideo', '60', row)).toBeUndefined();
		expect(await refusal('wanVideo', '60', { 'captions.1.colour': 'red' })).toContain('no input');
		const half = await ran('wanVideo', { '60': { inputs: { 'captions.1.text': 'later' } } });
		expect(JSON.stringify(half['outputs'])).not.toContain('.mp4');
	});

	it('that grow take links, not values', async () => {
		expect(await refusal('wanVideo', '72', { 'values.b': ['70', 0] })).toBeUndefined();
		expect(await refusal('wanVideo', '72', { 'values.z': ['70', 0] })).toContain('no input');
		const images = {
			'1': { class_type: 'BatchImagesNode', inputs: { 'images.image0': ['2', 0] } },
		};
		const graph = {
			...images,
			'2': { class_type: 'LoadImage', inputs: { image: 'example.png' } },
			'3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
		};
		const answer = await ran('flux', {}, { workflow_api_json: graph });
		expect(at(answer, 'error', 0, 'details')).toContain('images.image1');
	});

	it('of a class with keyword arguments are any', async () => {
		const lora = { on: true, lora: 'pixel_art.safetensors', strength: 1 };
		expect(await refusal('flux', '38', { lora_2: lora })).toBeUndefined();
	});

	it('of a video format follow the format', async () => {
		expect(await refusal('video', '92', { crf: 30 })).toBeUndefined();
		expect(await refusal('video', '92', { quality: 30 })).toContain('no input');
	});
});

it.each<Deployment>(['flux', 'wanVideo'])('%s runs as it is saved', async (deployment) => {
	const answer = await ran(deployment);
	expect([answer['status'], answer['error']]).toEqual(['succeeded', undefined]);
});

it('values that are nodes of their own decide what comes out', async () => {
	const { sim, submit } = await start();
	const { json } = await submit('textToImage', {
		workflow_api_json: {
			...sim.workflow(sim.deploymentIds.textToImage),
			'70': { class_type: 'PrimitiveInt', inputs: { value: 320 } },
			'71': { class_type: 'PrimitiveString', inputs: { value: 'a fox' } },
		},
		overrides: { '27': { inputs: { width: ['70', 0] } }, '6': { inputs: { text: ['71', 0] } } },
	});
	const job = sim.jobs.get(String(json['request_id']));
	const spec = at(job?.outcome, 'outputs', '9', 'images', 0, 'file', 'spec');
	expect(spec).toMatchObject({ width: 320, height: 1024, prompt: 'a fox' });
});

describe('partial success', () => {
	it('leaves out the outputs whose branch does not validate', async () => {
		const answer = await ran('wanVideo', { '60': { inputs: { size: 1000 } } });
		expect(answer['status']).toBe('succeeded');
		expect(Object.keys(answer['outputs'] as Json)).toEqual(['80']);
	});

	it('is none when no output is left, or when a node fails while it runs', async () => {
		const all = await ran('wanVideo', { '63': { inputs: { width: 1 } } });
		expect(at(all, 'error', 0, 'details')).toContain('smaller than min of 16: width');
		const running = await ran('wanVideo', { '62': { inputs: { image: 'nowhere.png' } } });
		expect(at(running, 'error', 0, 'error')).toBe('FileUploadException');
	});

	it('does not run what only a left-out branch needs', async () => {
		const answer = await ran('partner', {
			'9': { inputs: { filename_prefix: '../x' } },
			'10': { inputs: { filename_prefix: '../x' } },
		});
		expect(JSON.stringify(answer['error'])).not.toContain('Unauthorized');
	});
});

describe('a workflow with partner nodes', () => {
	it('is accepted without a key of comfy.org, and fails at run time', async () => {
		const answer = await ran('partner');
		expect(answer['status']).toBe('failed');
		expect(at(answer, 'error', 0)).toMatchObject({
			details:
				'Node 5 (ByteDanceSeedreamNodeV2): Unauthorized: Please login first to use this node.',
		});
		expect((await ran('partner', {}, { extra_data: { api_key_comfy_org: ' ' } }))['status']).toBe(
			'failed',
		);
	});

	it('runs with one', async () => {
		const answer = await ran('partner', { '5': { inputs: { 'model.max_images': 2 } } }, KEY);
		expect(at(answer, 'outputs', '9', 'images')).toHaveLength(2);
		expect(at(answer, 'outputs', '10', 'images', 0, 'filename')).toBe('kling_00001_.mp4');
	});
});
