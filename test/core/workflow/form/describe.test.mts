// The inputs of a workflow as a form shows them: which, with which types and roles, and how many.
import { describe, expect, it } from '@jest/globals';
import {
	describeInputs,
	fieldLabels,
	fieldPath,
	type WorkflowApiJson,
} from '../../../../core/index';
import { promptRoles } from '../../../../core/parsers';
import { GRAPH, node, OBJECT_INFO, readInfo } from '../../support/workflows.mts';

const INFO = readInfo(OBJECT_INFO);

describe('the role of a prompt', () => {
	it('goes through the nodes between, up to one that has both', () => {
		const graph: WorkflowApiJson = {
			'1': { class_type: 'Text', inputs: { text: '' } },
			'2': { class_type: 'Text', inputs: { text: '' } },
			'3': { class_type: 'Text', inputs: { text: '' } },
			'4': { class_type: 'Guidance', inputs: { conditioning: ['1', 0] } },
			'5': { class_type: 'ControlNet', inputs: { positive: ['4', 0], negative: ['2', 0] } },
			'6': { class_type: 'KSampler', inputs: { positive: ['5', 0], negative: ['5', 1] } },
			'7': { class_type: 'KSampler', inputs: { positive: ['3', 0], negative: ['3', 0] } },
			'8': { class_type: 'Loop', inputs: { positive: ['8', 0] } },
			'9': { class_type: 'Dangling', inputs: { negative: ['404', 0] } },
			'10': { class_type: 'Circle', inputs: { a: ['11', 0] } },
			'11': { class_type: 'Circle', inputs: { a: ['10', 0] } },
			'12': { class_type: 'KSampler', inputs: { negative: ['10', 0] } },
		};
		expect(Object.fromEntries(promptRoles(graph))).toEqual({
			'1': 'positive',
			'4': 'positive',
			'2': 'negative',
			'8': 'positive',
			'10': 'negative',
			'11': 'negative',
		});
	});
});

type Inputs = Record<string, unknown>;
const many = (count: number, make: (index: number) => WorkflowApiJson[string]): WorkflowApiJson =>
	Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index + 1), make(index)]));

/** Where each input is listed, with a mark for those that show from the start. */
const placesOf = (workflow: WorkflowApiJson) =>
	describeInputs(workflow).map(
		({ nodeId, input, likely }) => `${nodeId}.${input}${likely ? ' *' : ''}`,
	);
const shownOf = (workflow: WorkflowApiJson) =>
	placesOf(workflow).filter((place) => place.endsWith('*'));

describe('of more inputs with one name', () => {
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

	it('those that nobody sets stay where they are', () => {
		const workflow = { ...many(6, () => node('A', { foo: 1 })), 9: node('A', { aaa: 1 }) };
		expect(placesOf(workflow)).toEqual([
			...['1.foo', '2.foo', '3.foo', '4.foo', '5.foo', '6.foo', '9.aaa'],
		]);
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
});

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
		expect(fields).toHaveLength(5_000);
		expect(fields.filter(({ likely }) => likely).length).toBeLessThanOrEqual(24);
		const told = fieldLabels(fields);
		expect(new Set(told).size).toBe(fields.length);
		const texts = [...told, ...fields.map(fieldPath)];
		expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(300);
	});
});

describe('the inputs of a workflow', () => {
	it('have as much of what ComfyUI and the workflow say as a form can show', () => {
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
