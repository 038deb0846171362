import { describe, expect, it } from '@jest/globals';
import {
	type KnownWorkflow,
	readRunnable,
	someWorkflow,
	type WorkflowReader,
} from '../../../../core/index';
import { convertEditor } from '../../../../core/parsers';
import { INFO, node, subgraph, wires, workflow } from '../../support/editorClasses.mts';
import { thrownBy } from '../../support/thrown.mts';

type JsonObject = Record<string, unknown>;

const convert = (given: JsonObject) => convertEditor(given, INFO);

const id = '0d1f2a3b-0000-4000-8000-000000000001';

const refusal = (given: JsonObject) => thrownBy(() => convert(given));

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
				wires('1: 3.0 > 2.0, 2: 2.0 > 3.0, 3: 3.0 > 9.0'),
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

	it('is everything if the classes of the machine are not known', () => {
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

const EDITOR = workflow([node(1, 'Latent', { values: [8, 9] }), node(2, 'Note')]);
const KNOWN: KnownWorkflow = { info: INFO, warnings: [] };

/** Answers in turn, and notes what it was asked. */
function reader(...answers: KnownWorkflow[]) {
	const asked: unknown[] = [];
	const read: WorkflowReader = async (choice, fresh) => {
		asked.push([Object.keys(choice.workflowApiJson ?? {}), fresh]);
		return answers[asked.length - 1] ?? KNOWN;
	};
	return { read, asked };
}

const runnable = async (read: WorkflowReader, given: unknown) =>
	(await readRunnable(read, 'd', someWorkflow(given, { name: 'Workflow' }))).workflow;

// It is asked of at last what it says of the graph itself: the list ends with that.
describe('a workflow in either format', () => {
	it('is taken as it is if it runs like that', async () => {
		const { read, asked } = reader();
		const graph = { '1': { class_type: 'Latent', inputs: { width: 8 } } };
		expect(await runnable(read, JSON.stringify(graph))).toEqual(graph);
		expect(asked).toEqual([[['1'], undefined]]);
	});

	it('is converted by the classes that it names', async () => {
		const { read, asked } = reader();
		expect(await runnable(read, EDITOR)).toMatchObject({
			'1': { inputs: { width: 8, height: 9 } },
		});
		expect(asked).toEqual([
			[['Latent'], undefined],
			[['1'], undefined],
		]);
	});

	it('is asked about again before it is refused by what was kept', async () => {
		const { read, asked } = reader({ info: {}, warnings: [], kept: true });
		expect(await runnable(read, EDITOR)).toHaveProperty('1');
		expect(asked).toEqual([
			[['Latent'], undefined],
			[['Latent'], true],
			[['1'], undefined],
		]);
	});

	it('is refused with the reason if the classes are not known', async () => {
		const { read } = reader({ info: {}, warnings: ['Not checked: no answer'] });
		await expect(runnable(read, EDITOR)).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/its classes are not known\. Not checked: no answer$/),
		});
	});

	it.each<[unknown, RegExp]>([
		['', /no nodes/],
		['{"a": ', /Workflow is not valid JSON/],
		[null, /no nodes/],
		[[], /no nodes/],
		[{ client_id: 'x', prompt: { 1: { class_type: 'A', inputs: {} } } }, /body of ComfyUI’s POST/],
		[{ prompt: 'a cat' }, /Node "prompt" of the workflow has no class_type/],
		[{ prompt: { class_type: 'A', inputs: {} } }, /^$/],
	])('%j is no workflow', async (given, message) => {
		const { read } = reader();
		const outcome = await runnable(read, given).then(
			() => '',
			(error: Error) => error.message,
		);
		expect(outcome).toMatch(message);
	});
});
