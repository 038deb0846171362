import { describe, expect, it } from '@jest/globals';
import { describeInputs, type WorkflowApiJson } from '../../../../core/index';

type Inputs = Record<string, unknown>;
const node = (class_type: string, inputs: Inputs, title?: string) => ({
	class_type,
	inputs,
	...(title === undefined ? {} : { _meta: { title } }),
});
const many = (count: number, make: (index: number) => WorkflowApiJson[string]): WorkflowApiJson =>
	Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index + 1), make(index)]));

/** Places of all inputs; those that are shown from the start with a mark. */
const placesOf = (workflow: WorkflowApiJson) =>
	describeInputs(workflow).map(
		({ nodeId, input, likely }) => `${nodeId}.${input}${likely ? ' *' : ''}`,
	);
const shownOf = (workflow: WorkflowApiJson) =>
	placesOf(workflow).filter((place) => place.endsWith('*'));

describe('of more inputs with one name', () => {
	it('four are shown, and the others come last', () => {
		const workflow = { ...many(5, () => node('A', { steps: 1 })), 9: node('A', { foo: 1 }) };
		expect(placesOf(workflow)).toEqual([
			...['1.steps *', '2.steps *', '3.steps *', '4.steps *', '9.foo', '5.steps'],
		]);
	});

	it('those that nobody sets stay where they are', () => {
		const workflow = { ...many(6, () => node('A', { foo: 1 })), 9: node('A', { aaa: 1 }) };
		expect(placesOf(workflow)).toEqual([
			...['1.foo', '2.foo', '3.foo', '4.foo', '5.foo', '6.foo', '9.aaa'],
		]);
	});

	it('prompts and their negatives are counted apart', () => {
		const workflow = {
			...many(10, (index) => node('A', { [index < 5 ? 'prompt' : 'n_prompt']: 'x' })),
		};
		expect(shownOf(workflow)).toHaveLength(8);
		const byLink = {
			...many(5, () => node('A', { text: 'x' })),
			7: node('A', { positive: ['1', 0] }),
			8: node('A', { negative: ['2', 0] }),
		};
		expect(shownOf(byLink)).toHaveLength(5);
	});
});

describe('of all inputs', () => {
	it('24 are shown', () => {
		const names = ['width', 'height', 'length', 'seconds', 'duration', 'steps', 'cfg'];
		const each = Object.fromEntries(names.map((name) => [name, 1]));
		const workflow = many(4, () => node('A', each));
		expect(shownOf(workflow)).toHaveLength(24);
		expect(placesOf(workflow).slice(24)).toEqual(['1.cfg', '2.cfg', '3.cfg', '4.cfg']);
	});

	it('twelve are those that the author put forward, and no more', () => {
		const knobs = many(14, (index) => node('PrimitiveInt', { value: index }, `Knob ${index}`));
		const workflow = { ...knobs, 20: node('A', { foo: 1, seed: 1 }) };
		expect(shownOf(workflow)).toHaveLength(13);
		expect(placesOf(workflow).slice(-3)).toEqual(['20.foo', '13.value', '14.value']);
	});

	it('those of one place come by the numbers of their nodes', () => {
		const steps = node('A', { steps: 1 });
		expect(placesOf({ b: steps, 10: steps, '9:2': steps, 9: steps })).toEqual([
			...['9.steps *', '9:2.steps *', '10.steps *', 'b.steps *'],
		]);
	});
});

describe('the role of a text', () => {
	const roleOf = (workflow: WorkflowApiJson, input: string) =>
		describeInputs(workflow).find((field) => field.input === input)?.role;
	const fed = (inputs: Inputs, classType = 'A') => ({
		1: node(classType, inputs),
		2: node('Sampler', { negative: ['1', 0] }),
	});

	it('is what its name says, or else what it feeds', () => {
		expect(roleOf(fed({ text: 'x', foo: 'y' }), 'text')).toBe('negative');
		expect(roleOf(fed({ positive_prompt: 'x', foo: 'y' }), 'positive_prompt')).toBe('positive');
		expect(roleOf(fed({ text: 'x', foo: 'y' }), 'foo')).toBeUndefined();
		expect(roleOf(fed({ text: 5, foo: 'y' }), 'text')).toBeUndefined();
	});

	it('has a text that the author put forward, whatever its name', () => {
		expect(roleOf(fed({ value: 'x' }, 'PrimitiveString'), 'value')).toBe('negative');
		expect(roleOf(fed({ value: 5 }, 'PrimitiveInt'), 'value')).toBeUndefined();
	});
});
