import { describe, expect, it } from '@jest/globals';
import { RunComfyError } from '../../../../core/errors';
import type { JsonObject } from '../../../../core/json/objects';
import { convertEditor } from '../../../../core/workflow/import/editor/convert';
import { INFO, node, subgraph, workflow } from '../../support/editorClasses.mts';

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
