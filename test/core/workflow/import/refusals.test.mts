import { describe, expect, it } from '@jest/globals';
import { RunComfyError } from '../../../../core/errors';
import { isObject, type JsonObject } from '../../../../core/json/read';
import { classTypesOfEditor, convertEditor } from '../../../../core/workflow/import/editor/convert';
import fc from '../../../support/properties.mts';
import { INFO, type LinkRow, node, subgraph, workflow } from '../../support/editorClasses.mts';

const convert = (given: JsonObject) => convertEditor(given, INFO);

const id = '0d1f2a3b-0000-4000-8000-000000000001';

function refusal(given: JsonObject): RunComfyError {
	try {
		convert(given);
	} catch (error) {
		if (error instanceof RunComfyError) return error;
		throw error;
	}
	throw new Error('It was converted');
}

describe('what cannot be converted', () => {
	it('is a list with id, title, class and reason of each', () => {
		const error = refusal(
			workflow(
				[
					node(4, 'FluxThing', { title: 'My thing', outputs: ['IMAGE'] }),
					node(5, 'Save', { inputs: [['images', 'LATENT', 1]], values: [true] }),
				],
				[[1, 4, 0, 5, 0]],
			),
		);
		expect(error).toMatchObject({
			code: 'invalid_input',
			message:
				'The workflow is in ComfyUI’s editor format, and 2 nodes of it cannot be converted: 4 · My thing (FluxThing) is of a class that the deployment’s machine does not know; 5 · Save has true for prefix: it was saved with another version of its class than the machine has',
			hint: expect.stringContaining('Export (API)'),
			details: {
				problems: [
					{ nodeId: '4', title: 'My thing', classType: 'FluxThing', reason: expect.any(String) },
					{ nodeId: '5', title: 'Save', classType: 'Save', reason: expect.any(String) },
				],
			},
		});
	});

	it.each<[string, JsonObject, RegExp]>([
		[
			'a variable that no node sets',
			workflow(
				[
					node(2, 'GetNode', { values: ['my clip'] }),
					node(9, 'Encode', { inputs: [['clip', 'CLIP', 1]], values: [''] }),
				],
				[[1, 2, 0, 9, 0]],
			),
			/9 · Encode gets the variable "my clip", which no node sets/,
		],
		[
			'a circle of reroutes',
			workflow(
				[
					node(2, 'Reroute', { inputs: [['', '*', 1]] }),
					node(3, 'Reroute', { inputs: [['', '*', 2]] }),
					node(9, 'Encode', { inputs: [['clip', 'CLIP', 3]], values: [''] }),
				],
				[
					[1, 3, 0, 2, 0],
					[2, 2, 0, 3, 0],
					[3, 3, 0, 9, 0],
				],
			),
			/9 · Encode has an input clip that is fed by a circle of links/,
		],
		['a group node', workflow([node(1, 'workflow>My group')]), /convert it to a subgraph/],
		[
			'links that are drawn nowhere',
			workflow([node(1, 'Anything Everywhere?')]),
			/no link is drawn/,
		],
		[
			'a subgraph that is missing',
			workflow([node(1, id, { outputs: ['IMAGE'] })]),
			/stands for a subgraph that the workflow does not hold/,
		],
		['nothing at all', workflow([node(1, 'Note')]), /no nodes that ComfyUI runs/],
		[
			'a subgraph that contains itself',
			workflow([node(1, id)], [], {
				definitions: { subgraphs: [subgraph(id, { nodes: [node(2, id)], links: [] })] },
			}),
			/its subgraphs contain themselves/,
		],
		['subgraphs that multiply', multiplied(), /more than 20000 nodes/],
	])('%s', (_what, given, message) => {
		expect(refusal(given).message).toMatch(message);
	});

	it('is everything where the classes of the machine are not known', () => {
		expect(() => convertEditor(workflow([node(1, 'Save')]), {})).toThrow(
			/object_info of the deployment, which tells the inputs of each class, could not be read/,
		);
	});

	it('shows ten of many, and long names cut short', () => {
		const many = Array.from({ length: 12 }, (_, index) =>
			node(index, 'X'.repeat(500), { outputs: ['*'] }),
		);
		const { message, details } = refusal(workflow(many));
		expect(message).toMatch(/; and 2 more$/);
		expect(message.length).toBeLessThan(2_000);
		expect(details?.['problems']).toHaveLength(12);
	});
});

describe('a hostile workflow', () => {
	it.each<[string, JsonObject]>([
		['no nodes', { nodes: [] }],
		['nodes that are none', { nodes: [null, 4, 'x', [], {}], links: [null, 4, {}, []] }],
		['links that are a text', { nodes: [node(1, 'Note')], links: 'x' }],
		['slots that are none', { nodes: [{ id: 1, type: 'Other', inputs: [null, 4], outputs: 3 }] }],
		['definitions that are none', { nodes: [], definitions: { subgraphs: [null, 4, { id: 1 }] } }],
		[
			'inherited names',
			workflow(
				[
					node('__proto__', 'constructor', { outputs: ['*'] }),
					node(2, '__proto__', { inputs: [['__proto__', '*', 1]], values: { __proto__: 1 } }),
				],
				[[1, '__proto__', 0, 2, 0]],
			),
		],
	])('%s: is refused', (_what, given) => {
		expect(() => convert(given)).toThrow(RunComfyError);
		expect(classTypesOfEditor(given)).toEqual(expect.any(Array));
	});

	it('keeps an id that every object inherits', () => {
		const graph = convert(workflow([node('__proto__', 'Latent', { values: [1, 2] })]));
		expect(Object.entries(graph)).toMatchObject([['__proto__', { class_type: 'Latent' }]]);
	});

	it('of 15,000 nodes takes no time that grows with their square', () => {
		const count = 5_000;
		const setters = Array.from({ length: count }, (_, index) =>
			node(index + 1, 'SetNode', { inputs: [['x', 'CLIP', index + 1]], values: [`v${index}`] }),
		);
		const getters = Array.from({ length: count }, (_, index) =>
			node(count + index + 1, 'GetNode', { outputs: ['CLIP'], values: [`v${index}`] }),
		);
		const users = Array.from({ length: count }, (_, index) =>
			node(2 * count + index + 1, 'Encode', { inputs: [['clip', 'CLIP', count + index + 1]] }),
		);
		const loader = node('loader', 'Loader', { outputs: ['MODEL', 'CLIP', 'VAE'] });
		const links = Array.from({ length: count }, (_, index): LinkRow[] => [
			[index + 1, 'loader', 1, index + 1, 0],
			[count + index + 1, count + index + 1, 0, 2 * count + index + 1, 0],
		]).flat();
		const graph = convert(workflow([loader, ...setters, ...getters, ...users], links));
		expect(Object.keys(graph)).toHaveLength(count + 1);
		expect(graph[String(3 * count)]?.inputs['clip']).toEqual(['loader', 1]);
	});

	it('never makes the conversion throw anything but its own error', () => {
		const types = [
			...Object.keys(INFO),
			id,
			'Reroute',
			'PrimitiveNode',
			'SetNode',
			'GetNode',
			'Note',
		];
		const nodeId = fc.oneof(fc.integer({ min: -10, max: 6 }), fc.constant('__proto__'));
		const linkId = fc.oneof(fc.nat(6), fc.constant(null));
		const names = ['clip', 'model', 'text', 'images', 'model.width', 'seed', '__proto__', ''];
		const kinds = fc.constantFrom('CLIP', 'MODEL', '*', 'INT,FLOAT', '');
		const slot = fc.record({
			name: fc.constantFrom(...names),
			type: kinds,
			link: linkId,
			widget: fc.constantFrom(undefined, { name: 'clip' }),
		});
		const value = fc.oneof(
			fc.constantFrom<unknown>('small', 'on', 'fixed', 'a.png', 'image', 2, 0.5, true, null, 7n),
			fc.jsonValue({ maxDepth: 2 }),
		);
		const values = fc.oneof(
			fc.array(value, { maxLength: 9 }),
			fc.dictionary(fc.constantFrom(...names), value),
		);
		const some = fc.record({
			id: nodeId,
			type: fc.constantFrom(...types),
			mode: fc.constantFrom<unknown>(0, 0, 0, 2, 4, 'x'),
			inputs: fc.array(slot, { maxLength: 3 }),
			outputs: fc.array(slot, { maxLength: 2 }),
			widgets_values: values,
			properties: fc.constantFrom<unknown>({}, null, { proxyWidgets: [['-1', 'text'], 3] }),
		});
		const link = fc.tuple(fc.nat(6), nodeId, fc.integer({ min: -1, max: 2 }), nodeId, fc.nat(2));
		const graph = {
			nodes: fc.array(fc.oneof({ weight: 9, arbitrary: some }, { weight: 1, arbitrary: value }), {
				maxLength: 8,
			}),
			links: fc.array(fc.oneof({ weight: 9, arbitrary: link }, { weight: 1, arbitrary: value })),
		};
		const definition = fc.record({ id: fc.constant(id), inputs: fc.array(slot), ...graph });
		const given = fc.record({
			...graph,
			definitions: fc.record({ subgraphs: fc.array(definition, { maxLength: 1 }) }),
		});
		let converted = 0;
		fc.assert(
			fc.property(given, (one) => {
				try {
					const result = convert(one);
					converted += 1;
					for (const made of Object.values(result)) {
						expect(Object.hasOwn(INFO, made.class_type)).toBe(true);
						expect(isObject(made.inputs)).toBe(true);
					}
				} catch (error) {
					expect(error).toBeInstanceOf(RunComfyError);
				}
			}),
			{ numRuns: 2_000 },
		);
		expect(converted).toBeGreaterThan(100);
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (one) => {
				expect(() => convert({ ...one, nodes: [one] })).toThrow(RunComfyError);
			}),
		);
	});
});

/** Each level has three of the next: nodes without end in a small file. */
function multiplied(): JsonObject {
	const subgraphs = Array.from({ length: 30 }, (_, level) => {
		const next = level === 29 ? 'Latent' : `level ${level + 1}`;
		return subgraph(`level ${level}`, {
			nodes: [node(1, next), node(2, next), node(3, next)],
			links: [],
		});
	});
	return workflow([node(1, 'level 0')], [], { definitions: { subgraphs } });
}
