// The inputs of a workflow in a form: which ones, in which order, with which types and roles.
import { describe, expect, it } from '@jest/globals';
import { fieldLabels } from '../../../../core/comfyui/form/labels.ts';
import { fieldPath } from '../../../../core/comfyui/form/paths.ts';
import { describeInputs, type WorkflowApiJson } from '../../../../core/index';
import { combo } from '../../../support/v3Classes.mts';
import { GRAPH, node, nodes, OBJECT_INFO, readInfo } from '../../support/workflows.mts';

const INFO = readInfo(OBJECT_INFO);

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

	it('says where all of its inputs are', () => {
		const [one] = describeInputs({ 6: flux('a', 'b') });
		expect(fieldPath(one!)).toBe('6 · CLIPTextEncodeFlux → clip_l, t5xxl');
		const [two] = describeInputs({ 6: node('A', { text: 'a' }), 15: node('A', { text: 'a' }) });
		expect(fieldPath(two!)).toBe('6 · A → text, 15 → text');
	});
});

describe('of more inputs with one name', () => {
	it('prompts and their negatives are counted apart', () => {
		const workflow = {
			...nodes(10, (number) => node('A', { [number <= 5 ? 'prompt' : 'n_prompt']: `${number}` })),
		};
		expect(shown(workflow)).toHaveLength(8);
		const byLink = {
			...nodes(5, (number) => node('A', { text: `${number}` })),
			7: node('A', { positive: ['1', 0] }),
			8: node('A', { negative: ['2', 0] }),
		};
		expect(shown(byLink)).toHaveLength(5);
	});

	it('those that nobody sets stay where they are', () => {
		const workflow = { ...nodes(6, () => node('A', { foo: 1 })), 9: node('A', { aaa: 1 }) };
		expect(placesOf(workflow)).toEqual([
			...['1.foo', '2.foo', '3.foo', '4.foo', '5.foo', '6.foo', '9.aaa'],
		]);
	});
});

describe('of all inputs', () => {
	it('24 are shown', () => {
		const names = ['width', 'height', 'length', 'seconds', 'duration', 'steps', 'cfg'];
		const each = Object.fromEntries(names.map((name) => [name, 1]));
		const workflow = nodes(4, () => node('A', each));
		expect(shown(workflow)).toHaveLength(24);
		expect(placesOf(workflow).slice(24)).toEqual(['1.cfg', '2.cfg', '3.cfg', '4.cfg']);
	});

	it('twelve are those that the author put forward, and no more', () => {
		const knobs = nodes(14, (number) => node('PrimitiveInt', { value: number }, `Knob ${number}`));
		const workflow = { ...knobs, 20: node('A', { foo: 1, seed: 1 }) };
		expect(shown(workflow)).toHaveLength(13);
		expect(placesOf(workflow).slice(-3)).toEqual(['20.foo', '13.value', '14.value']);
	});

	it('those of one place come by the numbers of their nodes', () => {
		const steps = node('A', { steps: 1 });
		expect(placesOf({ b: steps, 10: steps, '9:2': steps, 9: steps })).toEqual([
			...['9.steps', '9:2.steps', '10.steps', 'b.steps'],
		]);
	});
});

it('the role of a text follows from its name, or else from where it leads', () => {
	const roleOf = (workflow: WorkflowApiJson, input: string) =>
		describeInputs(workflow).find((field) => field.input === input)?.role;
	const fed = (inputs: Inputs, classType = 'A') => ({
		1: node(classType, inputs),
		2: node('Sampler', { negative: ['1', 0] }),
	});
	expect(roleOf(fed({ text: 'x', foo: 'y' }), 'text')).toBe('negative');
	expect(roleOf(fed({ positive_prompt: 'x', foo: 'y' }), 'positive_prompt')).toBe('positive');
	expect(roleOf(fed({ text: 'x', foo: 'y' }), 'foo')).toBeUndefined();
	expect(roleOf(fed({ text: 5, foo: 'y' }), 'text')).toBeUndefined();
});

it('the inputs of a hostile workflow are told in bounded time and length, whatever the workflow holds', () => {
	const odd = ['__proto__', 'constructor', 'toString', '<b>6</b>'];
	const nodes = Array.from({ length: 10_000 }, (_, index) => [
		index < odd.length ? odd[index] : String(index),
		{
			class_type: 'constructor',
			inputs: { text: 'x', seed: index, ['__proto__']: 1, from: [String(index + 1), 0] },
			_meta: { title: '<img src=x onerror=alert(1)> 🖼'.repeat(100) },
		},
	]);
	const workflow = Object.fromEntries(nodes) as WorkflowApiJson;
	const broken = {
		...workflow,
		a: { class_type: 'A', inputs: 'text' },
		b: { class_type: 'B', inputs: 7 },
		c: { class_type: 'BasicGuider', inputs: null },
	};
	const fields = describeInputs(broken as unknown as WorkflowApiJson, INFO);
	expect(fields).toHaveLength(5_000);
	expect(fields.filter(({ likely }) => likely).length).toBeLessThanOrEqual(24);
	const told = fieldLabels(fields);
	expect(new Set(told).size).toBe(fields.length);
	const texts = [...told, ...fields.map(fieldPath)];
	expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(300);
});

describe('the inputs of a workflow', () => {
	it('have as many facts from ComfyUI and the workflow as a form can show', () => {
		const choices = Array.from({ length: 1_500 }, (_, index) => `lora ${index}`);
		const tooltip = 't'.repeat(5_000);
		const info = readInfo({
			Odd: { input: { required: { name: [choices, { tooltip }], text: ['STRING', {}] } } },
		});
		const workflow = { '1': node('Odd', { name: 'lora 1', text: 'x'.repeat(4_001) }) };
		const [text, name] = describeInputs(workflow, info);
		expect(name?.spec).toMatchObject({ moreChoices: true, tooltip: `${'t'.repeat(1_999)}…` });
		expect(name?.spec.choices).toHaveLength(1_000);
		expect(text).toMatchObject({ input: 'text', saved: undefined });
	});

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
		expect(kinds).not.toHaveProperty('upload');
	});
});

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

it('a field of ComfyUI Deploy has the name that the author gave it', () => {
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
	const titleOf = (id: string) =>
		describeInputs(workflow).find(({ nodeId }) => nodeId === id)?.title;
	expect(titleOf('3')).toBe('Prompt');
	expect(titleOf('2')).toBe('image');
});

it('the form begins with prompt, negative, media, seed, size, length, and then the rest', () => {
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

const W = { required: { w: ['INT'] } };
const inputsOf = (class_type: string, inputs: Inputs, info = {}) =>
	describeInputs({ '1': { class_type, inputs } }, readInfo(info)).map(({ input }) => input);

describe('what only the editor uses is no input', () => {
	it.each([
		['LoadImage', { image: 'a.png', upload: 'image' }, ['image']],
		[
			'VHS_LoadVideo',
			{ video: 'a', 'choose video to upload': 'image', videopreview: { params: {} } },
			['video'],
		],
		['PrimitiveInt', { value: 1, control_after_generate: 'fixed' }, ['value']],
		['ShowText|pysssss', { text: ['2', 0], text2: 'said before' }, []],
		['SaveGLB', { filename_prefix: 'mesh', image: '' }, ['filename_prefix']],
		['Any', { rgthree_comparer: 5, previews: 'x' }, ['rgthree_comparer', 'previews']],
		['Any', { '+ More': 'x', '+more': '', 'a b': '', ab: '' }, ['+ More', 'ab']],
		['SaveImage', { image: {}, mask: 'm.png' }, ['image']],
		['MySave', { image: '' }, ['image']],
		['ShowNumber', { value: 5, text: 'said before' }, ['value']],
		['MyShowText', { text: 'a cat' }, ['text']],
		['LoaderOfPainter', { brush_ui: '{}', live_preview: true }, ['live_preview']],
	])('without object_info: %s', (classType, inputs, left) => {
		expect(inputsOf(classType, inputs)).toEqual(left);
	});

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
