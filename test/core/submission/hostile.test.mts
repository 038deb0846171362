// Pathological graphs cause bounded work and a clear message.
import { describe, expect, it } from '@jest/globals';
import { AccountCache, parseWorkflow } from '../../../core/index';
import { clientOf, errorOf } from '../support/virtualHost.mts';
import { GRAPH, node, nodes, service } from '../support/workflows.mts';
import { submission } from './rig.mts';

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

const GRAPHS: [string, unknown, RegExp][] = [
	['a node that feeds itself', one({ images: ['1', 0], filename_prefix: '' }), /in a circle/],
	['a circle of 10,000 nodes', chain(1), /in a circle: .* → …/],
	['a chain of nodes', { ...chain(99_999), s: save({ images: ['1', 0] }) }, /50 problems/],
	['10,000 outputs', nodes(10_000, () => save({})), /50 problems.*and 30 more/],
	['unknown classes', nodes(10_000, (n) => node(`C${n}`)), /no node class/],
	['dangling links', nodes(10_000, () => save({ images: ['none', 0] })), /links to a node that is/],
	['10,000 inputs of one node', one(LINKS), /not there/],
	['an id of 1 MB', { [`${'9'.repeat(1_000_000)}`]: save({ images: ['1', 0] }) }, /9…/],
	[
		'the ids of every object',
		{ constructor: save({ images: ['toString', 0] }), valueOf: save({}) },
		/no node "toString"/,
	],
	[
		'classes that every object has',
		{ 1: classed('constructor'), 2: classed('__proto__') },
		/no node class "constructor"/,
	],
	['inputs that are a list', { 1: classed('SaveImage', [['1', 0]]) }, /inputs of node "1"/],
	[
		'links to odd outputs',
		{ ...GRAPH, 9: save({ images: ['8', -1e9], filename_prefix: 'x' }) },
		/links to output -1000000000 of node 8/,
	],
	['a title in every script', one({}, { _meta: { title: '保存🖼️ \u202e حفظ' } }), /保存/],
	['values nested 20,000 deep', one({ images: JSON.parse(deep(20_000)) as unknown }), /./],
];

/** The message of the refusal. */
async function messageOf(graph: unknown) {
	const { readWorkflow } = new AccountCache().reader(clientOf(service()).client);
	const sent = async () => submission({ workflow: parseWorkflow(graph) }, readWorkflow);
	return (await errorOf(sent())).message;
}

describe('a hostile graph', () => {
	it.each(GRAPHS)('%s', async (_what, graph, message) => {
		const refused = await messageOf(graph);
		expect(refused).toMatch(message);
		expect(refused.length).toBeLessThan(12_000);
	});
});
