// The inputs of a workflow in a form: which ones, in which order, and with which types.
import { describe, expect, it } from '@jest/globals';
import { describeInputs, type WorkflowApiJson } from '../../../core/index';
import { combo } from '../../support/v3Classes.mts';
import { GRAPH, node, nodes, readInfo } from '../support/workflows.mts';

type Inputs = Record<string, unknown>;

const placesOf = (workflow: WorkflowApiJson) =>
	describeInputs(workflow).map(({ nodeId, input }) => `${nodeId}.${input}`);
/** Inputs that are visible from the start. */
const shown = (workflow: WorkflowApiJson, info = {}) =>
	describeInputs(workflow, readInfo(info))
		.filter(({ likely }) => likely)
		.map(({ nodeId, input }) => `${nodeId}.${input}`);

describe('a prompt that is several inputs', () => {
	const flux = (clip_l: string, t5xxl: string) => node('CLIPTextEncodeFlux', { clip_l, t5xxl });
	const of = (workflow: WorkflowApiJson) =>
		describeInputs(workflow).map(({ nodeId, input, also = [] }) =>
			[{ nodeId, input }, ...also].map((one) => `${one.nodeId}.${one.input}`).join(' + '),
		);

	it.each([
		['texts of two encoders', { 6: flux('a cat', 'a cat on a mat') }, '6.clip_l + 6.t5xxl'],
		['texts of two encoders, empty', { 6: flux('', '') }, '6.clip_l + 6.t5xxl'],
		[
			'those of SDXL',
			{ 6: node('CLIPTextEncodeSDXL', { text_g: 'a', text_l: 'b' }) },
			'6.text_g + 6.text_l',
		],
		[
			'the same text of a base model and its refiner',
			{ 6: node('CLIPTextEncode', { text: 'a cat' }), 15: node('A', { prompt: 'a cat ' }) },
			'6.text + 15.prompt',
		],
		[
			'the same text, with a second encoder',
			{ 6: flux('a cat', 'more'), 15: node('CLIPTextEncode', { text: 'a cat' }) },
			'6.clip_l + 6.t5xxl + 15.text',
		],
	])('is one field first, and each input is one later: %s', (_what, workflow, whole) => {
		expect(of(workflow)).toEqual([whole, ...whole.split(' + ')]);
		const [first, ...parts] = describeInputs(workflow);
		expect(first?.likely).toBe(true);
		expect(parts.some(({ likely }) => likely)).toBe(false);
	});

	it('shows the longest of its texts', () => {
		expect(describeInputs({ 6: flux('a cat', 'a cat on a mat') })[0]?.saved).toBe('a cat on a mat');
	});

	it.each([
		['another role', { positive: ['6', 0], negative: ['7', 0] }, 'a cat', 'a cat'],
		['another text', {}, 'a cat', 'a dog'],
		['two that are empty', {}, '', ''],
	])('is not made of prompts with %s', (_what, links, one, other) => {
		const workflow = {
			3: node('KSampler', { seed: 1, ...links }),
			6: node('CLIPTextEncode', { text: one }),
			7: node('CLIPTextEncode', { text: other }),
		};
		expect(of(workflow).filter((place) => /\+/.test(place))).toEqual([]);
	});
});

describe('of all inputs', () => {
	it('24 are shown', () => {
		const names = ['width', 'height', 'length', 'seconds', 'duration', 'steps', 'cfg'];
		const each = Object.fromEntries(names.map((name) => [name, 1]));
		const workflow = nodes(4, () => node('A', each));
		expect(shown(workflow)).toHaveLength(24);
		expect(placesOf(workflow).slice(24)).toEqual(['3.steps', '3.cfg', '4.steps', '4.cfg']);
	});

	it('those of one group come by the numbers of their nodes', () => {
		const steps = node('A', { steps: 1 });
		expect(placesOf({ b: steps, 10: steps, '9:2': steps, 9: steps })).toEqual([
			...['9.steps', '9:2.steps', '10.steps', 'b.steps'],
		]);
	});
});

describe('the inputs of a workflow', () => {
	it('have types read off the saved values if it is not', () => {
		const fields = describeInputs({
			...GRAPH,
			'11': { class_type: 'Odd', inputs: { list: [1, 2, 3], object: { on: true }, none: null } },
		});
		const kinds = Object.fromEntries(fields.map(({ input, spec }) => [input, spec.kind]));
		expect(kinds).toMatchObject({
			text: 'string',
			seed: 'integer',
			steps: 'integer',
			cfg: 'float',
			sampler_name: 'string',
			image: 'media',
			value: 'boolean',
			list: 'json',
			object: 'json',
		});
		expect(kinds).not.toHaveProperty('none');
	});
});

describe('the place of an input in a form', () => {
	const INT = ['INT', {}];
	const SAMPLER = { seed: 1, steps: 20, cfg: 8, positive: ['3', 0], negative: ['2', 0] };

	it('goes by what it is: prompt, negative, file, seed, size, length, text, and then the rest', () => {
		const info = {
			Odd: { input: { required: { recipe: ['STRING', { multiline: true }], x: ['STRING', {}] } } },
			Video: {
				input: {
					required: {
						length: INT,
						height: INT,
						width: INT,
						fps: INT,
						crop_width: INT,
						seconds: ['FLOAT', { advanced: true }],
					},
				},
			},
		};
		const video = { length: 17, height: 512, width: 768, fps: 16, crop_width: 1, seconds: 2 };
		const workflow = {
			'1': node('KSampler', SAMPLER),
			'2': node('CLIPTextEncode', { text: 'bad hands' }, 'Prompt'),
			'3': node('CLIPTextEncode', { text: 'a cat' }, 'Prompt'),
			'4': node('Video', video),
			'5': node('LoadImage', { image: 'a.png' }),
			'6': node('Odd', { x: 'x', recipe: 'x' }),
			'7': node('PrimitiveFloat', { value: 1 }, 'Motion'),
			'8': node('Partner', { prompt: 'a dog', n_prompt: 'ugly', image: 'a.png', mask: 7 }),
		};
		const likely = [
			...['3.text', '8.prompt', '2.text', '8.n_prompt', '5.image', '8.image', '1.seed'],
			...['4.width', '4.height', '4.length', '6.recipe', '7.value', '1.steps', '1.cfg'],
		];
		expect(shown(workflow, info)).toEqual(likely);
		const all = describeInputs(workflow, readInfo(info)).map(({ nodeId, input }) => nodeId + input);
		expect(all.slice(likely.length)).toEqual(['4fps', '4crop_width', '6x', '8mask', '4seconds']);
	});

	it.each([
		[{ n_prompt: 'ugly', a_prompt: 'sharp', prompt: '' }, 'prompt'],
		[{ system_prompt: 'You are helpful', prompt: 'a cat' }, 'prompt'],
		[{ magic_prompt_option: 'AUTO', positive_normalization: 'none', prompt: '' }, 'prompt'],
		[{ 'model.size': '2K', 'model.prompt': 'a cat' }, 'model.prompt'],
		[{ prompt_option: 'a', 'texts.0.text': 'b', text_12: 'a cat' }, 'text_12'],
		[{ x: 1, words: 'a', Positive_Prompt: 'a cat' }, 'Positive_Prompt'],
		[{ clip: 'a', llamas: 'b', llama: 'a cat' }, 'llama'],
		[{ clip_ll: 'a', xt5: 'b', t5xxl: 'a cat' }, 't5xxl'],
	])('is the first for the prompt among the inputs %j of one node', (inputs, first) => {
		expect(placesOf({ '1': node('Partner', inputs) })[0]).toBe(`1.${first}`);
	});

	it('is the first for a long text of an encoder, whatever its name', () => {
		const text = ['STRING', { multiline: true }];
		const info = {
			MyTextEncode: { input: { required: { words: text } } },
			Other: { input: { required: { words: text } } },
		};
		const workflow = {
			1: node('Other', { words: 'a' }),
			2: node('Partner', { prompt: 'b' }),
			3: node('MyTextEncode', { words: 'c' }),
		};
		expect(shown(workflow, info)).toEqual(['2.prompt', '3.words', '1.words']);
	});

	it('of a node that only holds a value is that of the input which it feeds', () => {
		const workflow = {
			1: node('PrimitiveInt', { value: 5 }),
			2: node('PrimitiveStringMultiline', { value: 'a cat' }),
			3: node('PrimitiveString', { value: 'a' }),
			4: node('PrimitiveInt', { value: 5 }),
			5: node('Partner', {
				filename_prefix: ['3', 0],
				seed: ['1', 0],
				prompt: ['2', 0],
				width: ['4', 0],
				steps: 1,
			}),
		};
		expect(shown(workflow)).toEqual(['2.value', '1.value', '4.value', '5.steps']);
	});
});

const W = { required: { w: ['INT'] } };
const inputsOf = (class_type: string, inputs: Inputs, info = {}) =>
	describeInputs({ '1': { class_type, inputs } }, readInfo(info)).map(({ input }) => input);

describe('what only the editor uses is no input', () => {
	it.each([
		[{ text: ['STRING', { forceInput: true }] }, { text2: 'said before' }, []],
		[{ view: ['IMAGECOMPARE', {}] }, { view: {} }, []],
		[{ a: ['INT', {}], b: ['INT', { hidden: true }] }, { a: 1, b: 2 }, ['a']],
		[
			{ model: combo({ a: W }) },
			{ model: 'a', 'model.w': 1, 'model.x': 1, w: 2 },
			['model', 'model.w', 'model.x'],
		],
	])('with a class of %j, what it does not list', (required, inputs, left) => {
		const classType = 'text2' in inputs ? 'ShowText|pysssss' : 'Node';
		expect(inputsOf(classType, inputs, { [classType]: { input: { required } } })).toEqual(left);
	});

	it('but what a class takes by keyword is one, and so is all that an unknown class holds', () => {
		const inputs = { lora_1: { on: true }, lora_2: { on: false } };
		const classType = 'Power Lora Loader (rgthree)';
		const info = { [classType]: { input: { required: { model: ['MODEL'] } } } };
		expect(inputsOf(classType, inputs, info)).toEqual(['lora_1', 'lora_2']);
		expect(inputsOf('Own', { upload: 'image', none: null })).toEqual(['upload']);
	});

	it('and not the text that a node has shown in its last run', () => {
		expect(inputsOf('ShowText|pysssss', { text2: 'said', on: true })).toEqual(['on']);
		expect(inputsOf('DisplayAny', { text: 'said' })).toEqual([]);
	});
});
