// Pathological graphs cause bounded work and a clear message.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../core/comfyui/checkOverrides';
import { checkWorkflow } from '../../../core/comfyui/checkWorkflow';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import {
	AccountCache,
	describeInputs,
	parseOverrides,
	parseWorkflow,
	type RunComfyError,
	type WorkflowApiJson,
} from '../../../core/index';
import { clientOf } from '../support/virtualHost.mts';
import { GRAPH, node, nodes, OBJECT_INFO, readInfo, service, V3 } from '../support/workflows.mts';
import { field, submission } from './rig.mts';

const INFO = readInfo(OBJECT_INFO);

/** 10,000 nodes, each linked to the next. */
const chain = (last: number) =>
	nodes(10_000, (number) => {
		const next = number === 10_000 ? last : number + 1;
		return node('VAEDecode', { samples: [`${next}`, 0] });
	});

const save = (inputs: Record<string, unknown>) => node('SaveImage', inputs);
const deep = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

/** A workflow of one node that saves a picture. */
const one = (inputs: Record<string, unknown>, more: object = {}) => ({
	1: { ...save(inputs), ...more },
});
const classed = (class_type: string, inputs: unknown = {}) => ({ class_type, inputs });
const LINKS = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`i${n}`, ['x', 0]]));
const PROTO = JSON.parse('{"__proto__": ["hasOwnProperty", 0]}') as Record<string, unknown>;
const PROMPT = { text: 'x'.repeat(10_000_000), clip: ['4', 1] };

/** The graph, and the refusal; undefined if it may pass. */
const GRAPHS: [string, unknown, RegExp | undefined][] = [
	['a node that feeds itself', one({ images: ['1', 0], filename_prefix: '' }), /in a circle/],
	['a circle of 10,000 nodes', chain(1), /in a circle: .* → …/],
	['a chain of nodes', { ...chain(99_999), s: save({ images: ['1', 0] }) }, /50 problems/],
	['10,000 outputs', nodes(10_000, () => save({})), /50 problems.*and 30 more/],
	['unknown classes', nodes(10_000, (n) => node(`C${n}`)), /no node class/],
	['dangling links', nodes(10_000, () => save({ images: ['none', 0] })), /links to a node that is/],
	['10,000 inputs of one node', one(LINKS), /not there/],
	['a prompt of 10 MB', { ...GRAPH, 6: classed('CLIPTextEncode', PROMPT) }, undefined],
	['a class of 10 MB', { 1: classed('x'.repeat(10_000_000)) }, /no node class "x+…"/],
	['an id of 1 MB', { [`${'9'.repeat(1_000_000)}`]: save({ images: ['1', 0] }) }, /9…/],
	['a title of 1 MB', one({}, { _meta: { title: 't'.repeat(1_000_000) } }), /t…/],
	[
		'the id __proto__',
		Object.fromEntries([['__proto__', save({ images: ['__proto__', 0] })]]),
		/in a circle|filename/,
	],
	[
		'the ids of every object',
		{ constructor: save({ images: ['toString', 0] }), valueOf: save({}) },
		/no node "toString"/,
	],
	['the input __proto__', one(PROTO), /not there/],
	[
		'classes that every object has',
		{ 1: classed('constructor'), 2: classed('__proto__') },
		/no node class "constructor"/,
	],
	['inputs that are a list', { 1: classed('SaveImage', [['1', 0]]) }, /inputs of node "1"/],
	['inputs that are a text', { 1: classed('SaveImage', 'images') }, /inputs of node "1"/],
	['links of odd forms', one({ images: ['1'], filename_prefix: ['1', '0'] }), /1 · SaveImage/],
	[
		'links to odd outputs',
		{ ...GRAPH, 9: save({ images: ['8', -1e9], filename_prefix: 'x' }) },
		/links to output -1000000000 of node 8/,
	],
	[
		'a title of HTML',
		one({ images: ['2', 0] }, { _meta: { title: '<img src=x onerror=alert(1)>' } }),
		/no node "2"/,
	],
	['a title in every script', one({}, { _meta: { title: '保存🖼️ \u202e حفظ' } }), /保存/],
	['a title that is none', one({}, { _meta: 'title' }), /1 · SaveImage/],
	['values nested 20,000 deep', one({ images: JSON.parse(deep(20_000)) as unknown }), /./],
];

/** The message of the refusal; undefined if there is none. */
async function messageOf(graph: unknown) {
	const { readWorkflow } = new AccountCache().reader(clientOf(service()).client);
	try {
		await submission({ workflow: parseWorkflow(graph) }, readWorkflow);
	} catch (error) {
		expect(error).toMatchObject({ name: 'RunComfyError', retryable: false });
		return (error as RunComfyError).message;
	}
	return undefined;
}

describe('a hostile graph', () => {
	it.each(GRAPHS)('%s', async (_what, graph, message) => {
		const refused = await messageOf(graph);
		expect(refused).toEqual(message && expect.stringMatching(message));
		expect(refused?.length ?? 0).toBeLessThan(12_000);
	});

	it.each(GRAPHS)('%s: as the workflow of a deployment', (_what, graph) => {
		const workflow = Object.fromEntries(
			Object.entries(graph as WorkflowApiJson).filter(
				([, node]) => typeof node.class_type === 'string',
			),
		);
		const overrides = { '1': { inputs: { images: 'x', text: 'a cat' } } };
		for (const info of [INFO, {}]) {
			expect(checkWorkflow(new KnownGraph(workflow, info)).length).toBeLessThanOrEqual(50);
			expect(checkOverrides(new KnownGraph(workflow, info, overrides)).length).toBeLessThanOrEqual(
				50,
			);
			expect(Array.isArray(describeInputs(workflow, info))).toBe(true);
		}
	});

	it('of overrides for 10,000 missing nodes is short', () => {
		const text = JSON.stringify(nodes(10_000, () => ({ inputs: { a: 1 } }) as never));
		expect(checkOverrides(new KnownGraph(GRAPH, INFO, parseOverrides(text)))).toHaveLength(50);
	});

	it('with 1,000 overrides of one node, reads that node and its class a few times for each', async () => {
		let reads = 0;
		const counted = <T extends object>(value: T) =>
			new Proxy(value, { get: (of, key) => ((reads += 1), Reflect.get(of, key) as unknown) });
		const inputs = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`x${n}`, n]));
		const definitions = V3['PaintingPartner']!.inputs.map(counted);
		const info = { PaintingPartner: { inputs: definitions, outputs: [] } };
		const workflow = { 1: node('PaintingPartner', counted({ ...inputs, model: 'none' })) };
		const fields = Object.keys(inputs).map((input) => field(`1.${input}`, 7));
		const known = { workflow, info, warnings: [] };
		await submission({ overrides: { 1: { inputs } } }, known);
		await submission({ fields }, known);
		expect(reads).toBeLessThan(50_000);
	});
});
