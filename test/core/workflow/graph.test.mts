// What the links of a workflow say: roles of prompts, what an output needs, circles.
import { describe, expect, it } from '@jest/globals';
import type { WorkflowApiJson } from '../../../core/index';
import { findCycle, promptRoles } from '../../../core/parsers';

describe('the role of a prompt', () => {
	const rolesOf = (guider: WorkflowApiJson[string], more: WorkflowApiJson = {}) =>
		Object.fromEntries(promptRoles({ ...more, 8: guider, 9: { class_type: 'Text', inputs: {} } }));
	const guider = (class_type: string, input: string, link: unknown = ['9', 0]) => ({
		class_type,
		inputs: { [input]: link },
	});

	it.each([
		['BasicGuider', 'conditioning', 'positive'],
		['DualCFGGuider', 'cond1', 'positive'],
		['DualCFGGuider', 'cond', 'positive'],
		['DualCFGGuider', 'cond12', undefined],
		['DualCFGGuider', 'my_cond', undefined],
		['GuiderOfNone', 'conditioning', undefined],
	])('that goes to %s as %s: %s', (classType, input, role) => {
		expect(rolesOf(guider(classType, input))['9']).toBe(role);
	});
});

/** Writes a workflow as a list of who takes from whom. */
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
		[{ 1: ['2'], 2: ['3'], 3: ['1'] }, ['1'], ['3', '2', '1']],
		// Nodes that only lead into it are left out.
		[{ 1: ['2'], 2: ['3'], 3: ['2'] }, ['1'], ['3', '2']],
		[{ 1: [], 2: ['3'], 3: ['2'] }, ['1', '2'], ['3', '2']],
		[{ 1: ['2', '3'], 2: [], 3: ['3'] }, ['1'], ['3']],
		// It finds nothing where it is not asked to look, nor through nodes that are missing.
		[{ 1: [], 2: ['2'] }, ['1'], undefined],
		[{ 1: ['gone'] }, ['1', 'gone'], undefined],
	])('in %j, from %j: %j', (links, ids, cycle) => {
		expect(findCycle(graph(links), ids)).toEqual(cycle);
	});
});
