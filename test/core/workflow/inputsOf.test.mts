import { describe, expect, it } from '@jest/globals';
import { currentInputs, inputsOf, type NodeClass, takesInput } from '../../../core/parsers';
import { V3 } from '../support/v3Classes.mts';

const of = (classType: keyof typeof V3, values: Record<string, unknown> = {}) =>
	inputsOf(classType, V3[classType] as NodeClass, values);
const names = (classType: string, values?: Record<string, unknown>) =>
	of(classType, values).inputs.map(({ name }) => name);
const spec = (classType: string, input: string, values?: Record<string, unknown>) =>
	of(classType, values).inputs.find(({ name }) => name === input)?.spec;

describe('the inputs of a dynamic combo', () => {
	it('are those of its chosen option, in the order of the editor', () => {
		expect(names('PaintingPartner')).toEqual(['prompt', 'model', 'seed', 'watermark']);
		expect(names('PaintingPartner', { model: 'painter 5 lite' })).toEqual([
			...['prompt', 'model', 'model.size_preset', 'model.width', 'model.height'],
			...['model.max_images', 'model.images.image_1', 'model.images.image_2'],
			...['seed', 'watermark'],
		]);
		expect(names('PaintingPartner', { model: 'no such painter' })).toHaveLength(4);
	});

	it('have the types, ranges and choices of that option, at any depth', () => {
		const lite = { model: 'painter 5 lite' };
		const four = { model: 'painter 4', 'model.thinking': 'on' };
		expect(spec('PaintingPartner', 'model')).toMatchObject({
			kind: 'choice',
			choices: ['painter 5 lite', 'painter 4'],
			displayName: 'Painter',
			tooltip: 'Which painter',
		});
		expect(spec('PaintingPartner', 'model.width', lite)).toEqual({
			kind: 'integer',
			min: 1024,
			max: 6240,
			step: 2,
			default: 2048,
			tooltip: 'Pixels',
		});
		expect(spec('PaintingPartner', 'model.width', four)).toMatchObject({ min: 512 });
		expect(spec('PaintingPartner', 'model.size_preset', four)?.choices).toEqual([
			'1024x1024 (1:1)',
			'Custom',
		]);
		expect(spec('PaintingPartner', 'model.thinking.depth', four)).toMatchObject({
			kind: 'float',
			max: 1,
		});
		expect(names('PaintingPartner', { model: 'painter 4' })).not.toContain('model.thinking.depth');
		const thinking = of('PaintingPartner', four).inputs.find(({ name }) => name.endsWith('depth'));
		expect(thinking).toMatchObject({ parent: 'model.thinking', required: true });
	});

	it('follow the override first, then what is saved', () => {
		const node = { inputs: { model: 'painter 4', prompt: 'a cat' } };
		expect(currentInputs(node, { model: 'painter 5 lite' })).toEqual({
			model: 'painter 5 lite',
			prompt: 'a cat',
		});
	});

	it('are told of options that are not chosen, with the choice that has them', () => {
		const { elsewhere } = of('PaintingPartner', { model: 'painter 4' });
		expect(elsewhere.get('model.max_images')).toEqual({
			parent: 'model',
			choice: 'painter 5 lite',
		});
	});

	it('may be any if another node makes the choice', () => {
		const inputs = of('PaintingPartner', { model: ['7', 0] });
		expect(takesInput(inputs, 'model.max_images')).toBe(true);
		expect(takesInput(inputs, 'max_images')).toBe(false);
	});
});

describe('groups and slots', () => {
	it('have the rows that exist, those they need, and one more', () => {
		expect(names('RowsOfLoras')).toEqual([
			...['loras.0.lora', 'loras.0.strength', 'loras.1.lora', 'loras.1.strength'],
		]);
		const rows = of('RowsOfLoras', { 'loras.1.lora': 'a.safetensors' });
		expect(rows.inputs.map(({ name, required }) => `${name} ${required}`)).toEqual([
			...['loras.0.lora false', 'loras.0.strength false'],
			...['loras.1.lora true', 'loras.1.strength false'],
			...['loras.2.lora false', 'loras.2.strength false'],
		]);
		expect(names('RowsOfLoras', { 'loras.2.lora': '', 'loras.19.lora': '' })).toHaveLength(6);
		expect(names('RowsOfLoras', { 'loras.x.lora': '', 'loras.01.lora': '' })).toHaveLength(4);
	});

	it('grow in links only', () => {
		const { inputs } = of('Formula');
		expect(inputs.map(({ name, required }) => `${name} ${required}`)).toEqual([
			...['expression true', 'values.v0 true', 'values.v1 true'],
			...['values.v2 false', 'values.v3 false'],
		]);
		expect(inputs[1]).toMatchObject({
			types: ['FLOAT', 'INT', 'BOOLEAN'],
			spec: { linkOnly: true },
		});
	});

	it('have more inputs while they are linked', () => {
		expect(names('SlotAndMore')).toEqual(['guide']);
		expect(names('SlotAndMore', { guide: ['3', 0] })).toEqual(['guide', 'guide.weight']);
		expect(of('SlotAndMore').inputs[0]).toMatchObject({
			types: ['IMAGE'],
			spec: { linkOnly: true },
		});
	});
});

describe('classes that take more than they list', () => {
	it('of VHS have the inputs of the chosen format', () => {
		expect(names('VHS_VideoCombine', { format: 'image/gif' })).toEqual(['images', 'format']);
		const mp4 = { format: 'video/h264-mp4' };
		expect(names('VHS_VideoCombine', mp4)).toEqual([
			...['images', 'format', 'pix_fmt', 'crf', 'save_metadata'],
		]);
		expect(spec('VHS_VideoCombine', 'crf', mp4)).toMatchObject({ kind: 'integer', max: 100 });
		expect(spec('VHS_VideoCombine', 'pix_fmt', mp4)?.choices).toEqual(['yuv420p', 'yuv420p10le']);
		expect(spec('VHS_VideoCombine', 'profile', { format: 'video/ProRes' })).toMatchObject({
			default: 'hq',
		});
	});

	it.each([
		['Power Lora Loader (rgthree)', {}, 'lora_2', true],
		['Power Lora Loader (rgthree)', {}, '➕ Add Lora', false],
		['Power Lora Loader (rgthree)', {}, 'lora_x', false],
		['GrowingSwitch', {}, 'input7', true],
		['GrowingSwitch', {}, 'output1', false],
		['TwoModels', {}, 'model3', false],
		['TwoModels', { model3: ['4', 0] }, 'model4', true],
		['TwoModels', { upload: 'image' }, 'uploads', false],
	])('%s with %j takes %s: %s', (classType, values, name, takes) => {
		expect(takesInput(of(classType, values), name)).toBe(takes);
	});
});

describe('one input', () => {
	it.each<[string, object]>([
		['any', { kind: 'other' }],
		['amount', { kind: 'float', also: ['integer'], default: 1, min: 0, max: 10 }],
		['model_file', { kind: 'string', default: '' }],
		['voices', { kind: 'choice', choices: [], moreChoices: true }],
		['avatar', { kind: 'choice', choices: [], moreChoices: true }],
		[
			'tags',
			{ kind: 'json', many: true, wrap: true, choices: ['red', 'green', 'blue'], default: ['red'] },
		],
		['color', { kind: 'string', default: '#ffffff' }],
		['colors', { kind: 'json', wrap: true, default: ['#ffffff'] }],
		['curve', { kind: 'json', wrap: true, default: { points: [[0, 0]], interpolation: 'linear' } }],
		['compare', { kind: 'other', noValue: true }],
		['video', { kind: 'media', choices: ['a.mp4'], upload: 'video' }],
		['text', { kind: 'string' }],
	])('%s is %j', (input, expected) => {
		expect(spec('Widgets', input)).toEqual(expected);
	});

	it('keeps what people are to see of it', () => {
		expect(spec('PaintingPartner', 'prompt')).toEqual({
			kind: 'string',
			default: '',
			multiline: true,
			placeholder: 'A picture of …',
		});
		expect(spec('PaintingPartner', 'watermark')).toEqual({
			kind: 'boolean',
			default: false,
			advanced: true,
		});
	});
});

describe('a class', () => {
	it('tells what it gives, whether it is an output, and whether a partner is paid', () => {
		expect(V3['Widgets']).toMatchObject({ outputs: ['COMBO', 'STRING'], outputNode: true });
		expect(V3['PaintingPartner']).toMatchObject({
			displayName: 'Painting Partner',
			outputNode: false,
			apiNode: true,
			outputs: ['IMAGE'],
		});
	});
});
