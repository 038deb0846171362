// Facts about one node of a workflow: its inputs and their specs, from ComfyUI or from the saved values.
import { describe, expect, it } from '@jest/globals';
import { type WorkflowNode } from '../../../core/comfyui/graph';
import { guessSpec, KnownGraph, trusted } from '../../../core/comfyui/knownGraph';
import { type ObjectInfo } from '../../../core/comfyui/objectInfo';
import { loadsMedia } from '../../../core/comfyui/readSpec';
import { describeInputs, type InputSpec, type WorkflowField } from '../../../core/index';
import { combo } from '../../support/v3Classes.mts';
import { overridesOf, submission } from '../submission/rig.mts';
import { node, readInfo, V3 } from '../support/workflows.mts';

describe('an override', () => {
	it('does not tell what a class takes beyond its list; the saved values do', () => {
		const names = (saved: object, inputs = {}) => {
			const graph = new KnownGraph({ 1: node('TwoModels', { ...saved }) }, V3, { 1: { inputs } });
			return graph.inputsOf('1')?.openNames;
		};
		expect(names({ model3: ['4', 0] })).toEqual(['model']);
		expect(names({}, { model3: ['4', 0] })).toEqual([]);
	});

	it('of a class that is called like a method of objects brings none', () => {
		const graph = new KnownGraph({ 1: node('toString') }, V3, { 1: { inputs: { model: 1 } } });
		expect(graph.inputsOf('1')).toBeUndefined();
	});
});

it('the saved value completes an input’s spec if ComfyUI names a custom type, not one that only links carry', () => {
	const specOf = (of: WorkflowNode, input: string, info: ObjectInfo) =>
		new KnownGraph({ 1: of }, info).taken({ nodeId: '1', input })?.spec;
	const info = readInfo({
		Own: { input: { required: { curve: ['MY_CURVE', { tooltip: 'T' }], model: ['MODEL'] } } },
	});
	expect(specOf(node('Own', { curve: [1, 2, 3] }), 'curve', info)).toEqual({
		kind: 'json',
		tooltip: 'T',
	});
	const kept = { kind: 'other', linkOnly: true };
	expect(specOf(node('Own', { model: 'a text' }), 'model', info)).toEqual(kept);
});

it.each<[string, unknown, InputSpec]>([
	['x', 7n, { kind: 'integer' }],
	['x', 1, { kind: 'float' }],
	['seed', 1, { kind: 'integer' }],
	...['steps', 'width', 'height', 'batch_size', 'start_at_step', 'end_at_step'].map(
		(input): [string, unknown, InputSpec] => [input, 1, { kind: 'integer' }],
	),
	['cfg', 1, { kind: 'float' }],
	['x', [1, 2, 3], { kind: 'json' }],
	['x', { __value__: [1, 2] }, { kind: 'json', wrap: true }],
	['image', 'a.png', { kind: 'media' }],
])('what the saved value lets one guess: %s of %j: %j', (input, saved, spec) => {
	expect(guessSpec(node('LoadImage', { [input]: saved }), input)).toEqual(spec);
});

describe('a spec that the saved value breaks', () => {
	const choice: InputSpec = { kind: 'choice', choices: ['a', 'b'] };
	const many: InputSpec = { kind: 'json', many: true, choices: ['a', 'b'] };
	const range: InputSpec = { kind: 'float', min: 1, max: 5 };

	it.each<[InputSpec, unknown]>([
		[choice, undefined],
		[{ ...choice, choices: [] }, 'c'],
		[many, []],
		[range, 1],
		[range, 5],
	])('%j, %j: holds', (spec, saved) => {
		expect(trusted(spec, saved)).toEqual(spec);
	});

	it.each<[number, InputSpec]>([
		[0, { kind: 'float', max: 5 }],
		[6, { kind: 'float', min: 1 }],
	])('does not keep to its range: %d', (saved, spec) => {
		expect(trusted(range, saved)).toEqual(spec);
		expect(range).toEqual({ kind: 'float', min: 1, max: 5 });
	});

	it('does not limit a form', () => {
		const info = readInfo({ Own: { input: { required: { seed: ['INT', { min: 5, max: 9 }] } } } });
		const [{ spec }] = describeInputs({ 1: node('Own', { seed: 3 }) }, info) as [WorkflowField];
		expect(spec).toEqual({ kind: 'integer', max: 9 });
	});
});

describe('a value from JSON', () => {
	const saved = { text: 'a', seed: 1, cfg: 1, on: true, list: { __value__: [1] } };

	const sent = async (input: string, value: unknown, one: WorkflowNode, info: ObjectInfo = {}) => {
		const known = { workflow: { 1: one }, info, warnings: [] };
		const overrides = await overridesOf(
			{ overrides: { 1: { inputs: { [input]: value } } } },
			known,
		);
		return overrides?.['1']?.inputs[input];
	};

	it('is made what ComfyUI says that the input takes', async () => {
		const info = readInfo({ Known: { input: { required: { text: ['STRING'], any: ['*'] } } } });
		const given = node('Known', { text: 'a', any: 'b' });
		expect(await sent('text', 5, given, info)).toBe('5');
		expect(await sent('any', 5, given, info)).toBe(5);
	});

	it('is made what the input takes with the choice that an override makes', async () => {
		const mode = combo({ plain: {}, full: { required: { depth: ['INT'] } } });
		const info = readInfo({ Own: { input: { required: { mode } } } });
		const workflow = { 1: node('Own', { mode: 'plain', 'mode.depth': 'x' }) };
		const overrides = { 1: { inputs: { mode: 'full', 'mode.depth': '7' } } };
		const fitted = await overridesOf({ overrides }, { workflow, info, warnings: [] });
		expect(fitted?.['1']?.inputs['mode.depth']).toBe(7);
	});

	it('stays a list, and is refused, where only a link works', async () => {
		const info = readInfo({
			Own: { input: { required: { model: ['MODEL'] } }, output_node: true },
		});
		const workflow = { 1: node('Own', { model: { __value__: ['1', 0] } }) };
		const sent = submission({ workflow }, { workflow, info, warnings: [] });
		await expect(sent).rejects.toThrow('only takes the output of another node (MODEL)');
	});

	it.each([
		['seed', '7', 7],
		['cfg', '0.5', 0.5],
		['on', 'true', 'true'],
		['list', [1, 2, 3], { __value__: [1, 2, 3] }],
	])('for %s of a class that is not known: %j becomes %j', async (input, value, fitted) => {
		expect(await sent(input, value, node('Unknown', saved))).toEqual(fitted);
	});
});

it.each([
	['LoadImage', 'image', true],
	['VHS_LoadVideoPath', 'video', true],
	['LoadMediaFile', 'file', true],
	['MaskLoad', 'mask', true],
	['Image Load', 'image', false],
	['MultibandLoad', 'image', true],
	['LoadImage', 'upload', false],
	['LoadLora', 'file', false],
	['SaveImage', 'image', false],
	['ComfyUIDeployExternalVideo', 'default_value_url', true],
	['ComfyUIDeployExternalAudio', 'input_id', false],
	['ExternalImageLoadImage', 'image', false],
])('an input that names a file: %s, %s: %s', (classType, input, loads) => {
	expect(loadsMedia(classType, input)).toBe(loads);
});
