// What ComfyUI’s object_info says of a class, in both of its forms, and as far as it can be read.
import { describe, expect, it } from '@jest/globals';
import { type InputDefinition, type NodeClass, readNodeClass } from '../../../core/parsers';

const read = (raw: object) => readNodeClass(raw, 'Node');
const input = (type: unknown, options?: object): InputDefinition | undefined =>
	read({ input: { required: { x: [type, options] } } }).inputs[0];
const INT = { required: { n: ['INT'] } };
const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

const specs = (known: NodeClass | undefined) =>
	Object.fromEntries((known?.inputs ?? []).map(({ name, spec }) => [name, spec]));

describe('a class of object_info', () => {
	it.each<[object, object]>([
		[{}, {}],
		[{ output: ['IMAGE', ['a', 'b'], 7, null] }, { outputs: ['IMAGE', 'COMBO', '*', '*'] }],
		[{ output_node: false }, { outputNode: false }],
		[{ api_node: true }, { apiNode: true }],
		[{ api_node: 'yes' }, {}],
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
		[{ min: 1, max: 3 }, 1, 3],
		[{}, 0, 20],
		[{ min: -1, max: 1.9 }, 0, 1],
		[{ min: '1', max: '3' }, 0, 20],
		[{ max: 100 }, 0, 20],
	])('are rows of a group: %j', (limits, min, max) => {
		const { group } = input('COMFY_DYNAMICGROUP_V3', { template: INT, ...limits }) ?? {};
		expect(group).toMatchObject({ fields: [{ name: 'n' }], min, max });
	});

	it.each<[object, number, string[]]>([
		[{ prefix: 'v', min: 2, max: 3 }, 2, ['v0', 'v1', 'v2']],
		[{ prefix: 's' }, 1, many(10)],
		[{ prefix: 's', max: 1_000 }, 1, many(100)],
		[{ names: ['a', 7, 'b'], max: 1 }, 1, ['a', 'b']],
		[{ names: many(101) }, 1, many(101)],
	])('are slots that grow: %j', (how, min, names) => {
		const template = { input: INT, ...how };
		expect(input('COMFY_AUTOGROW_V3', { template })?.slots).toMatchObject({
			min,
			names,
			input: { name: 'n' },
		});
	});

	it('are a slot that takes the types that it names', () => {
		expect(input('COMFY_DYNAMICSLOT_V3', { slotType: 'IMAGE,MASK' })?.types).toEqual([
			'IMAGE',
			'MASK',
		]);
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
		[['a', 'b'], undefined],
		[['a', [{ not: 'a name' }, []]], undefined],
		['COMBO', { options: ['a'] }],
		['toString', undefined],
		['INT', { formats: { a: [] }, options: [{ key: 'a' }] }],
	])('are none of %j', (type, options) => {
		expect(Object.keys(input(type, options) ?? {})).toEqual(['name', 'required', 'types', 'spec']);
	});
});

describe('object_info', () => {
	it('that loads a file takes an address, though its class only lists the files it has', () => {
		const raw = { input: { required: { video: [['a.mp4']], format: [['None', 'Wan']] } } };
		expect(specs(readNodeClass(raw, 'VHS_LoadVideo'))).toEqual({
			video: { kind: 'media', choices: ['a.mp4'] },
			format: { kind: 'choice', choices: ['None', 'Wan'] },
		});
		expect(specs(readNodeClass(raw, 'Other'))['video']?.kind).toBe('choice');
	});
});
