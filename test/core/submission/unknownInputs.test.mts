// Which inputs a node may have besides those that it holds, and what is said of the others.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides, type WorkflowApiJson } from '../../../core/index';
import { readInfo, V3 } from '../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';

const INFO = { ...readInfo(OBJECT_INFO), ...V3 };

const one = (class_type: string, inputs?: Record<string, unknown>) =>
	({ 1: { class_type, ...(inputs ? { inputs } : {}) } }) as WorkflowApiJson;

const found = (workflow: WorkflowApiJson, inputs: Record<string, unknown>, info = INFO) =>
	checkOverrides({ 1: { inputs } }, workflow, info).map(
		({ path, problem }) => `${path.replace('1.inputs.', '')} ${problem}`,
	);

describe('an input of a class that is not known', () => {
	it.each([
		['lora_2', 'lora_1'],
		['lora_12', 'lora_1'],
		['lora_2', 'lora_12'],
		['model.width', 'model'],
		['model.size.width', 'model'],
	])('%s may be one beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([]);
	});

	it.each([
		['lora_2', 'abcd_3'],
		['lora_2', 'lora_x3'],
		['lora_2', 'lora_3x'],
		['lora_2', 'lora_'],
		['lora_2x', 'lora_1'],
		['lora', 'lora_1'],
		['text', 'undefined1'],
		['2', '1'],
		['other.width', 'model'],
		['model', 'model.width'],
	])('%s is none beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([
			`${input} unknown_input`,
		]);
	});

	it('is told with those that there are', () => {
		const [none] = checkOverrides({ 6: { inputs: { picture: 'x' } } }, GRAPH, {});
		expect(none).toEqual({
			path: '6.inputs.picture',
			problem: 'unknown_input',
			message: 'node 6 · CLIP Text Encode (Prompt) has no input "picture"; it has text, clip',
		});
		expect(none).not.toHaveProperty('suggestion');
		const [near] = checkOverrides({ 6: { inputs: { txt: 'x' } } }, GRAPH, {});
		expect(near).toMatchObject({ suggestion: 'text', message: /\(did you mean "text"\?\)$/ });
	});

	it('takes numbers and truth values where a text is saved, and no others', () => {
		const text = one('Unknown', { text: 'a' });
		for (const value of [1, 1.5, 2n ** 64n, true, 'b']) {
			expect(found(text, { text: value }, {})).toEqual([]);
		}
		for (const value of [NaN, Infinity, null, {}, ['b']]) {
			expect(found(text, { text: value }, {})).toEqual(['text wrong_type']);
		}
		expect(found(one('Unknown', { steps: 20 }), { steps: true }, {})).toEqual(['steps wrong_type']);
	});
});

describe('an input of another choice', () => {
	const painter = (inputs: Record<string, unknown>) => one('PaintingPartner', inputs);
	const first = painter({ model: 'painter 4', 'model.thinking': 'off' });

	it('is none, also where it is held from the choice before', () => {
		const other = { model: 'painter 5 lite', 'model.thinking': 'on' };
		expect(found(first, other)).toContain('model.thinking unknown_input');
		expect(found(first, { 'model.thinking': 'on' })).toEqual([]);
	});

	it('is missed where the new choice needs it, and nothing can fill it in', () => {
		const mode = [
			'COMFY_DYNAMICCOMBO_V3',
			{
				options: [
					{ key: 'plain', inputs: { required: {} } },
					{ key: 'fed', inputs: { required: { image: ['IMAGE', {}] } } },
				],
			},
		];
		const info = readInfo({ Chooser: { input: { required: { mode } } } });
		const chooser = one('Chooser', { mode: 'plain' });
		expect(found(chooser, { mode: 'fed' }, info)).toEqual(['mode.image missing_input']);
		expect(found(chooser, { mode: 'fed', 'mode.image': ['1', 0] }, info)).toEqual([]);
		expect(found(chooser, { mode: 'plain' }, info)).toEqual([]);
	});

	it('is held by a class that puts it beside its choice', () => {
		const video = one('VHS_VideoCombine', { format: 'video/ProRes', crf: 19 });
		expect(found(video, { crf: 20 })).toEqual([]);
	});
});

describe('a node without inputs', () => {
	it('is checked by its class all the same', () => {
		expect(found(one('KSampler'), { steps: 0 })).toEqual(['steps out_of_range']);
		expect(found(one('KSampler'), { steps: 5 })).toEqual([]);
		expect(found(one('Unknown'), { steps: 5 }, {})).toEqual(['steps unknown_input']);
	});
});

describe('a template that nobody filled in', () => {
	it('is looked for in a text, and not within a list', () => {
		const info = readInfo({ Some: { input: { required: { any: ['*'] } } } });
		expect(found(one('Some', { any: 1 }), { any: '{{payload}}' }, info)).toEqual([
			'any expression',
		]);
		expect(found(one('Some', { any: 1 }), { any: ['{{payload}}'] }, info)).toEqual([]);
	});
});
