import { describe, expect, it } from '@jest/globals';
import { checkOverrides, RunComfyError } from '../../../core/index';
import { refuse } from '../../../core/submission/findings';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';

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
		// As ComfyUI converts them.
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
		['3', 'mask', 'x', ''],
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

	it('are found by the saved values alone where object_info is missing', () => {
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

describe('the refusal', () => {
	it('lists everything at once', () => {
		const findings = checkOverrides(
			{ ...override('6', 'txt', 'x'), ...override('3', 'steps', 0) },
			GRAPH,
			INFO,
		);
		expect(() => refuse(findings)).toThrow(RunComfyError);
		try {
			refuse(findings);
		} catch (error) {
			expect(error).toMatchObject({
				code: 'invalid_overrides',
				message:
					'2 inputs do not fit the workflow: 3 · Sampler → steps must be at least 1, not 0; node 6 · CLIP Text Encode (Prompt) has no input "txt" (did you mean "text"?)',
				hint: expect.stringContaining('nothing is billed'),
				retryable: false,
				details: { findings },
			});
		}
	});

	it('is none without findings', () => {
		expect(() => refuse([])).not.toThrow();
	});
});
