import { describe, expect, it } from '@jest/globals';
import { convertEditor } from '../../../../core/parsers';
import {
	INFO,
	type LinkRow,
	node,
	subgraph,
	wires,
	workflow,
} from '../../support/editorClasses.mts';

const convert = (given: Record<string, unknown>) => convertEditor(given, INFO);

const LOADER = node(1, 'Loader', { values: ['a.safetensors'], outputs: ['MODEL', 'CLIP', 'VAE'] });

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
		links: wires('1: -10.0 > 3.0, 2: -10.1 > 3.1, 3: 3.0 > -20.0'),
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
	const links = wires('4: 1.1 > 5.0, 7: 5.0 > 6.0');
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

	it('do not run if the node is muted, and hand on if it is bypassed', () => {
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
			links: wires('8: 2.0 > 4.0, 9: -10.0 > 4.1, 10: 4.0 > -20.0'),
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
				workflow([LOADER, setter, outer(values), save], wires('4: 1.1 > 2.0, 7: 5.0 > 6.0'), {
					definitions: { subgraphs: [middle, inner] },
				}),
			);
		expect(graph(['outer'])['5:4:3']?.inputs).toEqual({ text: 'outer', clip: ['1', 1] });
		expect(graph([])['5:4:3']?.inputs).toEqual({ text: 'middle', clip: ['1', 1] });
		expect(graph([])['6']?.inputs['images']).toEqual(['5:4:3', 0]);
	});
});
