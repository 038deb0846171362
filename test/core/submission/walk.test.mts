import { describe, expect, it } from '@jest/globals';
import { findCycle, reachedFrom } from '../../../core/submission/checkWorkflow';

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

	it('are few where a node has no inputs at all', () => {
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
