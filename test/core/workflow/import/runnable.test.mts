import { describe, expect, it } from '@jest/globals';
import { runnableWorkflow, someWorkflow } from '../../../../core/workflow/import/workflowSource';
import type { KnownWorkflow, WorkflowReader } from '../../../../core/workflow/reader';
import { INFO, node, workflow } from '../../support/editorClasses.mts';

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
	runnableWorkflow(read, 'd', someWorkflow(given, { name: 'Workflow' }));

describe('runnableWorkflow', () => {
	it('asks for nothing where the graph runs as it is', async () => {
		const { read, asked } = reader();
		const graph = { '1': { class_type: 'Latent', inputs: { width: 8 } } };
		expect(await runnable(read, JSON.stringify(graph))).toEqual(graph);
		expect(asked).toEqual([]);
	});

	it('converts by the classes of the workflow', async () => {
		const { read, asked } = reader();
		expect(await runnable(read, EDITOR)).toMatchObject({
			'1': { inputs: { width: 8, height: 9 } },
		});
		expect(asked).toEqual([[['Latent'], undefined]]);
	});

	it('asks anew before it refuses by what was kept', async () => {
		const { read, asked } = reader({ info: {}, warnings: [], kept: true });
		expect(await runnable(read, EDITOR)).toHaveProperty('1');
		expect(asked).toEqual([
			[['Latent'], undefined],
			[['Latent'], true],
		]);
	});

	it('says why the classes are not known', async () => {
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
