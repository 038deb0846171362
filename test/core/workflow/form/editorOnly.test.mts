// What only ComfyUI’s editor keeps beside the inputs is no field.
import { describe, expect, it } from '@jest/globals';
import { describeInputs } from '../../../../core/index';
import { combo } from '../../../support/v3Classes.mts';
import { readInfo } from '../../support/v3Classes.mts';

type Inputs = Record<string, unknown>;
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
