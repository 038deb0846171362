// Where the input `in` of node 9 gets its value from; links.test.mts has whole workflows.
import { describe, expect, it } from '@jest/globals';
import { readEditorWorkflow } from '../../../../core/workflow/import/editor/graph';
import { placeNodes } from '../../../../core/workflow/import/editor/scopes';
import { type Source, sourceOf } from '../../../../core/workflow/import/editor/source';
import { type LinkRow, node, type NodeFacts, subgraph } from '../../support/editorClasses.mts';

const BYPASSED = { mode: 4 };
const MUTED = { mode: 2 };

function sourceIn(nodes: object[], links: LinkRow[], subgraphs: object[] = []) {
	const editor = readEditorWorkflow({ nodes, links, definitions: { subgraphs } });
	const placed = placeNodes(editor).find(({ node: { id } }) => id === '9');
	const input = placed?.node.inputs.find(({ name }) => name === 'in');
	if (!placed || !input) throw new Error('There is no such input');
	return sourceOf(placed, input, editor.subgraphs);
}

/** Of an input that output `slot` of node 5 feeds. */
function source(
	five: object,
	slot = 0,
	type = 'B',
	links: LinkRow[] = [],
	more: object[] = [],
): Source {
	const nine = node(9, 'Target', { inputs: [['in', type, 7]] });
	return sourceIn(
		[nine, five, node(1, 'First'), node(2, 'Second'), ...more],
		[
			...[[1, 1, 0, 5, 0] as LinkRow, [2, 2, 3, 5, 1] as LinkRow, [7, 5, slot, 9, 0] as LinkRow],
			...links,
		],
	);
}

const FIRST: Source = { link: ['1', 0] };
const SECOND: Source = { link: ['2', 3] };

describe('an input', () => {
	it('is its own if nothing is linked', () => {
		const nine = (link: number | null) => node(9, 'Target', { inputs: [['in', 'B', link]] });
		expect(sourceIn([nine(null)], [])).toBe('own');
		expect(sourceIn([nine(7)], [[8, 1, 0, 9, 0]])).toBe('own');
	});

	it.each<[string, object, Source]>([
		['a node that runs', node(5, 'A'), { link: ['5', 4] }],
		['a node that is muted', node(5, 'A', MUTED), 'gone'],
		['a node that is not there', node(6, 'A'), 'gone'],
		['a note', node(5, 'Note'), 'own'],
		['a node that sends to all', node(5, 'Anything Everywhere'), 'own'],
		['a group node', node(5, 'workflow>A'), { problem: 'is fed by the group node 5' }],
		['a primitive', node(5, 'PrimitiveNode', { values: [640, 'fixed'] }), { value: 640 }],
		['a primitive without a value', node(5, 'PrimitiveNode', { values: [] }), 'own'],
		['a broken primitive', node(5, 'PrimitiveNode', { values: { 0: 640 } }), 'own'],
		['a reroute', node(5, 'Reroute', { inputs: [['', '*', 1]] }), FIRST],
		['a muted reroute', node(5, 'Reroute', { ...MUTED, inputs: [['', '*', 1]] }), FIRST],
		['an empty reroute', node(5, 'Reroute'), 'own'],
	])('that %s feeds', (_what, five, expected) => expect(source(five, 4)).toEqual(expected));

	it('that a circle feeds is told so', () => {
		const loop = node(5, 'Reroute', { inputs: [['', '*', 8]] });
		expect(source(loop, 0, 'B', [[8, 5, 0, 5, 0]])).toEqual({
			problem: 'has an input in that is fed by a circle of links',
		});
	});
});

describe('a bypassed node hands on', () => {
	/** The types of its inputs, of which the first two are linked, and of its outputs. */
	it.each<[what: string, inputs: string, outputs: string, slot: number, type: string, Source]>([
		['the input of the same type', 'A B', 'B', 0, 'B', SECOND],
		['the one in its place first', 'B B', 'B B', 1, 'B', SECOND],
		['the first one of that type', 'B B', 'X X B', 2, 'B', FIRST],
		['one of several types', 'A c,b', 'B', 0, 'B', SECOND],
		['one of any type', 'A *', 'B', 0, 'B', SECOND],
		['the same type before one that would do', '* B', 'X X B', 2, 'B', SECOND],
		['what fits an output that is not told', 'A B', '', 1, 'B', SECOND],
		['to any type the one in its place', 'A B', 'A B', 1, '*', SECOND],
		['to any type the first, if there is none', 'A B', '', 2, '*', FIRST],
		['nothing if nothing fits', 'A', 'B', 0, 'B', 'own'],
		['nothing that fits only one end', 'A', 'A', 0, 'B', 'own'],
		['nothing if it has no inputs', '', 'B', 0, '*', 'own'],
	])('%s', (_what, inputs, outputs, slot, type, expected) => {
		const types = (text: string) => text.split(' ').filter(Boolean);
		const facts: NodeFacts = {
			...BYPASSED,
			inputs: types(inputs).map((kind, index) => [`in${index}`, kind, index + 1]),
			outputs: types(outputs),
		};
		expect(source(node(5, 'A', facts), slot, type)).toEqual(expected);
	});
});

describe('a variable', () => {
	const get = (values: unknown) => node(5, 'GetNode', { values });
	const set = (facts: NodeFacts) => node(6, 'SetNode', facts);
	const from = (five: object, six: object) => source(five, 0, 'B', [], [six]);

	it('has what its setter gets', () => {
		const setter = set({ inputs: [['B', 'B', 2]], values: ['x'] });
		expect(from(get(['x']), setter)).toEqual(SECOND);
		expect(from(get(['y']), setter)).toEqual({
			problem: 'gets the variable "y", which no node sets',
		});
		expect(from(get({ 0: 'x' }), setter)).toEqual({
			problem: 'gets the variable "", which no node sets',
		});
	});

	it('is not set by a node without an input', () => {
		expect(from(get(['x']), set({ values: ['x'] }))).toHaveProperty('problem');
	});
});

describe('a subgraph', () => {
	const id = 'sub';
	const target = node(9, 'Target', { inputs: [['in', 'B', 7]] });
	/** Node 9 stands in it, fed by its only input. */
	const inner = (inputs: [string, string][], slot = 0) =>
		subgraph(id, { inputs, nodes: [target], links: [[7, -10, slot, 9, 0]] });
	const outer = (facts: NodeFacts) => node(5, id, facts);
	const through = (facts: NodeFacts, inputs: [string, string][] = [['x', 'B']], slot = 0) =>
		sourceIn([outer(facts), node(1, 'First')], [[1, 1, 0, 5, 0]], [inner(inputs, slot)]);

	it('hands in what its node gets', () => {
		expect(through({ inputs: [['x', 'B', 1]] })).toEqual(FIRST);
		expect(through({ inputs: [['x', 'B', 1, true]], values: [5] })).toEqual(FIRST);
	});

	it('hands in the value that its node holds', () => {
		expect(through({ inputs: [['x', 'B', null, true]], values: [5] })).toEqual({ value: 5 });
		expect(through({ inputs: [['x', 'B', null, true]] })).toBe('own');
		expect(through({ widgets_values_named: { x: 5 } })).toEqual({ value: 5 });
		expect(through({ values: [5] })).toBe('own');
		expect(through({ inputs: [['x', 'B', 1]] }, [['x', 'B']], 3)).toBe('own');
	});

	it('hands out what it has at that place', () => {
		const giving = subgraph(id, {
			nodes: [node(3, 'A')],
			links: [[8, 3, 2, -20, 1]],
		});
		const from = (slot: number) => sourceIn([target, outer({})], [[7, 5, slot, 9, 0]], [giving]);
		expect(from(1)).toEqual({ link: ['5:3', 2] });
		expect(from(0)).toBe('own');
		expect(sourceIn([target, outer(MUTED)], [[7, 5, 1, 9, 0]], [giving])).toBe('gone');
	});
});

describe('the nodes that may run', () => {
	const chain = (levels: number) =>
		Array.from({ length: levels }, (_, level) =>
			subgraph(`level ${level}`, {
				nodes: [node(1, level === levels - 1 ? 'A' : `level ${level + 1}`)],
				links: [],
			}),
		);
	const placeIn = (levels: number, facts: NodeFacts = {}) =>
		placeNodes(
			readEditorWorkflow({
				nodes: [node(7, 'level 0', facts), node(8, 'A', MUTED)],
				definitions: { subgraphs: chain(levels) },
			}),
		).map(({ scope, node: { id } }) => `${scope.prefix}${id}`);

	it('have the ids of all that stands around them', () => {
		expect(placeIn(2)).toEqual(['7:1:1', '8']);
	});

	it('are not those of a subgraph that is muted or bypassed', () => {
		expect(placeIn(2, MUTED)).toEqual(['8']);
		expect(placeIn(2, BYPASSED)).toEqual(['8']);
	});

	it('stand in no more than 32 subgraphs within one another', () => {
		expect(placeIn(32)).toHaveLength(2);
		expect(() => placeIn(33)).toThrow(/contain themselves/);
	});

	it('are no more than 20,000', () => {
		const many = (count: number) =>
			readEditorWorkflow({ nodes: Array.from({ length: count }, (_, index) => node(index, 'A')) });
		expect(placeNodes(many(20_000))).toHaveLength(20_000);
		expect(() => placeNodes(many(20_001))).toThrow(/more than 20000 nodes/);
	});
});
