// What ComfyUI’s declaration of one input says that it takes.
import { describe, expect, it } from '@jest/globals';
import { readSpec, typesOf } from '../../../core/parsers';

type Options = Record<string, unknown>;
const read = (type: unknown, options: Options = {}, input = 'x', classType = 'Node') =>
	readSpec(type, options, { classType, input });

describe('the types of an input', () => {
	it.each<[unknown, Options, string[]]>([
		[['a', 'b'], {}, ['COMBO']],
		[7, {}, ['*']],
		['COMFY_DYNAMICCOMBO_V3', {}, ['COMBO']],
		['COMFY_DYNAMICSLOT_V3', { slotType: 'IMAGE,MASK' }, ['IMAGE', 'MASK']],
	])('%j with %j are %j', (type, options, types) => {
		expect(typesOf(type, options)).toEqual(types);
	});
});

describe('what an input takes', () => {
	it.each<[unknown, Options, object]>([
		['INT,FLOAT', {}, { kind: 'integer', also: ['float'] }],
		['FLOAT, INT, FLOAT', {}, { kind: 'float', also: ['integer'] }],
		['IMAGE,INT', {}, { kind: 'integer' }],
		['MY_TYPE', { widgetType: 'INT' }, { kind: 'integer' }],
		['IMAGE,MASK', {}, { kind: 'other', linkOnly: true }],
		['IMAGE,MY_TYPE', {}, { kind: 'other' }],
		['IMAGE', { widgetType: 'MY_WIDGET' }, { kind: 'other' }],
		['RESOLUTION_PREVIEW', {}, { kind: 'other', noValue: true }],
		['MY_TYPE,IMAGECOMPARE', {}, { kind: 'other', noValue: true }],
		['CURVE', {}, { kind: 'json', wrap: true }],
	])('%j with %j: %j', (type, options, spec) => expect(read(type, options)).toEqual(spec));

	it.each<[Options, object]>([
		[
			{ min: 0, max: 5, step: 0.5 },
			{ min: 0, max: 5, step: 0.5 },
		],
		[{ min: '0', max: null, step: NaN }, {}],
		[
			{ tooltip: 'T', display_name: 'D', placeholder: 'P' },
			{ tooltip: 'T', displayName: 'D', placeholder: 'P' },
		],
		[{ tooltip: '', display_name: 7, placeholder: null }, {}],
		[
			{ advanced: true, multiline: true },
			{ advanced: true, multiline: true },
		],
		[{ advanced: 'yes', multiline: 1 }, {}],
		[{ default: null }, { default: null }],
		[{ default: { __value__: [1] } }, { default: [1] }],
	])('%j says %j of it', (options, told) => {
		expect(read('FLOAT', options)).toEqual({ kind: 'float', ...told });
	});
});

describe('the choices of an input', () => {
	it.each<[unknown, Options, object]>([
		[['a', 2, true], {}, { choices: ['a', 2, true] }],
		['COMBO', { options: ['a'] }, { choices: ['a'] }],
		['COMBO', {}, { choices: [] }],
		['COMBO', { options: [{ key: 'a' }, ['b', []], 'c'] }, { choices: ['a', 'b', 'c'] }],
		['COMBO', { options: [{ name: 'a' }, 'c'] }, { choices: [] }],
		['COMBO', { remote: {} }, { choices: [], moreChoices: true }],
		['COMBO', { remote_combo: {} }, { choices: [], moreChoices: true }],
		['COMBO', { multi_select: {} }, { choices: [] }],
	])('%j with %j: %j', (type, options, spec) => {
		expect(read(type, options)).toEqual({ kind: 'choice', ...spec });
	});

	it.each([{ multiselect: true }, { multi_select: true }])('may be several: %j', (options) => {
		expect(read('COMBO', { options: ['a'], ...options })).toEqual({
			kind: 'json',
			many: true,
			wrap: true,
			choices: ['a'],
		});
	});
});

describe('an input that takes a file', () => {
	it.each([
		['image_upload', 'image'],
		['animated_image_upload', 'image'],
		['video_upload', 'video'],
		['audio_upload', 'audio'],
		['file_upload', 'file'],
	])('has a button for it: %s', (button, upload) => {
		expect(read(['a'], { [button]: true })).toEqual({ kind: 'media', choices: ['a'], upload });
		expect(read('STRING', { [button]: true })).toEqual({ kind: 'media', upload });
		expect(read(['a'], { [button]: 'yes' }).kind).toBe('choice');
		expect(read('INT', { [button]: true })).toEqual({ kind: 'integer' });
	});

	it('is a path, or known by its name', () => {
		expect(read('STRING', { vhs_path_extensions: [] })).toEqual({ kind: 'media' });
		expect(read(['a'], { vhs_path_extensions: [] })).toEqual({ kind: 'media', choices: ['a'] });
		expect(read('STRING', {}, 'image', 'LoadImage')).toEqual({ kind: 'media' });
		expect(read('STRING', {}, 'image', 'SaveImage')).toEqual({ kind: 'string' });
	});
});
