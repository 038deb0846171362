// Nodes that hold a single value for people to set: how they are detected and named.
import { describe, expect, it } from '@jest/globals';
import { constantOf, feedsOf, titleOfConstant } from '../../../../core/comfyui/form/constants';
import { node } from '../../support/workflows.mts';

type Inputs = Record<string, unknown>;
const FEEDS = { nodeId: '3', input: 'steps' };
const LINK = ['9', 0];

describe('a node with a single value', () => {
	it.each([
		...['PrimitiveInt', 'INTConstant', 'StringConstantMultiline', 'Text Literal', 'CPackInputInt'],
	])('is a %s', (classType) => {
		expect(constantOf(node(classType, { value: 1, more: 2 }), undefined)).toEqual({
			input: 'value',
		});
	});

	it.each(['MyPrimitive', 'ConstantX', 'LiteralX', 'MyCPackInput', 'ConstantMultilineX'])(
		'is not a %s',
		(classType) => {
			expect(constantOf(node(classType, { value: 1, more: 2 }), undefined)).toBeUndefined();
		},
	);

	it.each([
		...['value', 'default_value', 'string', 'text', 'Int', 'float', 'number', 'bool', 'boolean'],
	])('calls it %s', (input) => {
		expect(constantOf(node('PrimitiveNode', { more: 2, [input]: 1 }), undefined)).toEqual({
			input,
		});
	});

	it.each(['values', 'my_value', 'booleans', 'boo'])('does not call it %s', (input) => {
		expect(constantOf(node('PrimitiveNode', { [input]: 1 }), undefined)).toBeUndefined();
	});

	it('is of any class if it has nothing else, and feeds another', () => {
		expect(constantOf(node('Knob', { value: 1 }), FEEDS)).toEqual({
			input: 'value',
			feeds: FEEDS,
		});
		expect(constantOf(node('Knob', { value: 1 }), undefined)).toBeUndefined();
		expect(constantOf(node('Knob', { value: 1, more: LINK }), FEEDS)).toBeUndefined();
		expect(constantOf(node('Knob', { more: 1 }), FEEDS)).toBeUndefined();
		expect(constantOf(node('PrimitiveInt', { value: null }), undefined)).toBeUndefined();
		expect(constantOf(node('CLIPTextEncode', { text: 'a' }), FEEDS)).toBeUndefined();
	});

	it.each(['input_id', 'param_name', 'display_name', 'description'])(
		'is one for an app with its %s',
		(word) => {
			const inputs = { [word]: 'x', default_value_url: 'a', value: 1 };
			expect(constantOf(node('External', inputs), undefined)).toEqual({
				input: 'default_value_url',
			});
			const wordless = { default_value_url: 'a', more: 1 };
			expect(constantOf(node('External', wordless), undefined)).toBeUndefined();
			const other = { [word]: 'x', my_default_value: 'a', default_value: LINK };
			expect(constantOf(node('External', other), undefined)).toBeUndefined();
			expect(constantOf(node('PrimitiveInt', { ...other, value: 1 }), undefined)).toEqual({
				input: 'value',
			});
		},
	);
});

it.each([
	['Main (Input: Prompt )', 'prompt'],
	['(input)', ''],
	['(input:a b)', 'a b'],
])('a title that marks what an app may set: %s', (title, tag) => {
	expect(constantOf(node('Any', { seed: 1, x: 2 }, title), undefined)).toEqual({
		input: 'seed',
		tag,
	});
	expect(constantOf(node('Any', { seed: LINK }, title), undefined)).toBeUndefined();
});

it('where an output goes is the first input of several', () => {
	const workflow = {
		1: node('A', { a: 5, b: ['7', 0], c: ['7', 1] }),
		2: node('A', { d: ['7', 0], e: ['8', 0] }),
		3: { class_type: 'Broken' } as never,
	};
	expect(Object.fromEntries(feedsOf(workflow))).toEqual({
		7: { nodeId: '1', input: 'b' },
		8: { nodeId: '2', input: 'e' },
	});
});

describe('the title of a constant', () => {
	const SAMPLER = { 3: node('KSampler', {}, 'Sampler') };
	const titled = (own: string | undefined, inputs: Inputs = { value: 1 }, input = 'value') =>
		titleOfConstant(SAMPLER, node('PrimitiveFloat', inputs, own), { input, feeds: FEEDS });

	it.each([
		...['Primitive', 'Int', 'Primitive - Float', 'String Literal', 'Text (Multiline)', 'Bool'],
		...['INT_Constant', 'Value', 'Number', 'Boolean', 'Integer', 'Constant', 'string multiline'],
		...['PrimitiveFloat', 'primitive_string', 'Literal', 'float'],
	])('names where it goes if its own name says nothing: %s', (own) => {
		expect(titled(own)).toBe(`${own} for steps of Sampler`);
	});

	it.each(['Floats', 'Int of steps', 'My int', 'Constants', 'Primitive Steps', 'Text (Long)'])(
		'is its own if that says something: %s',
		(own) => expect(titled(own)).toBe(own),
	);

	it('is its class where it goes nowhere, or to a node that is not there', () => {
		const constant = node('PrimitiveFloat', { value: 1 });
		expect(titled(undefined)).toBe('PrimitiveFloat for steps of Sampler');
		expect(titleOfConstant(SAMPLER, constant, { input: 'value' })).toBe('PrimitiveFloat');
		expect(titleOfConstant({}, constant, { input: 'value', feeds: FEEDS })).toBe('PrimitiveFloat');
	});

	it('is the word that the author gave it for an app', () => {
		const words = { display_name: 'Strength', input_id: 'strength', param_name: 's' };
		expect(titled('Own', words, 'default_value')).toBe('Strength');
		expect(titled('Own', { ...words, display_name: '' }, 'default_value_url')).toBe('strength');
		expect(titled('Own', { param_name: 's', description: 'D' }, 'default_value')).toBe('s');
		expect(titled('Own', words, 'value')).toBe('Own');
		expect(titled('Own', { description: 'D' }, 'default_value')).toBe('Own');
	});
});
