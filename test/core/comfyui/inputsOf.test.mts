// Inputs that depend on a node's values: options, rows, numbered and keyword inputs.
import { describe, expect, it } from '@jest/globals';
import { inputsOf, takesInput } from '../../../core/comfyui/inputsOf';
import { combo } from '../../support/v3Classes.mts';
import { readInfo } from '../support/workflows.mts';

type Inputs = Record<string, unknown>;
const of = (classType: string, required: object, values: Inputs = {}, saved?: Inputs) => {
	const info = readInfo({ [classType]: { input: { required } } });
	return inputsOf(classType, info[classType] ?? { inputs: [], outputs: [] }, values, saved);
};
const namesOf = (...given: Parameters<typeof of>) =>
	[...of(...given).inputs.values()].map(({ name, required }) => `${name} ${required}`);

it.each([
	['Power Lora Loader (rgthree)', ['lora_']],
	['Lora Loader Stack (rgthree)', ['lora_']],
	['Any Switch (rgthree)', ['any_']],
	['Power Puter (rgthree)', ['']],
	['Any Switch (rgthree) 2', []],
	['Any Switch', []],
])('a class that takes keyword arguments: %s: %j', (classType, openNames) => {
	expect(of(classType, {})).toMatchObject({ openNames });
});

describe('a class with numbered inputs', () => {
	it.each<[string, object, Inputs, string[]]>([
		['that lists the first with zeros', { input_01: ['*'] }, {}, ['input_']],
		['whose first is a number', { input1: ['INT'] }, {}, []],
		['that holds another', { model1: ['INT'] }, { model2: 1, model3: 1 }, ['model']],
		['that holds what it lists', { model1: ['INT'] }, { model1: 1 }, []],
		['that holds one below another', {}, { 'model.1': 1 }, ['model.']],
		['that holds a number, or one further below', {}, { '7': 1, 'model.a1': 1 }, []],
	])('%s', (_what, required, values, openNames) => {
		expect(of('Node', required, values).openNames).toEqual(openNames);
	});

	it('takes more of them, and nothing like them', () => {
		const open = of('Node', { input1: ['*'] });
		const names = ['input1', 'input2', 'input27', 'input', 'inputs', 'input2x', 'my_input2'];
		expect(names.filter((name) => takesInput(open, name))).toEqual([
			...['input1', 'input2', 'input27'],
		]);
	});
});

it('the options of a combo are not those of an inherited name', () => {
	const model = combo({
		a: { required: { n: ['INT'] } },
		b: { required: { n: ['FLOAT'], m: ['INT'] } },
		c: { required: { m: ['INT'] } },
	});
	expect(of('Node', { toString: model }, {}).openNames).toEqual(['toString.']);
});

describe('the rows of a group', () => {
	const group = (min: number, max: number) => ({
		rows: ['COMFY_DYNAMICGROUP_V3', { template: { required: { v: ['INT'] } }, min, max }],
	});
	const rows = (min: number, max: number, ...present: number[]) =>
		namesOf(
			'Node',
			group(min, max),
			Object.fromEntries(present.map((row) => [`rows.${row}.v`, 1])),
		);

	it('are those that must be, and one more', () => {
		expect(rows(0, 3)).toEqual(['rows.0.v false']);
		expect(rows(2, 5)).toEqual(['rows.0.v true', 'rows.1.v true', 'rows.2.v false']);
		expect(rows(2, 2)).toEqual(['rows.0.v true', 'rows.1.v true']);
		expect(rows(5, 1)).toEqual(['rows.0.v true']);
		expect(rows(0, 0)).toEqual([]);
	});

	it('are known by their whole name', () => {
		const names = (...keys: string[]) =>
			namesOf('Node', group(0, 5), Object.fromEntries(keys.map((key) => [key, 1]))).length;
		expect(names('rows.2.v')).toBe(4);
		expect(names('rowsX2.v', 'my.rows.2.v', 'rows.2', 'rows.x2.v', 'rows.100.v', 'rows.02.v')).toBe(
			1,
		);
		expect(names('rows.10.v')).toBe(5);
	});
});
