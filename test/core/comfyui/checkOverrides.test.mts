// Overrides that ComfyUI accepts, and the messages about others.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../core/comfyui/checkOverrides';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { type Overrides } from '../../../core/comfyui/overrides';
import { type HostLabels } from '../../../core/host';
import { type WorkflowApiJson } from '../../../core/index';
import { ANSWERS_INFO, REFUSED, SAVED, TAKEN } from '../../support/rightAnswers.mts';
import { combo } from '../../support/v3Classes.mts';
import { submission } from '../submission/rig.mts';
import { GRAPH, node, OBJECT_INFO, readInfo, V3 } from '../support/workflows.mts';

const INFO = readInfo(OBJECT_INFO);

const override = (nodeId: string, input: string, value: unknown) => ({
	[nodeId]: { inputs: { [input]: value } },
});

const problems = (overrides: Overrides, info = INFO) =>
	checkOverrides(new KnownGraph(GRAPH, info, overrides)).map(({ path, problem, suggestion }) =>
		[path, problem, suggestion].filter(Boolean).join(' '),
	);

it.each<[unknown, unknown, unknown]>([
	// ComfyUI checks only the values of its own basic types.
	['*', 'a text', 5],
	// A widget that was converted to an input accepts a value again.
	['INT', ['6', 0], 512],
	[['a', 'b'], ['6', 0], 'b'],
])('overrides that fit an input of type %o: %o = %o', (type, saved, value) => {
	const workflow = { ...GRAPH, '1': { class_type: 'Some', inputs: { some: saved } } };
	const info = readInfo({ Some: { input: { required: { some: [type] } } } });
	expect(checkOverrides(new KnownGraph(workflow, info, override('1', 'some', value)))).toEqual([]);
});

it.each<[string, string, unknown, string]>([
	['66', 'text', 'x', '66 unknown_node 6'],
	['constructor', 'a', 1, 'constructor unknown_node'],
	['6', 'txt', 'x', '6.inputs.txt unknown_input text'],
	['6', 'toString', 'x', '6.inputs.toString unknown_input'],
	['6', 'clip', 'x', '6.inputs.clip link_overwritten'],
	['3', 'positive', ['77', 0], '3.inputs.positive unknown_node 7'],
	['6', 'text', null, '6.inputs.text wrong_type'],
	['3', 'steps', '0', '3.inputs.steps out_of_range'],
	['38:2', 'value', '1', '38:2.inputs.value wrong_type'],
	['10', 'image', 'file:///etc/passwd', '10.inputs.image wrong_type'],
])('overrides that do not fit: %s %s = %o', (nodeId, input, value, found) => {
	expect(problems(override(nodeId, input, value)).join()).toBe(found);
});

// Overrides that ComfyUI accepts or refuses. A check that refuses a correct value is worse than no check.
const ANSWERS = readInfo(ANSWERS_INFO);

const problemsOf = (nodeId: string, inputs: Record<string, unknown>, info = ANSWERS) =>
	checkOverrides(new KnownGraph(SAVED, info, { [nodeId]: { inputs } })).map(
		({ path, problem, suggestion }) =>
			[path.slice(path.indexOf('inputs.') + 7), problem, suggestion].filter(Boolean).join(' '),
	);

it.each(TAKEN)('what ComfyUI takes: node %s: %j (P70)', (nodeId, inputs) => {
	expect(problemsOf(nodeId, inputs)).toEqual([]);
});

describe('inputs that ComfyUI refuses or would ignore', () => {
	it.each(REFUSED)('node %s: %j', (nodeId, inputs, found) => {
		expect(problemsOf(nodeId, inputs).join()).toBe(found);
	});

	it('names the choice that an input belongs to', () => {
		expect(
			checkOverrides(
				new KnownGraph(SAVED, ANSWERS, { '1': { inputs: { 'model.max_images': 4 } } }),
			)[0]?.message,
		).toBe(
			'node 1 · Painter has no input "model.max_images" with this choice: it belongs to model "painter 5 lite"',
		);
	});
});

it.each(['{{ $json.prompt }}', '{{payload}}'])(
	'a template that nobody filled in: %s is told in the words of the host',
	(text) => {
		const labels = { computedValue: 'take it from msg' } as HostLabels;
		const overrides = { '5': { inputs: { text } } };
		const told = `still contains ${text}: it was not replaced with a value`;
		const [found] = checkOverrides(new KnownGraph(SAVED, ANSWERS, overrides), labels);
		expect(found?.message.endsWith(`${told} (take it from msg)`)).toBe(true);
		const [general] = checkOverrides(new KnownGraph(SAVED, ANSWERS, overrides));
		expect(general?.message.endsWith(told)).toBe(true);
	},
);

describe('the output nodes of a workflow', () => {
	const outputNodes = async (workflow: WorkflowApiJson, info = INFO) =>
		(await submission({}, { workflow, info, warnings: [] })).notes.outputNodes;

	it('are none of those that ComfyUI shows nothing of, though they ran', async () => {
		const silent = { class_type: 'CheckpointSave', inputs: {} };
		const info = readInfo({ CheckpointSave: { input: {}, output: [], output_node: true } });
		expect(await outputNodes({ 1: silent }, info)).toBeUndefined();
	});
});

// Inputs that a node may have besides the stored ones, and the error about all others.
const one = (class_type: string, inputs: Record<string, unknown>): WorkflowApiJson => ({
	1: node(class_type, inputs),
});

const found = (
	workflow: WorkflowApiJson,
	inputs: Record<string, unknown>,
	info = { ...INFO, ...V3 },
) =>
	checkOverrides(new KnownGraph(workflow, info, { 1: { inputs } })).map(
		({ path, problem }) => `${path.replace('1.inputs.', '')} ${problem}`,
	);

describe('an input of a class that is not known', () => {
	it.each([
		['lora_12', 'lora_1'],
		['lora_2', 'lora_12'],
		['model.width', 'model'],
	])('%s may be one beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([]);
	});

	it.each([
		['lora_2', 'lora_x3'],
		['lora_2', 'lora_3x'],
		['lora_2x', 'lora_1'],
		['lora', 'lora_1'],
		['text', 'undefined1'],
		['model', 'model.width'],
	])('%s is none beside %s', (input, saved) => {
		expect(found(one('Unknown', { [saved]: 1 }), { [input]: 1 }, {})).toEqual([
			`${input} unknown_input`,
		]);
	});

	it('is reported with the existing ones', () => {
		const [none] = checkOverrides(new KnownGraph(GRAPH, {}, { 6: { inputs: { picture: 'x' } } }));
		expect(none).toEqual({
			path: '6.inputs.picture',
			problem: 'unknown_input',
			message: 'node 6 · CLIP Text Encode (Prompt) has no input "picture"; it has text, clip',
		});
		expect(none).not.toHaveProperty('suggestion');
		const [near] = checkOverrides(new KnownGraph(GRAPH, {}, { 6: { inputs: { txt: 'x' } } }));
		expect(near).toMatchObject({ suggestion: 'text', message: /\(did you mean "text"\?\)$/ });
	});
});

describe('an input of another choice', () => {
	it('is missed if the new choice needs it, and nothing can fill it in', () => {
		const mode = combo({
			plain: {},
			fed: { required: { image: ['IMAGE'], drawn: ['IMAGECOMPARE'] } },
		});
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

describe('an input that is called like a method of every object', () => {
	const info = readInfo({
		Own: { input: { required: { constructor: [['a', 'b']] } }, output_node: true },
	});
	const saved = { 1: node('Own') };
	const known = { workflow: saved, info, warnings: [] };

	it('takes its choices only', async () => {
		const overrides = override('1', 'constructor', 'c');
		await expect(submission({ overrides }, known)).rejects.toThrow('has no choice "c"');
		const workflow = { 1: node('Own', { constructor: 'c' }) };
		const sent = submission({ workflow }, { ...known, workflow, saved });
		await expect(sent).rejects.toThrow('has no choice "c"');
	});
});
