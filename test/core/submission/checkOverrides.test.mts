// Which overrides ComfyUI takes, and what is said of the others.
import { describe, expect, it } from '@jest/globals';
import { type WorkflowApiJson } from '../../../core/index';
import { checkOverrides, type HostLabels } from '../../../core/parsers';
import { ANSWERS_INFO, REFUSED, SAVED, TAKEN } from '../../support/rightAnswers.mts';
import { GRAPH, OBJECT_INFO, readInfo } from '../support/workflows.mts';
import { submission } from './rig.mts';

const INFO = readInfo(OBJECT_INFO);

const override = (nodeId: string, input: string, value: unknown) => ({
	[nodeId]: { inputs: { [input]: value } },
});

const problems = (overrides: Parameters<typeof checkOverrides>[0], info = INFO) =>
	checkOverrides(overrides, GRAPH, info).map(({ path, problem, suggestion }) =>
		[path, problem, suggestion].filter(Boolean).join(' '),
	);

describe('overrides that fit', () => {
	it.each<[string, string, unknown]>([
		['6', 'text', 'a dog'],
		['6', 'text', ''],
		['3', 'seed', 18446744073709551615n],
		['3', 'seed', 0],
		['3', 'cfg', 7],
		['3', 'sampler_name', 'heun'],
		['3', 'note', 'an optional input that the workflow does not use'],
		['3', 'mask', ['10', 1]],
		['3', 'positive', ['7', 0]],
		['10', 'image', 'https://example.com/a.png'],
		['10', 'upload', 'image'],
		['38:2', 'value', false],
		// ComfyUI converts these values in the same way.
		['38:2', 'value', 'False'],
		['3', 'steps', '20'],
		['3', 'cfg', '7.5'],
		['3', 'seed', '123'],
		['3', 'seed', '18446744073709551615'],
		['6', 'text', 123],
		['6', 'text', true],
	])('%s %s = %o', (nodeId, input, value) => {
		expect(problems(override(nodeId, input, value))).toEqual([]);
	});

	it.each<[unknown, unknown, unknown]>([
		// ComfyUI looks at the values of its own basic types only.
		['*', 'a text', 5],
		['INT,STRING', 3, 'three'],
		['COLOR', '#ffffff', '#000000'],
		// A widget that was turned into an input takes a value again.
		['STRING', ['6', 0], 'a dog'],
		['INT', ['6', 0], 512],
		[['a', 'b'], ['6', 0], 'b'],
	])('an input of type %o: %o = %o', (type, saved, value) => {
		const workflow = { ...GRAPH, '1': { class_type: 'Some', inputs: { some: saved } } };
		const info = readInfo({ Some: { input: { required: { some: [type] } } } });
		expect(checkOverrides(override('1', 'some', value), workflow, info)).toEqual([]);
	});

	it('are the saved values themselves, with and without object_info', () => {
		for (const info of [INFO, {}]) {
			for (const [nodeId, { inputs }] of Object.entries(GRAPH)) {
				expect(problems({ [nodeId]: { inputs } }, info)).toEqual([]);
			}
		}
	});
});

describe('overrides that do not fit', () => {
	it('a widget that was turned into an input are checked by its type', () => {
		const workflow = { ...GRAPH, '1': { class_type: 'KSampler', inputs: { steps: ['6', 0] } } };
		const found = checkOverrides(override('1', 'steps', 0), workflow, INFO);
		expect(found).toMatchObject([{ problem: 'out_of_range' }]);
		expect(checkOverrides(override('1', 'steps', 5), workflow)).toMatchObject([
			{ problem: 'link_overwritten' },
		]);
	});

	it.each<[string, string, unknown, string]>([
		['66', 'text', 'x', '66 unknown_node 6'],
		['Load Imag', 'image', 'x', 'Load Imag unknown_node 10'],
		['KSampler', 'seed', 1, 'KSampler unknown_node 3'],
		['constructor', 'a', 1, 'constructor unknown_node'],
		['6', 'txt', 'x', '6.inputs.txt unknown_input text'],
		['6', 'toString', 'x', '6.inputs.toString unknown_input'],
		['3', 'notes', 'x', '3.inputs.notes unknown_input note'],
		['6', 'clip', 'x', '6.inputs.clip link_overwritten'],
		['3', 'positive', 'x', '3.inputs.positive link_overwritten'],
		['3', 'mask', 'x', '3.inputs.mask wrong_type'],
		['3', 'positive', ['77', 0], '3.inputs.positive unknown_node 7'],
		['6', 'text', { a: 7 }, '6.inputs.text wrong_type'],
		['6', 'text', null, '6.inputs.text wrong_type'],
		['3', 'steps', 'twenty', '3.inputs.steps wrong_type'],
		['3', 'steps', '20.5', '3.inputs.steps wrong_type'],
		['3', 'steps', '0', '3.inputs.steps out_of_range'],
		['3', 'steps', 20.5, '3.inputs.steps wrong_type'],
		['3', 'steps', 0, '3.inputs.steps out_of_range'],
		['3', 'denoise', 1.5, '3.inputs.denoise out_of_range'],
		['3', 'sampler_name', 'dpmpp_2n', '3.inputs.sampler_name unknown_choice dpmpp_2m'],
		['38:2', 'value', 'yes', '38:2.inputs.value wrong_type'],
		['38:2', 'value', '1', '38:2.inputs.value wrong_type'],
		['10', 'image', 'file:///etc/passwd', '10.inputs.image wrong_type'],
	])('%s %s = %o', (nodeId, input, value, found) => {
		expect(problems(override(nodeId, input, value)).join()).toBe(found);
	});

	it('are found by the saved values alone if object_info is missing', () => {
		expect(problems(override('3', 'steps', 'x'), {})).toEqual(['3.inputs.steps wrong_type']);
		expect(problems(override('6', 'text', []), {})).toEqual(['6.inputs.text wrong_type']);
		expect(problems(override('3', 'note', 'x'), {})).toEqual(['3.inputs.note unknown_input']);
		// Neither ranges nor choices can be known then.
		expect(problems(override('3', 'steps', 0), {})).toEqual([]);
		expect(problems(override('3', 'cfg', 7.5), {})).toEqual([]);
		expect(problems(override('3', 'sampler_name', 'any'), {})).toEqual([]);
	});

	it('are named as the form names them, with the closest name or what there is', () => {
		const messages = checkOverrides(
			{
				'77': { inputs: {} },
				'99999': { inputs: {} },
				'6': { inputs: { prompt_of_the_picture: 'x', text: {}, clip: 'x' } },
			},
			GRAPH,
			INFO,
		).map(({ message }) => message);
		expect(messages).toEqual([
			'node 6 · CLIP Text Encode (Prompt) has no input "prompt_of_the_picture"; it has text, clip',
			'6 · positive · CLIP Text Encode (Prompt) → text takes a text, not an object',
			'6 · CLIP Text Encode (Prompt) → clip is fed by node 4 · CheckpointLoaderSimple and takes no value of its own: set an input of that node instead',
			'the workflow has no node "77" (did you mean 7 · CLIP Text Encode (Prompt)?)',
			expect.stringMatching(
				/^the workflow has no node "99999"; it has 3 · Sampler, 4 · CheckpointLoaderSimple, /,
			),
		]);
	});
});

// Overrides that ComfyUI accepts or refuses. A check that refuses a correct value is worse than no check.
const ANSWERS = readInfo(ANSWERS_INFO);

const problemsOf = (nodeId: string, inputs: Record<string, unknown>, info = ANSWERS) =>
	checkOverrides({ [nodeId]: { inputs } }, SAVED, info).map(({ path, problem, suggestion }) =>
		[path.slice(path.indexOf('inputs.') + 7), problem, suggestion].filter(Boolean).join(' '),
	);

describe('what ComfyUI takes', () => {
	it.each(TAKEN)('node %s: %j', (nodeId, inputs) => {
		expect(problemsOf(nodeId, inputs)).toEqual([]);
	});
});

describe('what it refuses, or would pass over', () => {
	it.each(REFUSED)('node %s: %j', (nodeId, inputs, found) => {
		expect(problemsOf(nodeId, inputs).join()).toBe(found);
	});

	it('names the choice that an input belongs to', () => {
		expect(
			checkOverrides({ '1': { inputs: { 'model.max_images': 4 } } }, SAVED, ANSWERS)[0]?.message,
		).toBe(
			'node 1 · Painter has no input "model.max_images" with this choice: it belongs to model "painter 5 lite"',
		);
	});
});

describe('a template that nobody filled in', () => {
	it.each(['{{ $json.prompt }}', '{{payload}}'])('%s is told in the words of the host', (text) => {
		const labels = { computedValue: 'take it from msg' } as HostLabels;
		const overrides = { '5': { inputs: { text } } };
		const told = `still contains ${text}: it was not replaced with a value`;
		const [found] = checkOverrides(overrides, SAVED, ANSWERS, labels);
		expect(found?.message.endsWith(`${told} (take it from msg)`)).toBe(true);
		const [general] = checkOverrides(overrides, SAVED, ANSWERS);
		expect(general?.message.endsWith(told)).toBe(true);
	});
});

describe('without object_info', () => {
	it.each<[string, Record<string, unknown>, string]>([
		['1', { 'model.max_images': 4 }, ''],
		['3', { lora_2: { on: true } }, ''],
		['4', { steps: '20', cfg: '7.5', seed: '123' }, ''],
		['5', { text: 123 }, ''],
		['6', { tags: ['blue'] }, ''],
		['5', { txet: 'x' }, 'txet unknown_input text'],
		['5', { text: { a: 1 } }, 'text wrong_type'],
	])('node %s: %j: %s', (nodeId, inputs, found) => {
		expect(problemsOf(nodeId, inputs, {}).join()).toBe(found);
	});
});

describe('the output nodes of a workflow', () => {
	const save = (title: string) => ({ class_type: 'SaveImage', inputs: {}, _meta: { title } });
	const outputNodes = async (workflow: WorkflowApiJson, info = INFO) =>
		(await submission({}, { workflow, info, warnings: [] })).notes.outputNodes;

	it('are those whose class is one', async () => {
		expect(await outputNodes(GRAPH)).toEqual([{ id: '9', title: 'Save' }]);
		expect(await outputNodes(GRAPH, {})).toBeUndefined();
		const inherited = { 1: { class_type: 'toString', inputs: {} } };
		expect(await outputNodes(inherited)).toBeUndefined();
	});

	it('are none of those that ComfyUI shows nothing of, though they ran', async () => {
		const silent = { class_type: 'CheckpointSave', inputs: {} };
		const info = readInfo({ CheckpointSave: { input: {}, output: [], output_node: true } });
		expect(await outputNodes({ 1: silent }, info)).toBeUndefined();
	});

	it('have titles as long as people can read', async () => {
		const info = readInfo({ SaveImage: { input: {}, output: [], output_node: true } });
		const [long] = (await outputNodes({ 1: save('x'.repeat(500)) }, info)) ?? [];
		expect(long?.title).toHaveLength(200);
	});
});
