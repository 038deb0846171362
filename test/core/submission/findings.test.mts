// What is told of findings: which of them, in which words, and how long.
import { describe, expect, it } from '@jest/globals';
import type { Finding, RunComfyError, WorkflowApiJson } from '../../../core/index';
import {
	few,
	finding,
	firstOf,
	labelOf,
	missingInput,
	nameOf,
	pathOf,
	refuse,
	shortName,
	unknownNode,
} from '../../../core/submission/findings';
import { GRAPH } from '../support/workflowGraphs.mts';

const found = (count: number, problem: Finding['problem'] = 'unknown_input'): Finding[] =>
	Array.from({ length: count }, (_, index) => ({
		path: `${index}`,
		problem,
		message: `wrong ${index}`,
	}));

const refusalOf = (findings: Finding[]): RunComfyError => {
	try {
		refuse(findings);
	} catch (error) {
		return error as RunComfyError;
	}
	throw new Error('It was not refused');
};

const nodes = (count: number): WorkflowApiJson =>
	Object.fromEntries(
		Array.from({ length: count }, (_, index) => [
			`${index + 1}`,
			{ class_type: 'KSampler', inputs: {}, _meta: { title: `N${index + 1}` } },
		]),
	);

describe('a refusal', () => {
	it.each<[number, Finding['problem'], string]>([
		[1, 'unknown_input', 'An input does not fit the workflow: wrong 0'],
		[2, 'wrong_type', '2 inputs do not fit the workflow: wrong 0; wrong 1'],
		[1, 'cycle', 'Something in the workflow cannot run: wrong 0'],
		[2, 'no_output', '2 things in the workflow cannot run: wrong 0; wrong 1'],
		[1, 'unknown_class', 'Something in the workflow cannot run: wrong 0'],
		[1, 'missing_input', 'Something in the workflow cannot run: wrong 0'],
		[1, 'link_type', 'Something in the workflow cannot run: wrong 0'],
	])('of %i × %s', (count, problem, message) => {
		expect(refusalOf(found(count, problem))).toMatchObject({ code: 'invalid_overrides', message });
	});

	it('is none without findings', () => {
		expect(() => refuse([])).not.toThrow();
	});

	it('is of the workflow if one of its findings is', () => {
		const findings = [...found(1), ...found(1, 'cycle')];
		expect(refusalOf(findings).message).toBe(
			'2 things in the workflow cannot run: wrong 0; wrong 0',
		);
	});

	it('tells of twenty, counts the rest, and keeps them all for programs', () => {
		const twenty = found(20);
		expect(refusalOf(twenty).message).toMatch(/^20 inputs .*; wrong 19$/);
		const more = found(22);
		expect(refusalOf(more).message).toMatch(/^22 inputs .*; wrong 19; and 2 more$/);
		expect(refusalOf(more).details).toEqual({ findings: more });
	});

	it('for want of a key alone is no matter of the overrides', () => {
		const findings = found(2, 'no_partner_key');
		expect(refusalOf(findings)).toMatchObject({
			code: 'invalid_input',
			message: 'wrong 0; wrong 1',
			hint: expect.stringMatching(/api_key_comfy_org.*Nothing was submitted/),
			details: { findings },
		});
		expect(refusalOf([...findings, ...found(1)]).code).toBe('invalid_overrides');
	});

	it('looks for fifty findings at most', () => {
		let looked = 0;
		function* endless() {
			for (;;) {
				looked += 1;
				yield* found(1);
			}
		}
		expect(firstOf(endless())).toHaveLength(50);
		expect(looked).toBe(51);
		expect(firstOf(found(3))).toEqual(found(3));
	});
});

describe('what people wrote, in a message', () => {
	it.each([
		['a'.repeat(80), 'a'.repeat(80)],
		['a'.repeat(81), `${'a'.repeat(79)}…`],
		['', ''],
	])('is cut: %s', (text, shown) => {
		expect(shortName(text)).toBe(shown);
	});

	it.each([
		[[], 'none'],
		[[''], 'none'],
		[['a', 'b'], 'a, b'],
		[['a'.repeat(90)], `${'a'.repeat(79)}…`],
		[Array(10).fill('a'), Array(10).fill('a').join(', ')],
		[Array(11).fill('a'), `${Array(10).fill('a').join(', ')}, …`],
	])('is listed: %j', (names, shown) => {
		expect(few(names as string[])).toBe(shown);
	});

	it('names a node by its id and title, and one that is not there by its id', () => {
		expect(nameOf('3', GRAPH)).toBe('3 · Sampler');
		expect(nameOf('4', GRAPH)).toBe('4 · CheckpointLoaderSimple');
		expect(nameOf('x'.repeat(90), GRAPH)).toBe(`${'x'.repeat(79)}…`);
		expect(nameOf('toString', GRAPH)).toBe('toString');
	});

	it('names an input by its path', () => {
		expect(pathOf({ nodeId: '6', input: 'text' })).toBe('6.inputs.text');
		expect(pathOf({ nodeId: '6', input: 'x'.repeat(300) })).toHaveLength(250);
	});

	const place = (workflow: WorkflowApiJson, nodeId: string, input: string) => ({
		...{ workflow, nodeId, input, value: 0, info: {} },
		node: workflow[nodeId]!,
	});

	it('names an input as its form does, but for a workflow that is too large', () => {
		expect(labelOf(place(GRAPH, '6', 'text'))).toBe(
			'6 · positive · CLIP Text Encode (Prompt) → text',
		);
		const prompts = { ...nodes(499), ...GRAPH };
		expect(labelOf(place(prompts, '6', 'text'))).toContain('positive');
		const many = { ...nodes(500), ...GRAPH };
		expect(labelOf(place(many, '6', 'text'))).toBe('6 · CLIP Text Encode (Prompt) → text');
		expect(labelOf(place(many, '6', 'x'.repeat(90)))).toHaveLength(
			'6 · CLIP Text Encode (Prompt) → '.length + 80,
		);
		expect(labelOf(place(GRAPH, '6', 'x'.repeat(300)))).toHaveLength(250);
	});

	it('names the input that a finding is about', () => {
		const problem = { problem: 'wrong_type' as const, message: 'is odd', suggestion: 'b' };
		expect(finding(place(GRAPH, '5', 'width'), problem)).toEqual({
			path: '5.inputs.width',
			problem: 'wrong_type',
			message: '5 · Size → width is odd',
			suggestion: 'b',
		});
	});

	it('tells which types a missing input takes', () => {
		expect(missingInput(GRAPH, '3', 'model', ['MODEL', 'CLIP'])).toEqual({
			path: '3.inputs.model',
			problem: 'missing_input',
			message: 'node 3 · Sampler lacks its input "model" (MODEL or CLIP)',
		});
	});
});

describe('a node that is not there', () => {
	const told = (nodeId: string, workflow = GRAPH) => {
		const { message, suggestion, ...found } = unknownNode('p', nodeId, workflow);
		expect(found).toEqual({ path: 'p', problem: 'unknown_node' });
		return [suggestion, message.slice(message.indexOf('node "'))];
	};

	it.each([
		['33', '3', 'node "33" (did you mean 3 · Sampler?)'],
		['38:3', '38:2', 'node "38:3" (did you mean 38:2 · Upscale?)'],
		['Sampler', '3', 'node "Sampler" (did you mean 3 · Sampler?)'],
		['ksampler', '3', 'node "ksampler" (did you mean 3 · Sampler?)'],
		['savee', '9', 'node "savee" (did you mean 9 · Save?)'],
		// The first of two with that title.
		[
			'CLIP Text Encode',
			'6',
			'node "CLIP Text Encode" (did you mean 6 · CLIP Text Encode (Prompt)?)',
		],
	])('%s may be meant as another', (nodeId, suggestion, message) => {
		expect(told(nodeId)).toEqual([suggestion, message]);
	});

	it('is looked for among the titles where it is no id, digits or not', () => {
		expect(told('N55', nodes(54))[0]).toBe('5');
		const graph = { 1: { class_type: 'A', inputs: {}, _meta: { title: '3D Save' } } };
		expect(told('3D Sav', graph)[0]).toBe('1');
	});

	it('is told with those that there are', () => {
		expect(told('zzz')[1]).toBe(
			'node "zzz"; it has 3 · Sampler, 4 · CheckpointLoaderSimple, 5 · Size, 6 · CLIP Text Encode (Prompt), 7 · CLIP Text Encode (Prompt), 8 · VAEDecode, 9 · Save, 10 · Load Image, 38:2 · Upscale',
		);
		expect(unknownNode('p', 'zzz', GRAPH)).not.toHaveProperty('suggestion');
		expect(told('zzz', nodes(11))[1]).toMatch(/, 10 · N10, …$/);
		expect(told('zzz', nodes(10))[1]).toMatch(/, 10 · N10$/);
		expect(told('x'.repeat(90))[1]).toContain(`"${'x'.repeat(79)}…"`);
	});

	it('is compared with no more than 500', () => {
		expect(told('N50x', nodes(500))[0]).toBe('50');
		expect(told('N50x', nodes(501))[0]).toBeUndefined();
	});
});
