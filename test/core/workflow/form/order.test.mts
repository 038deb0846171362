// Which inputs are fields of a form, and their order: the prompt first, then what people set most.
import { describe, expect, it } from '@jest/globals';
import { describeInputs, type WorkflowApiJson } from '../../../../core/index';
import { combo } from '../../../support/v3Classes.mts';
import { node, readInfo } from '../../support/workflows.mts';

type Inputs = Record<string, unknown>;
const shown = (workflow: WorkflowApiJson, info = {}) =>
	describeInputs(workflow, readInfo(info))
		.filter(({ likely }) => likely)
		.map(({ nodeId, input }) => `${nodeId}.${input}`);
const titleOf = (workflow: WorkflowApiJson, nodeId: string) =>
	describeInputs(workflow).find((field) => field.nodeId === nodeId)?.title;

const SAMPLER = { seed: 1, steps: 20, cfg: 8, positive: ['2', 0], negative: ['3', 0] };

describe('the prompt comes first', () => {
	it.each([
		[{ n_prompt: 'ugly', a_prompt: 'sharp', prompt: '' }, 'prompt'],
		[{ system_prompt: 'You are helpful', prompt: 'a cat' }, 'prompt'],
		[{ magic_prompt_option: 'AUTO', positive_normalization: 'none', prompt: '' }, 'prompt'],
		[{ 'model.size': '2K', 'model.prompt': 'a cat' }, 'model.prompt'],
		[{ tidy_tags: 'yes', text: 'a cat' }, 'text'],
	])('among the inputs %j of one node', (inputs, first) => {
		expect(shown({ '1': node('Partner', inputs) })[0]).toBe(`1.${first}`);
	});

	it('and texts of which only ComfyUI knows that they are long come after media', () => {
		const info = {
			Odd: {
				input: { required: { recipe: ['STRING', { multiline: true }], note: ['STRING', {}] } },
			},
		};
		const workflow = {
			'1': node('Odd', { recipe: 'x', note: 'y' }),
			'2': node('LoadImage', { image: 'a.png' }),
		};
		expect(shown(workflow, info)).toEqual(['2.image', '1.recipe']);
	});
});

it('the sizes of a text encoder are not those of the picture, but its length is that of the sound', () => {
	const workflow = {
		'1': node('CLIPTextEncodeSDXL', { width: 4096, height: 4096, text_g: 'a cat' }),
		'2': node('TextEncodeAudio', { tags: 'funk', duration: 30 }),
		'3': node('EmptyLatentImage', { width: 1024, height: 1024 }),
	};
	expect(shown(workflow)).toEqual(['1.text_g', '2.tags', '3.width', '3.height', '2.duration']);
});

describe('what the author put forward', () => {
	it('of ComfyUI Deploy has the name that the author gave it', () => {
		const external = (type: string, inputs: Inputs) =>
			node(`ComfyUIDeployExternal${type}`, { input_id: type.toLowerCase(), ...inputs });
		const workflow = {
			'1': external('Number', { default_value: 0.5, display_name: 'Strength', description: '' }),
			'2': external('Image', { default_value: 'a.png', display_name: '', description: 'Face' }),
			'3': external('Text', { default_value: 'a cat', display_name: 'Prompt', description: '' }),
		};
		expect(shown(workflow).slice(0, 1)).toEqual(['3.default_value']);
		expect(shown(workflow)).toContain('1.default_value');
		expect(shown(workflow)).not.toContain('3.input_id');
		expect(titleOf(workflow, '3')).toBe('Prompt');
		expect(titleOf(workflow, '2')).toBe('image');
	});
});

describe('the form begins with', () => {
	it('prompt, negative, media, seed, size, length, and then the rest', () => {
		const workflow = {
			'1': node('KSampler', { ...SAMPLER, positive: ['3', 0], negative: ['2', 0] }),
			'2': node('CLIPTextEncode', { text: 'a cat' }, 'Prompt'),
			'3': node('CLIPTextEncode', { text: 'bad hands' }, 'Prompt'),
			'4': node('Video', { length: 17, height: 512, width: 768, fps: 16, 'model.width': 64 }),
			'5': node('LoadImage', { image: 'a.png' }),
			'6': node('LanguageModel', { system_prompt: 'You are helpful' }),
		};
		expect(shown(workflow)).toEqual([
			...['3.text', '2.text', '5.image', '1.seed', '4.width', '4.model.width', '4.height'],
			...['4.length', '6.system_prompt', '1.steps', '1.cfg'],
		]);
	});
});

const W = { required: { w: ['INT'] } };
const inputsOf = (class_type: string, inputs: Inputs, info = {}) =>
	describeInputs({ '1': { class_type, inputs } }, readInfo(info)).map(({ input }) => input);

describe('what only the editor uses is no input', () => {
	it.each([
		['LoadImage', { image: 'a.png', upload: 'image' }, ['image']],
		['LoadVideo', { file: 'a.mp4', 'video-preview': '' }, ['file']],
		[
			'VHS_LoadVideo',
			{ video: 'a', 'choose video to upload': 'image', videopreview: { params: {} } },
			['video'],
		],
		[
			'Power Lora Loader (rgthree)',
			{
				PowerLoraLoaderHeaderWidget: { type: 'PowerLoraLoaderHeaderWidget' },
				lora_1: { on: true, lora: 'a', strength: 1 },
				'➕ Add Lora': '',
			},
			['lora_1'],
		],
		['ImageBatchMulti', { inputcount: 2, 'Update inputs': '' }, ['inputcount']],
		['PrimitiveInt', { value: 1, control_after_generate: 'fixed' }, ['value']],
		['ShowText|pysssss', { text: ['2', 0], text2: 'said before' }, []],
		['SaveGLB', { filename_prefix: 'mesh', image: '' }, ['filename_prefix']],
		['Any', { rgthree_comparer: 5, previews: 'x' }, ['rgthree_comparer', 'previews']],
		['Any', { '+ More': 'x', '+more': '', 'a b': '', ab: '' }, ['+ More', 'ab']],
		['SaveImage', { image: {}, mask: 'm.png' }, ['image']],
		['MySave', { image: '' }, ['image']],
		['ShowNumber', { value: 5, text: 'said before' }, ['value']],
		['My displayText', { text: 'said before' }, []],
		['MyShowText', { text: 'a cat' }, ['text']],
		['LoaderOfPainter', { brush_ui: '{}', live_preview: true }, ['live_preview']],
	])('without object_info: %s', (classType, inputs, left) => {
		expect(inputsOf(classType, inputs)).toEqual(left);
	});

	it.each([
		[{ a: ['INT'] }, { a: 1, state: 'of the editor' }, ['a']],
		[{ text: ['STRING', { forceInput: true }] }, { text2: 'said before' }, []],
		[{ view: ['IMAGECOMPARE', {}] }, { view: {} }, []],
		[{ a: ['INT', {}], b: ['INT', { hidden: true }] }, { a: 1, b: 2 }, ['a']],
		[
			{ model: combo({ a: W }) },
			{ model: 'a', 'model.w': 1, 'model.x': 1, w: 2 },
			['model', 'model.w', 'model.x'],
		],
		[
			{ model: combo({ a: {}, b: W }) },
			{ model: 'a', 'model.w': 1, 'model.x': 1 },
			['model', 'model.x'],
		],
	])('with a class of %j, what it does not list', (required, inputs, left) => {
		const classType = 'text2' in inputs ? 'ShowText|pysssss' : 'Node';
		expect(inputsOf(classType, inputs, { [classType]: { input: { required } } })).toEqual(left);
	});

	it('but what a class takes by keyword is one', () => {
		const inputs = { lora_1: { on: true }, lora_2: { on: false } };
		const classType = 'Power Lora Loader (rgthree)';
		const info = { [classType]: { input: { required: { model: ['MODEL'] } } } };
		expect(inputsOf(classType, inputs, info)).toEqual(['lora_1', 'lora_2']);
	});
});

it('the factor of an upscaler is the size of its picture', () => {
	const workflow = {
		'1': node('Upscaler', { steps: 20, tile_width: 512, upscale_by: 2, seed: 1 }),
		'2': node('ImageScaleBy', { scale_by: 0.5 }),
	};
	expect(shown(workflow)).toEqual(['1.seed', '1.upscale_by', '2.scale_by', '1.steps']);
});
