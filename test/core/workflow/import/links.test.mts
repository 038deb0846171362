import { describe, expect, it } from '@jest/globals';
import { classTypesOfEditor, convertEditor } from '../../../../core/workflow/import/editor/convert';
import {
	asObject,
	INFO,
	type LinkRow,
	node,
	subgraph,
	workflow,
} from '../../support/editorClasses.mts';

const convert = (given: Record<string, unknown>) => convertEditor(given, INFO);

const LOADER = node(1, 'Loader', { values: ['a.safetensors'], outputs: ['MODEL', 'CLIP', 'VAE'] });

function encode(link: number | null, id: number | string = 9) {
	return node(id, 'Encode', { inputs: [['clip', 'CLIP', link]], values: ['a cat'] });
}

/** Node 9 of a workflow in which 1 loads a model: what its input `clip` gets. */
const clipOf = (nodes: object[], links: LinkRow[], further: object = {}) =>
	convert(workflow([LOADER, ...nodes], links, further))['9']?.inputs['clip'];

describe('links', () => {
	it('lead to the graph that ComfyUI runs', () => {
		expect(convert(workflow([LOADER, encode(4)], [[4, 1, 1, 9, 0, 'CLIP']]))).toEqual({
			'1': { inputs: { name: 'a.safetensors' }, class_type: 'Loader', _meta: { title: 'Loader' } },
			'9': {
				inputs: { text: 'a cat', clip: ['1', 1] },
				class_type: 'Encode',
				_meta: { title: 'Encode' },
			},
		});
	});

	it.each<[string, unknown]>([
		['a list of objects', [asObject([4, 1, 1, 9, 0])]],
		['an object', { '4': asObject([4, 1, 1, 9, 0]) }],
		['an object of lists', { '4': [4, 1, 1, 9, 0, 'CLIP'] }],
	])('as %s', (_what, links) => {
		expect(clipOf([encode(4)], [], { links })).toEqual(['1', 1]);
	});

	it('name a node as the user did, or as ComfyUI shows its class', () => {
		const titles = convert(workflow([node(1, 'Save'), node(2, 'Save', { title: 'Result' })]));
		expect(Object.values(titles).map(({ _meta }) => _meta?.title)).toEqual([
			'Save Picture',
			'Result',
		]);
	});

	it.each<[string, object[], LinkRow[]]>([
		[
			'reroutes',
			[
				node(2, 'Reroute', { inputs: [['', '*', 4]], outputs: ['CLIP'] }),
				node(3, 'Reroute (rgthree)', { inputs: [['', '*', 5]], outputs: ['CLIP'] }),
				encode(6),
			],
			[
				[4, 1, 1, 2, 0],
				[5, 2, 0, 3, 0],
				[6, 3, 0, 9, 0],
			],
		],
		[
			'variables',
			[
				node(2, 'SetNode', { inputs: [['CLIP', 'CLIP', 4]], outputs: ['*'], values: ['my clip'] }),
				node(3, 'GetNode', { outputs: ['CLIP'], values: ['my clip'] }),
				encode(6),
			],
			[
				[4, 1, 1, 2, 0],
				[6, 3, 0, 9, 0],
			],
		],
		[
			'the output of a node that sets a variable',
			[node(2, 'SetNode', { inputs: [['CLIP', 'CLIP', 4]], values: ['x'] }), encode(6)],
			[
				[4, 1, 1, 2, 0],
				[6, 2, 0, 9, 0],
			],
		],
		[
			'bypassed nodes, by the type of their inputs',
			[
				node(2, 'Patch', {
					mode: 4,
					inputs: [
						['strength', 'FLOAT', null, true],
						['model', 'MODEL', 4],
						['clip', 'CLIP', 5],
					],
					outputs: ['MODEL', 'CLIP'],
				}),
				encode(6),
			],
			[
				[4, 1, 0, 2, 1],
				[5, 1, 1, 2, 2],
				[6, 2, 1, 9, 0],
			],
		],
		[
			'a bypassed node of a class that nobody knows',
			[node(2, 'Unknown', { mode: 4, inputs: [['a', '*', 5]], outputs: ['*'] }), encode(6)],
			[
				[5, 1, 1, 2, 0],
				[6, 2, 0, 9, 0],
			],
		],
	])('through %s', (_what, nodes, links) => {
		expect(clipOf(nodes, links)).toEqual(['1', 1]);
	});

	it.each<[string, object[], LinkRow[]]>([
		[
			'a muted node',
			[node(2, 'Patch', { mode: 2, outputs: ['MODEL', 'CLIP'] }), encode(6)],
			[[6, 2, 1, 9, 0]],
		],
		['a node that is not there', [encode(6)], [[6, 77, 1, 9, 0]]],
		['a link that is not there', [encode(6)], []],
		[
			'a bypassed node with no such input',
			[node(2, 'Loader', { mode: 4, outputs: ['MODEL', 'CLIP'] }), encode(6)],
			[[6, 2, 1, 9, 0]],
		],
		['an empty reroute', [node(2, 'Reroute'), encode(6)], [[6, 2, 0, 9, 0]]],
	])('to %s are left out', (_what, nodes, links) => {
		expect(clipOf(nodes, links)).toBeUndefined();
	});

	it('of a primitive give its value', () => {
		const nodes = [
			node(2, 'PrimitiveNode', { outputs: ['INT'], values: [640, 'randomize'] }),
			node(3, 'Reroute', { inputs: [['', '*', 4]], outputs: ['INT'] }),
			node(9, 'Latent', {
				inputs: [
					['width', 'INT', 5, true],
					['height', 'INT', 6, true],
				],
				values: [1, 2],
			}),
		];
		const links: LinkRow[] = [
			[4, 2, 0, 3, 0],
			[5, 3, 0, 9, 0],
			[6, 2, 0, 9, 1],
		];
		expect(convert(workflow(nodes, links))).toEqual({
			'9': {
				inputs: { width: 640, height: 640 },
				class_type: 'Latent',
				_meta: { title: 'Latent' },
			},
		});
	});

	it('leave out notes, muted nodes, and what only the editor shows', () => {
		const nodes = [
			LOADER,
			node(2, 'Note', { values: ['read me'] }),
			node(3, 'MarkdownNote', { values: ['read me'] }),
			node(4, 'Encode', { mode: 2 }),
			node(5, 'Fast Groups Bypasser (rgthree)', { outputs: ['*'] }),
			node(6, 'Clock on the wall'),
		];
		expect(Object.keys(convert(workflow(nodes)))).toEqual(['1']);
		expect(classTypesOfEditor(workflow(nodes))).toEqual(['Loader', 'Encode', 'Clock on the wall']);
	});
});

describe('subgraphs', () => {
	const id = '0d1f2a3b-0000-4000-8000-000000000001';
	const deeper = '0d1f2a3b-0000-4000-8000-000000000002';
	const text: [string, string] = ['text', 'STRING'];
	const clip: [string, string] = ['clip', 'CLIP'];
	const inner = subgraph(id, {
		inputs: [clip, text],
		outputs: [['CONDITIONING', 'CONDITIONING']],
		nodes: [
			node(3, 'Encode', {
				inputs: [
					['clip', 'CLIP', 1],
					['text', 'STRING', 2, true],
				],
				outputs: ['CONDITIONING'],
				values: ['inner'],
			}),
		],
		links: [
			[1, -10, 0, 3, 0, 'CLIP'],
			[2, -10, 1, 3, 1, 'STRING'],
			[3, 3, 0, -20, 0, 'CONDITIONING'],
		],
	});
	const instance = (further: object = {}) =>
		node(5, id, {
			inputs: [
				['clip', 'CLIP', 4],
				['text', 'STRING', null, true],
			],
			outputs: ['CONDITIONING'],
			...further,
		});
	const save = node(6, 'Save', { inputs: [['images', 'LATENT', 7]], values: ['x'] });
	const links: LinkRow[] = [
		[4, 1, 1, 5, 0, 'CLIP'],
		[7, 5, 0, 6, 0, 'CONDITIONING'],
	];
	const open = (...nodes: object[]) =>
		convert(workflow([LOADER, ...nodes, save], links, { definitions: { subgraphs: [inner] } }));

	it('are opened, links lead in and out', () => {
		const graph = open(instance());
		expect(graph['5:3']?.inputs).toEqual({ text: 'inner', clip: ['1', 1] });
		expect(graph['6']?.inputs['images']).toEqual(['5:3', 0]);
	});

	it.each<[string, object, string]>([
		['in its list', { values: ['outer'] }, 'outer'],
		['by name', { values: ['no'], widgets_values_named: { text: 'outer' } }, 'outer'],
		[
			'in the order of older editors',
			{
				values: [7, 'fixed', 'outer'],
				properties: {
					proxyWidgets: [
						['3', 'seed'],
						['-1', 'text'],
					],
				},
			},
			'outer',
		],
		[
			'in that order as text',
			{ values: ['outer'], properties: { proxyWidgets: '[["-1","text"]]' } },
			'outer',
		],
		['not at all', { values: [], properties: { proxyWidgets: [['3', 'text']] } }, 'inner'],
		['in a broken property', { properties: { proxyWidgets: '[[' } }, 'inner'],
	])(
		'show an inner widget, its value held by the node that stands for them %s',
		(_how, facts, expected) => {
			expect(open(instance(facts))['5:3']?.inputs['text']).toBe(expected);
		},
	);

	it('do not run where the node is muted, and hand on where it is bypassed', () => {
		expect(Object.keys(open(instance({ mode: 2 })))).toEqual(['1', '6']);
		const passed = [[7, 5, 0, 6, 0, 'CLIP']] as LinkRow[];
		const bypassed = node(5, id, { mode: 4, inputs: [['clip', 'LATENT', 4]], outputs: ['LATENT'] });
		const graph = convert(
			workflow([LOADER, bypassed, save], [[4, 1, 1, 5, 0], ...passed], {
				definitions: { subgraphs: [inner] },
			}),
		);
		expect(graph['6']?.inputs['images']).toEqual(['1', 1]);
	});

	it('stand within one another, also with values and variables from outside', () => {
		const middle = subgraph(deeper, {
			inputs: [['shown', 'STRING']],
			outputs: [['out', 'CONDITIONING']],
			nodes: [
				node(2, 'GetNode', { outputs: ['CLIP'], values: ['my clip'] }),
				node(4, id, {
					inputs: [
						['clip', 'CLIP', 8],
						['text', 'STRING', 9, true],
					],
					outputs: ['CONDITIONING'],
					values: ['middle'],
				}),
			],
			links: [
				[8, 2, 0, 4, 0],
				[9, -10, 0, 4, 1],
				[10, 4, 0, -20, 0],
			],
		});
		const setter = node(2, 'SetNode', { inputs: [['CLIP', 'CLIP', 4]], values: ['my clip'] });
		const outer = (values: unknown[]) =>
			node(5, deeper, {
				inputs: [['shown', 'STRING', null, true]],
				outputs: ['CONDITIONING'],
				values,
			});
		const graph = (values: unknown[]) =>
			convert(
				workflow(
					[LOADER, setter, outer(values), save],
					[
						[4, 1, 1, 2, 0],
						[7, 5, 0, 6, 0],
					],
					{
						definitions: { subgraphs: [middle, inner] },
					},
				),
			);
		expect(graph(['outer'])['5:4:3']?.inputs).toEqual({ text: 'outer', clip: ['1', 1] });
		expect(graph([])['5:4:3']?.inputs).toEqual({ text: 'middle', clip: ['1', 1] });
		expect(graph([])['6']?.inputs['images']).toEqual(['5:4:3', 0]);
	});
});
