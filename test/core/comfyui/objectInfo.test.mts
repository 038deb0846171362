// Reading ComfyUI’s object_info of a class and its inputs, in both formats.
import { describe, expect, it } from '@jest/globals';
import { type InputDefinition, readNodeClass } from '../../../core/comfyui/objectInfo';
import { readSpec } from '../../../core/comfyui/readSpec';

const read = (raw: object) => readNodeClass(raw, 'Node');
const input = (type: unknown, options?: object): InputDefinition | undefined =>
	read({ input: { required: { x: [type, options] } } }).inputs[0];
const INT = { required: { n: ['INT'] } };
const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

describe('a class of object_info', () => {
	it.each<[object, object]>([
		[{ output: ['IMAGE', ['a', 'b'], 7, null] }, { outputs: ['IMAGE', 'COMBO', '*', '*'] }],
		[{ output_node: false }, { outputNode: false }],
		[{ api_node: true }, { apiNode: true }],
		[{ display_name: 'My Node' }, { displayName: 'My Node' }],
	])('%j says %j of it', (raw, told) => {
		expect(read(raw)).toEqual({ inputs: [], outputs: [], ...told });
	});

	it('has its inputs in the order that it gives, and only those', () => {
		const { inputs } = read({
			input: { required: { 1: ['INT'], b: ['INT'], a: ['INT'] }, optional: { d: ['INT'] } },
			input_order: { required: ['b', 'none', 7, '', 'a'], optional: 'd' },
		});
		expect(inputs.map(({ name, required }) => `${name} ${required}`)).toEqual([
			...['b true', 'a true', '1 true', 'd false'],
		]);
	});
});

describe('inputs that depend on others', () => {
	it.each([
		[{}, 0, 20],
		[{ min: -1, max: 1.9 }, 0, 1],
		[{ min: '1', max: '3' }, 0, 20],
	])('are rows of a group: %j', (limits, min, max) => {
		const { group } = input('COMFY_DYNAMICGROUP_V3', { template: INT, ...limits }) ?? {};
		expect(group).toMatchObject({ fields: [{ name: 'n' }], min, max });
	});

	it.each<[object, number, string[]]>([
		[{ prefix: 'v', min: 2, max: 3 }, 2, ['v0', 'v1', 'v2']],
		[{ prefix: 's' }, 1, many(10)],
		[{ prefix: 's', max: 1_000 }, 1, many(100)],
		[{ names: ['a', 7, 'b'], max: 1 }, 1, ['a', 'b']],
	])('are slots that grow: %j', (how, min, names) => {
		const template = { input: INT, ...how };
		expect(input('COMFY_AUTOGROW_V3', { template })?.slots).toMatchObject({
			min,
			names,
			input: { name: 'n' },
		});
	});

	it('are a slot that takes the types that it names', () => {
		const options = { slotType: 'IMAGE,MASK' };
		expect(input('COMFY_DYNAMICSLOT_V3', options)?.types).toEqual(['IMAGE', 'MASK']);
	});

	it.each<[unknown, object | undefined, object]>([
		[
			['image/gif', 'video/mp4'],
			{ formats: { 'video/mp4': [['crf', 'INT'], 'odd', [7, 'INT']] } },
			[{ key: 'video/mp4', inputs: [{ name: 'crf', required: false }] }],
		],
		[
			['image/gif', ['video/mp4', [['crf', 'INT']]], ['video/webm', ['loop', 'BOOLEAN']]],
			undefined,
			[
				{ key: 'video/mp4', inputs: [{ name: 'crf', spec: { kind: 'integer' } }] },
				{ key: 'video/webm', inputs: [] },
			],
		],
		['COMBO', { formats: { a: 'odd' } }, [{ key: 'a', inputs: [] }]],
	])('come with a format: %j, %j', (type, options, told) => {
		const read = input(type, options);
		expect(read?.options).toMatchObject(told as object[]);
		expect(read?.options?.map(({ inputs }) => inputs.length)).toEqual(
			(told as { inputs: object[] }[]).map(({ inputs }) => inputs.length),
		);
		expect(read?.prefix).toBe('');
	});

	it.each<[unknown, object | undefined]>([
		[['a', [{ not: 'a name' }, []]], undefined],
		['INT', { formats: { a: [] }, options: [{ key: 'a' }] }],
	])('are none of %j', (type, options) => {
		expect(Object.keys(input(type, options) ?? {})).toEqual(['name', 'required', 'types', 'spec']);
	});
});

it('an input that loads a file takes an address, though its class only lists the files it has', () => {
	const raw = { input: { required: { video: [['a.mp4']], format: [['None', 'Wan']] } } };
	const specsOf = (classType: string) =>
		readNodeClass(raw, classType)?.inputs.map(({ spec }) => spec);
	expect(specsOf('VHS_LoadVideo')).toEqual([
		{ kind: 'media', choices: ['a.mp4'] },
		{ kind: 'choice', choices: ['None', 'Wan'] },
	]);
	expect(specsOf('Other')?.[0]?.kind).toBe('choice');
});

type Options = Record<string, unknown>;
const specOf = (type: unknown, options: Options = {}, input = 'x', classType = 'Node') =>
	readSpec(type, options, { classType, input });

describe('what an input takes', () => {
	it.each<[unknown, Options, object]>([
		['FLOAT, INT, FLOAT', {}, { kind: 'float', also: ['integer'] }],
		['MY_TYPE', { widgetType: 'INT' }, { kind: 'integer' }],
		['IMAGE,MASK', {}, { kind: 'other', linkOnly: true }],
		['IMAGE,MY_TYPE', {}, { kind: 'other' }],
		['IMAGE', { widgetType: 'MY_WIDGET' }, { kind: 'other' }],
		['RESOLUTION_PREVIEW', {}, { kind: 'other', noValue: true }],
		['MY_TYPE,IMAGECOMPARE', {}, { kind: 'other', noValue: true }],
		['CURVE', {}, { kind: 'json', wrap: true }],
	])('%j with %j: %j', (type, options, spec) => expect(specOf(type, options)).toEqual(spec));

	it.each<[Options, object]>([
		[
			{ min: 0, max: 5, step: 0.5 },
			{ min: 0, max: 5, step: 0.5 },
		],
		[{ min: '0', max: null, step: NaN }, {}],
		[{ tooltip: '', display_name: 7, placeholder: null }, {}],
		[
			{ tooltip: 'T', display_name: 'D', placeholder: 'P' },
			{ tooltip: 'T', displayName: 'D', placeholder: 'P' },
		],
		[
			{ advanced: true, multiline: true },
			{ advanced: true, multiline: true },
		],
		[{ default: { __value__: [1] } }, { default: [1] }],
	])('%j says %j of it', (options, told) => {
		expect(specOf('FLOAT', options)).toEqual({ kind: 'float', ...told });
	});
});

describe('the choices of an input', () => {
	it.each<[unknown, Options, object]>([
		[['a', 2, true], {}, { choices: ['a', 2, true] }],
		['COMBO', { options: [{ key: 'a' }, ['b', []], 'c'] }, { choices: ['a', 'b', 'c'] }],
		['COMBO', { options: [{ name: 'a' }, 'c'] }, { choices: [] }],
		['COMBO', { remote: {} }, { choices: [], moreChoices: true }],
		['COMBO', { remote_combo: {} }, { choices: [], moreChoices: true }],
	])('%j with %j: %j', (type, options, spec) => {
		expect(specOf(type, options)).toEqual({ kind: 'choice', ...spec });
	});

	it.each([{ multiselect: true }, { multi_select: true }])('may be several: %j', (options) => {
		expect(specOf('COMBO', { options: ['a'], ...options })).toEqual({
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
		expect(specOf(['a'], { [button]: true })).toEqual({ kind: 'media', choices: ['a'], upload });
		expect(specOf('STRING', { [button]: true })).toEqual({ kind: 'media', upload });
		expect(specOf(['a'], { [button]: 'yes' }).kind).toBe('choice');
		expect(specOf('INT', { [button]: true })).toEqual({ kind: 'integer' });
	});

	it('is a path, or known by its name', () => {
		expect(specOf('STRING', { vhs_path_extensions: [] })).toEqual({ kind: 'media' });
		expect(specOf(['a'], { vhs_path_extensions: [] })).toEqual({ kind: 'media', choices: ['a'] });
		expect(specOf('STRING', {}, 'image', 'LoadImage')).toEqual({ kind: 'media' });
		expect(specOf('STRING', {}, 'image', 'SaveImage')).toEqual({ kind: 'string' });
	});
});
