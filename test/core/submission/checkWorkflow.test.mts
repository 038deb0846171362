import { describe, expect, it } from '@jest/globals';
import { checkWorkflow, type WorkflowApiJson } from '../../../core/index';
import { findCycle, reachedFrom } from '../../../core/parsers';
import { readInfo, V3 } from '../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';

const INFO = { ...readInfo(OBJECT_INFO), ...V3 };

const found = (change: (graph: WorkflowApiJson) => void, info = INFO) => {
	const graph = structuredClone(GRAPH);
	change(graph);
	return checkWorkflow(graph, info)
		.map(({ path, problem }) => `${path} ${problem}`)
		.sort();
};

const set = (nodeId: string, input: string, value: unknown) => (graph: WorkflowApiJson) => {
	graph[nodeId]!.inputs[input] = value;
};

describe('a workflow that is sent along', () => {
	it('fits when its links lead somewhere and its values are what ComfyUI takes', () => {
		expect(checkWorkflow(GRAPH, INFO)).toEqual([]);
		expect(checkWorkflow(GRAPH, {})).toEqual([]);
	});

	it.each<[string, (graph: WorkflowApiJson) => void, string[]]>([
		[
			'a class that the machine lacks',
			(graph) => (graph['50'] = { class_type: 'NoSuchNode', inputs: { a: 1 } }),
			['50 unknown_class'],
		],
		[
			'an input that is missing',
			(graph) => delete graph['3']!.inputs['model'],
			['3.inputs.model missing_input'],
		],
		[
			'a node without any',
			(graph) => (graph['8']!.inputs = {}),
			['8.inputs.samples missing_input', '8.inputs.vae missing_input'],
		],
		['no output', (graph) => delete graph['9'], ['3 no_output']],
		['a link to nothing', set('8', 'samples', ['33', 0]), ['8.inputs.samples unknown_node']],
		['a link of another type', set('8', 'samples', ['4', 0]), ['8.inputs.samples link_type']],
		['a circle', set('3', 'latent_image', ['3', 0]), ['3 cycle']],
		['a value beyond its range', set('3', 'steps', 0), ['3.inputs.steps out_of_range']],
		[
			'an unknown choice',
			set('3', 'sampler_name', 'eular'),
			['3.inputs.sampler_name unknown_choice'],
		],
		['what nobody knows', set('3', 'unheard_of', {}), []],
		['nothing where a text may be', set('3', 'note', null), []],
		['text for numbers', set('3', 'steps', '20'), []],
		['another type of a union', set('3', 'note', ['5', 0]), ['3.inputs.note link_type']],
	])('%s', (_what, change, problems) => {
		expect(found(change)).toEqual(problems);
	});

	it('is not looked at if no output needs it: ComfyUI does not either', () => {
		expect(
			found((graph) => {
				graph['60'] = { class_type: 'KSampler', inputs: { steps: 0 } };
				graph['61'] = { class_type: 'KSampler', inputs: { model: ['61', 0] } };
			}),
		).toEqual([]);
	});

	it('is checked for its links only if no class is known', () => {
		expect(found(set('8', 'samples', ['33', 0]), {})).toEqual(['8.inputs.samples unknown_node']);
		expect(found(set('3', 'latent_image', ['3', 0]), {})).toEqual(['3 cycle']);
		expect(found(set('3', 'steps', 0), {})).toEqual([]);
	});

	it('says of a circle who feeds whom', () => {
		const graph = structuredClone(GRAPH);
		graph['5']!.inputs['width'] = ['8', 0];
		expect(checkWorkflow(graph, {}).map(({ message }) => message)).toEqual([
			expect.stringMatching(/in a circle: .*5 · Size → 3 · Sampler → 8 · VAEDecode/),
		]);
	});

	it('may hold lists for choices, and types that anything fits', () => {
		const graph: WorkflowApiJson = {
			'1': {
				class_type: 'Widgets',
				inputs: { any: ['2', 0], amount: ['3', 0], tags: { __value__: [] } },
			},
			'2': { class_type: 'SlotAndMore', inputs: {} },
			'3': {
				class_type: 'Formula',
				inputs: { expression: 'a', 'values.v0': 1, 'values.v1': ['3', 1] },
			},
		};
		const kinds = checkWorkflow(graph, V3).map(({ path, problem }) => `${path} ${problem}`);
		expect(kinds.filter((one) => !one.endsWith('missing_input'))).toEqual(['3 cycle']);
	});
});

/** A workflow by who takes from whom. */
const graph = (links: Record<string, string[]>) =>
	Object.fromEntries(
		Object.entries(links).map(([id, sources]) => [
			id,
			{
				class_type: 'A',
				inputs: {
					text: 'b',
					...Object.fromEntries(sources.map((source, at) => [`in${at}`, [source, 0]])),
				},
			},
		]),
	);

const DIAMOND = graph({
	save: ['left', 'right'],
	left: ['base'],
	right: ['base'],
	base: [],
	other: ['base'],
});

describe('the nodes that others need', () => {
	it.each([
		[['save'], ['base', 'left', 'right', 'save']],
		[['left'], ['base', 'left']],
		[
			['left', 'other'],
			['base', 'left', 'other'],
		],
		[['base'], ['base']],
		[[], []],
		[['nowhere', 'toString'], []],
	])('of %j: %j', (ids, reached) => {
		expect([...reachedFrom(DIAMOND, ids)].sort()).toEqual(reached);
	});

	it('do not hold links that lead nowhere, and circles end', () => {
		expect([...reachedFrom(graph({ 1: ['2', 'gone'], 2: ['1'] }), ['1'])]).toEqual(['1', '2']);
	});

	it('are few if a node has no inputs at all', () => {
		const bare = { 1: { class_type: 'A' } } as never;
		expect([...reachedFrom(bare, ['1'])]).toEqual(['1']);
	});
});

describe('a circle', () => {
	it('is looked for in each node once, on however many ways it is reached', () => {
		const layer = (at: number) => (at < 60 ? [`a${at}`, `b${at}`] : []);
		const layers = Array.from({ length: 60 }, (_, at) =>
			layer(at).map((id) => [id, layer(at + 1)]),
		);
		expect(findCycle(graph(Object.fromEntries(layers.flat())), ['a0', 'b0'])).toBeUndefined();
	});

	it.each<[Record<string, string[]>, string[], string[] | undefined]>([
		[{ 1: ['1'] }, ['1'], ['1']],
		[{ 1: ['2'], 2: ['1'] }, ['1'], ['2', '1']],
		[{ 1: ['2'], 2: ['3'], 3: ['1'] }, ['1'], ['3', '2', '1']],
		// Without what only leads into it.
		[{ 1: ['2'], 2: ['3'], 3: ['2'] }, ['1'], ['3', '2']],
		[{ 1: [], 2: ['3'], 3: ['2'] }, ['1', '2'], ['3', '2']],
		[{ 1: ['2', '3'], 2: [], 3: ['3'] }, ['1'], ['3']],
		// Not where it is not looked for, nor through what is not there.
		[{ 1: [], 2: ['2'] }, ['1'], undefined],
		[{ 1: ['gone'] }, ['1', 'gone'], undefined],
		// What two take is no circle.
		[{ save: ['left', 'right'], left: ['base'], right: ['base'], base: [] }, ['save'], undefined],
		[{ 1: ['2'], 2: [] }, ['2', '1'], undefined],
		[{ 1: ['2'], 2: [] }, [], undefined],
	])('in %j, from %j: %j', (links, ids, cycle) => {
		expect(findCycle(graph(links), ids)).toEqual(cycle);
	});
});
