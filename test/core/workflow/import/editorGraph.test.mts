import { describe, expect, it } from '@jest/globals';
import { type EditorNode, readEditorWorkflow } from '../../../../core/workflow/import/editor/graph';
import { promotedValue } from '../../../../core/workflow/import/editor/values';

const read = (given: Record<string, unknown>) => readEditorWorkflow(given).root;
const nodeOf = (more: object) => read({ nodes: [{ id: 1, type: 'A', ...more }] }).nodes.get('1');

describe('a node of the editor', () => {
	it('is read as far as it is there', () => {
		expect(nodeOf({})).toEqual({
			id: '1',
			classType: 'A',
			title: 'A',
			state: 'active',
			inputs: [],
			outputs: [],
			values: undefined,
			named: undefined,
			properties: {},
		});
		const slot = { name: 'clip', type: 'CLIP', link: 7, widget: { name: 'clip' } };
		const more = {
			title: 'Mine',
			inputs: [slot, {}],
			outputs: [{ type: 7, widget: true }],
			widgets_values: [1],
			widgets_values_named: { a: 1 },
			properties: { b: 2 },
		};
		expect(nodeOf(more)).toMatchObject({
			title: 'Mine',
			inputs: [
				{ name: 'clip', type: 'CLIP', link: '7', widget: true },
				{ name: '', type: '*', link: undefined, widget: false },
			],
			outputs: [{ name: '', type: '*', link: undefined, widget: false }],
			values: [1],
			named: { a: 1 },
			properties: { b: 2 },
		});
		expect(nodeOf({ title: '', widgets_values_named: [1], properties: null })).toMatchObject({
			title: 'A',
			named: undefined,
			properties: {},
		});
	});

	it.each([
		[0, 'active'],
		[2, 'muted'],
		['2', 'muted'],
		[4, 'bypassed'],
		[3, 'active'],
		[undefined, 'active'],
	])('in mode %s is %s', (mode, state) => expect(nodeOf({ mode })?.state).toBe(state));

	it('has an id and a type', () => {
		const nodes = [{ id: 1 }, { type: 'A' }, { id: '', type: 'A' }, { id: 'x', type: 'A' }, 7];
		expect([...read({ nodes }).nodes.keys()]).toEqual(['x']);
	});
});

describe('a link of the editor', () => {
	it.each<[unknown, object]>([
		[[[4, 1, 2, 9, 0]], { 4: { node: '1', slot: 2 } }],
		[[['4', '1', '2', 9, 0]], { 4: { node: '1', slot: 2 } }],
		[[{ id: 4, origin_id: 1, origin_slot: 2 }], { 4: { node: '1', slot: 2 } }],
		[{ x: [4, 1, 2] }, { 4: { node: '1', slot: 2 } }],
		[[[null, 1, 2, 9, 0]], {}],
		[[[4, null, 2, 9, 0]], {}],
		['none', {}],
	])('%j begins at %j', (links, origins) => {
		expect(Object.fromEntries(read({ nodes: [], links }).links)).toEqual(origins);
	});
});

describe('a subgraph of the editor', () => {
	const readSub = (more: object) =>
		readEditorWorkflow({ definitions: { subgraphs: [{ id: 'sub', ...more }] } }).subgraphs.get(
			'sub',
		);
	const links = [
		[1, 5, 0, -20, 1],
		[2, 6, 3, 'out', 0],
		[3, 7, 0, 8, 0],
	];

	it('ends where it says, or at -10 and -20', () => {
		expect(readSub({ links })).toMatchObject({ inputNode: '-10' });
		expect(Object.fromEntries(readSub({ links })?.outputs ?? [])).toEqual({
			1: { node: '5', slot: 0 },
		});
		const own = readSub({ links, inputNode: { id: 'in' }, outputNode: { id: 'out' } });
		expect(own).toMatchObject({ inputNode: 'in' });
		expect(Object.fromEntries(own?.outputs ?? [])).toEqual({ 0: { node: '6', slot: 3 } });
	});

	it('has names for its inputs', () => {
		expect(readSub({ inputs: [{ name: 'a' }, {}, null] })?.inputs).toEqual([
			...['a', undefined, undefined],
		]);
	});

	it('may be defined within another; the first of one id counts', () => {
		const inner = { id: 2, inputs: [{ name: 'first' }] };
		const again = { id: 2, inputs: [{ name: 'second' }] };
		const outer = { id: 1, definitions: { subgraphs: [inner] } };
		const { subgraphs } = readEditorWorkflow({
			definitions: { subgraphs: [outer, { inputs: [] }, again] },
		});
		expect([...subgraphs.keys()]).toEqual(['1', '2']);
		expect(subgraphs.get('2')?.inputs).toEqual(['second']);
		const nested = readEditorWorkflow({ definitions: { subgraphs: [outer] } }).subgraphs;
		expect(nested.get('2')?.inputs).toEqual(['first']);
	});
});

describe('a variable of the editor', () => {
	it('is set by the first node that has its name', () => {
		const set = (id: number, type: string, widgets_values: unknown) => ({
			id,
			type,
			widgets_values,
		});
		const { setters } = read({
			nodes: [
				set(1, 'GetNode', ['a']),
				set(2, 'SetNode', ['a']),
				set(3, 'easy setNode', ['b']),
				set(4, 'SetNode', ['a']),
				set(5, 'SetNode', { 0: 'c' }),
			],
		});
		expect([...setters].map(([name, { id }]) => [name, id])).toEqual([
			...[
				['a', '2'],
				['b', '3'],
				[undefined, '5'],
			],
		]);
	});
});

describe('a value that the node of a subgraph holds', () => {
	const of = (input: string, more: object, widgets = ['a', 'b']) => {
		const inputs = ['link', ...widgets].map((name) => ({
			name,
			type: '*',
			...(name === 'link' ? {} : { widget: {} }),
		}));
		return promotedValue(nodeOf({ inputs, ...more }) as EditorNode, input);
	};
	const list = (...widgets_values: unknown[]) => ({ widgets_values });
	const proxies = (proxyWidgets: unknown) => ({ properties: { proxyWidgets } });

	it('is the one of that name', () => {
		const named = { widgets_values_named: { a: 1, b: null }, widgets_values: [5, 6, 7] };
		expect(of('a', named)).toBe(1);
		expect(of('b', named)).toBeUndefined();
		expect(of('c', named, ['a', 'b', 'c'])).toBe(7);
	});

	it('is the one in its place', () => {
		expect([of('a', list(1, 2)), of('b', list(1, 2)), of('link', list(1, 2))]).toEqual([
			...[1, 2, undefined],
		]);
		expect([of('b', list(1)), of('b', list(1, null)), of('a', {})]).toEqual([
			...[undefined, undefined, undefined],
		]);
	});

	it('stands behind what comes after a seed, if there is room for that', () => {
		expect(of('b', list(1, 'fixed', 2))).toBe(2);
		expect(of('b', list(1, 'fixed'))).toBe('fixed');
		expect(of('b', list(1, 'other', 2))).toBe('other');
		expect(of('c', list(1, 2, 'randomize', 3), ['a', 'b', 'c'])).toBe(3);
	});

	it.each([
		[
			[
				['-1', 'b'],
				['-1', 'a'],
			],
			2,
		],
		[
			[
				[-1, 'b'],
				[-1, 'a'],
			],
			2,
		],
		['[["-1", "b"], ["-1", "a"]]', 2],
		[
			[
				['3', 'a'],
				['-1', 'a'],
			],
			2,
		],
		[[['3', 'a']], undefined],
		[[7, ['-1', 'a']], 2],
		[[], 1],
		['[', 1],
		['{}', 1],
		[7, 1],
	])('stands where an older editor says: %j', (proxyWidgets, value) => {
		expect(of('a', { ...list(1, 2), ...proxies(proxyWidgets) })).toBe(value);
	});
});
