import { describe, expect, it } from '@jest/globals';
import {
	describeInputs,
	fieldLabel,
	shortLabel,
	type WorkflowApiJson,
} from '../../../../core/index';
import { inputLabel } from '../../../../core/workflow/form/labels';
import { readInfo } from '../../support/v3Classes.mts';
import { OBJECT_INFO } from '../../support/workflowGraphs.mts';

const field = { nodeId: '6', title: 'Words', input: 'text' };

describe('the label of an input', () => {
	it('tells the role of a prompt if nothing else in it does', () => {
		expect(fieldLabel(field)).toBe('6 · Words → text');
		expect(fieldLabel({ ...field, role: 'negative' })).toBe('6 · negative · Words → text');
		const titled = { ...field, title: 'My Negative words', role: 'negative' } as const;
		expect(fieldLabel(titled)).toBe('6 · My Negative words → text');
		const named = { ...field, input: 'Positive', role: 'positive' } as const;
		expect(fieldLabel(named)).toBe('6 · Words → Positive');
	});

	it('has both names if they say different things', () => {
		const named = (displayName: string, input = 'start_step') =>
			fieldLabel({ ...field, input, spec: { displayName } });
		expect(named('First step')).toBe('6 · Words → First step (start_step)');
		for (const same of ['Start Step', 'start-step', 'START  STEP', 'startStep']) {
			expect(named(same)).toBe('6 · Words → start_step');
		}
		expect(fieldLabel({ ...field, spec: {} })).toBe('6 · Words → text');
	});

	it('cuts a title of more than 100 characters', () => {
		const titled = (title: string) => fieldLabel({ ...field, title });
		expect(titled('x'.repeat(100))).toBe(`6 · ${'x'.repeat(100)} → text`);
		expect(titled('x'.repeat(101))).toBe(`6 · ${'x'.repeat(99)}… → text`);
		expect(titled(`${'x'.repeat(98)} and more`)).toBe(`6 · ${'x'.repeat(98)}… → text`);
	});
});

describe('a short label', () => {
	it('is the whole one if that fits', () => {
		const long = { ...field, title: 'A title of its own' };
		const whole = fieldLabel(long);
		expect(shortLabel(long, whole.length)).toBe(whole);
		expect(shortLabel(long, whole.length - 1)).not.toBe(whole);
	});

	it('leaves a title of six characters, and room for the mark that more follows', () => {
		const titled = { ...field, title: 'A title without end' };
		expect(shortLabel(titled, 5)).toBe('6 · A tit… → text');
		expect(shortLabel(titled, 28)).toBe('6 · A title wi… → text');
		expect(shortLabel(titled, 28)).toHaveLength(28 - 6);
	});

	it('names a prompt by the role that its title tells, no other input', () => {
		const title = 'The long negative one of two';
		expect(shortLabel({ ...field, title }, 20)).toBe('6 · negative → text');
		expect(shortLabel({ ...field, title, input: 'steps' }, 20)).toBe('6 · The l… → steps');
		const named = { ...field, title, input: 'negative_text', role: 'negative' } as const;
		expect(shortLabel(named, 28)).toBe('6 · The l… → negative_text');
	});
});

describe('the label in the form of the whole workflow', () => {
	const workflow: WorkflowApiJson = {
		1: { class_type: 'PrimitiveString', inputs: { value: 'a cat' }, _meta: { title: 'String' } },
		2: { class_type: 'PrimitiveInt', inputs: { value: 5 }, _meta: { title: 'Frames' } },
		3: { class_type: 'Encode', inputs: { text: 'x', words: ['1', 0], more: 'y' } },
		4: { class_type: 'KSampler', inputs: { positive: ['3', 0], negative: ['2', 0] } },
	};
	const label = (nodeId: string, input: string) => inputLabel(workflow, nodeId, input);

	it('has the role of a text that is a prompt', () => {
		expect(label('3', 'text')).toBe('3 · positive · Encode → text');
		expect(label('3', 'more')).toBe('3 · Encode → more');
		expect(label('3', 'n_prompt')).toBe('3 · negative · Encode → n_prompt');
		expect(label('1', 'value')).toBe('1 · positive · String for words of Encode → value');
		expect(label('2', 'value')).toBe('2 · Frames → value');
		expect(label('4', 'text')).toBe('4 · KSampler → text');
	});

	it('has what people call the input', () => {
		expect(inputLabel(workflow, '3', 'more', { displayName: 'Style' })).toBe(
			'3 · Encode → Style (more)',
		);
	});

	it('has no title if there is no such node', () => {
		expect(label('404', 'text')).toBe('404 · ? → text');
		expect(label('toString', 'text')).toBe('toString · ? → text');
	});
});

describe('a label where only 28 characters are seen', () => {
	it.each([
		['6', 'Positive Prompt', 'text', '6 · Positive Prompt → text'],
		['33', 'Negative Prompt', 'text', '33 · Negative Prompt → text'],
		['5', 'ByteDance Seedream', 'prompt', '5 · ByteDanc… → prompt'],
		['57', 'KSampler (Advanced)', 'noise_seed', '57 · KSamp… → noise_seed'],
		['6', 'Kling Image to Video', 'negative_prompt', '6 · Kling… → negative_prompt'],
		['5', 'ByteDance Seedream', 'model.size_preset', '5 · ByteD… → model.size_preset'],
	])('keeps the id and the input whole: %s %s %s', (nodeId, title, input, label) => {
		expect(shortLabel({ nodeId, title, input }, 28)).toBe(label);
	});

	it.each([
		['CLIPTextEncodeFlux', 'clip_l', 'positive', '6 · positive → clip_l'],
		['CLIPTextEncodeFlux', 't5xxl', 'positive', '6 · positive → t5xxl'],
		['CLIP Text Encode (Negative Prompt)', 'text', undefined, '6 · negative → text'],
		['Sampler (Positive First)', 'noise_seed', undefined, '6 · Sampl… → noise_seed'],
	] as const)('names a prompt by its role: %s %s', (title, input, role, label) => {
		const field = { nodeId: '6', title, input, ...(role ? { role } : {}) };
		expect(shortLabel(field, 28)).toBe(label);
	});
});

type Inputs = Record<string, unknown>;
const inputsOf = (class_type: string, inputs: Inputs, info = {}) =>
	describeInputs({ '1': { class_type, inputs } }, readInfo(info)).map(({ input }) => input);

describe('what only the editor uses is no input', () => {
	it.each([
		['LoadImage', { image: 'a.png', upload: 'image' }, ['image']],
		['LoadVideo', { file: 'a.mp4', 'video-preview': '' }, ['file']],
		['LoadAudio', { audio: 'a.mp3', audioUI: '' }, ['audio']],
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
		['Image Comparer (rgthree)', { rgthree_comparer: { images: [] } }, []],
		['ImageBatchMulti', { inputcount: 2, 'Update inputs': '' }, ['inputcount']],
		['PrimitiveInt', { value: 1, control_after_generate: 'fixed' }, ['value']],
		['ShowText|pysssss', { text: ['2', 0], text2: 'said before' }, []],
		['easy showAnything', { text: 'said before', anything: ['2', 0] }, []],
		['SaveGLB', { filename_prefix: 'mesh', image: '' }, ['filename_prefix']],
		['Preview3D', { model_file: 'a.glb', image: '' }, ['model_file']],
		['Any', { rgthree_comparer: 5, previews: 'x' }, ['rgthree_comparer', 'previews']],
		['Any', { '+ More': 'x', '+more': '', 'a b': '', ab: '' }, ['+ More', 'ab']],
		['SaveImage', { image: {}, mask: 'm.png' }, ['image']],
		['PreviewAny', { audio: 'a.mp3', filename: 'x' }, ['filename']],
		['MySave', { image: '' }, ['image']],
		['ShowNumber', { value: 5, text: 'said before' }, ['value']],
		['DisplayAny', { text: 'said before' }, []],
		['My displayText', { text: 'said before' }, []],
		['MyShowText', { text: 'a cat' }, ['text']],
		['LoaderOfPainter', { brush_ui: '{}', live_preview: true }, ['live_preview']],
	])('without object_info: %s', (classType, inputs, left) => {
		expect(inputsOf(classType, inputs)).toEqual(left);
	});

	it.each([
		[{ a: ['INT'] }, { a: 1, state: 'of the editor' }, ['a']],
		[{ text: ['STRING', { forceInput: true }] }, { text2: 'said before' }, []],
		[{ upload: ['STRING', {}] }, { upload: 'yes' }, ['upload']],
		[{ view: ['IMAGECOMPARE', {}] }, { view: {} }, []],
		[
			{
				model: [
					'COMFY_DYNAMICCOMBO_V3',
					{ options: [{ key: 'a', inputs: { required: { w: ['INT'] } } }] },
				],
			},
			{ model: 'a', 'model.w': 1, 'model.x': 1, w: 2 },
			['model', 'model.w', 'model.x'],
		],
		[
			{
				model: [
					'COMFY_DYNAMICCOMBO_V3',
					{
						options: [
							{ key: 'a', inputs: {} },
							{ key: 'b', inputs: { required: { w: ['INT'] } } },
						],
					},
				],
			},
			{ model: 'a', 'model.w': 1, 'model.x': 1 },
			['model', 'model.x'],
		],
		[{ text: ['STRING', {}] }, { text: 'a cat' }, ['text']],
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

const INFO = readInfo(OBJECT_INFO);

describe('the inputs of a hostile workflow', () => {
	it('are told in bounded time and length, whatever the workflow holds', () => {
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
		};
		const fields = describeInputs(broken as unknown as WorkflowApiJson, INFO);
		expect(fields.length).toBeGreaterThan(20_000);
		expect(fields.filter(({ likely }) => likely).length).toBeLessThanOrEqual(24);
		expect(Math.max(...fields.map(fieldLabel).map(({ length }) => length))).toBeLessThan(150);
	});
});
