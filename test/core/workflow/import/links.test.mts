import { describe, expect, it } from '@jest/globals';
import { classTypesOfEditor, convertEditor } from '../../../../core/parsers';
import {
	asObject,
	INFO,
	type LinkRow,
	node,
	wires,
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
			wires('4: 1.1 > 2.0, 5: 2.0 > 3.0, 6: 3.0 > 9.0'),
		],
		[
			'variables',
			[
				node(2, 'SetNode', { inputs: [['CLIP', 'CLIP', 4]], outputs: ['*'], values: ['my clip'] }),
				node(3, 'GetNode', { outputs: ['CLIP'], values: ['my clip'] }),
				encode(6),
			],
			wires('4: 1.1 > 2.0, 6: 3.0 > 9.0'),
		],
		[
			'the output of a node that sets a variable',
			[node(2, 'SetNode', { inputs: [['CLIP', 'CLIP', 4]], values: ['x'] }), encode(6)],
			wires('4: 1.1 > 2.0, 6: 2.0 > 9.0'),
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
			wires('4: 1.0 > 2.1, 5: 1.1 > 2.2, 6: 2.1 > 9.0'),
		],
		[
			'a bypassed node of a class that nobody knows',
			[node(2, 'Unknown', { mode: 4, inputs: [['a', '*', 5]], outputs: ['*'] }), encode(6)],
			wires('5: 1.1 > 2.0, 6: 2.0 > 9.0'),
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
		const links = wires('4: 2.0 > 3.0, 5: 3.0 > 9.0, 6: 2.0 > 9.1');
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
