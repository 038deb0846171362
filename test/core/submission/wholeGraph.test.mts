// A whole workflow against a machine: whose words, which links fit, and what is let pass.
import { describe, expect, it } from '@jest/globals';
import { checkWorkflow, type WorkflowApiJson } from '../../../core/index';
import { readInfo } from '../support/v3Classes.mts';
import { GRAPH, OBJECT_INFO } from '../support/workflowGraphs.mts';

const INFO = readInfo(OBJECT_INFO);

const changed = (change: (graph: WorkflowApiJson) => void) => {
	const graph = structuredClone(GRAPH);
	change(graph);
	return graph;
};

const found = (
	workflow: WorkflowApiJson,
	facts?: Parameters<typeof checkWorkflow>[2],
	info = INFO,
) =>
	checkWorkflow(workflow, info, facts)
		.map(({ path, problem }) => `${path} ${problem}`)
		.sort();

const messageOf = (workflow: WorkflowApiJson, info = INFO) =>
	checkWorkflow(workflow, info)[0]?.message;

describe('limits that a running workflow goes beyond', () => {
	const beyond = changed((graph) => {
		graph['3']!.inputs['cfg'] = 1_000;
		graph['3']!.inputs['sampler_name'] = 'own';
	});
	const saved = { ...beyond, 99: { class_type: 'Unknown', inputs: { steps: 0 } } };

	it('are none for that class and input', () => {
		expect(found(beyond, { saved })).toEqual([]);
		expect(found(beyond, { saved: GRAPH })).toEqual([
			'3.inputs.cfg out_of_range',
			'3.inputs.sampler_name unknown_choice',
		]);
	});

	it('hold for others', () => {
		const more = structuredClone(beyond);
		more['3']!.inputs['steps'] = 0;
		more['5']!.inputs['width'] = 0;
		expect(found(more, { saved })).toEqual([
			'3.inputs.steps out_of_range',
			'5.inputs.width out_of_range',
		]);
	});

	it('say nothing of types', () => {
		const wrong = changed((graph) => (graph['3']!.inputs['cfg'] = {}));
		expect(found(wrong, { saved })).toEqual(['3.inputs.cfg wrong_type']);
	});
});

describe('a workflow with a class that may be there', () => {
	const graph = changed((one) => {
		one['60'] = { class_type: 'Unheard', inputs: { image: ['8', 0] } };
		one['61'] = { class_type: 'KSampler', inputs: { ...GRAPH['3']!.inputs, steps: 0 } };
	});

	it('is checked in all of its nodes, since any may be needed', () => {
		expect(found(graph, { typed: false })).toEqual(['61.inputs.steps out_of_range']);
	});

	it('may take from it whatever it gives', () => {
		const fed = structuredClone(graph);
		fed['8']!.inputs['samples'] = ['60', 0];
		expect(found(fed, { typed: false })).not.toContain('8.inputs.samples link_type');
	});
});

describe('a workflow without an output', () => {
	const without = (change: (graph: WorkflowApiJson) => void) =>
		found(changed((graph) => (change(graph), delete graph['9'])));

	it('is looked through for circles, and for nothing else', () => {
		expect(without((graph) => (graph['3']!.inputs['steps'] = 0))).toEqual(['3 no_output']);
		expect(without((graph) => (graph['3']!.inputs['latent_image'] = ['3', 0]))).toEqual([
			'3 cycle',
			'3 no_output',
		]);
	});

	it('may have no nodes at all', () => {
		expect(found({}, { typed: true })).toEqual([' no_output']);
	});
});

describe('a class that the machine lacks', () => {
	const named = (class_type: string) =>
		checkWorkflow({ ...GRAPH, 60: { class_type, inputs: {} } }, INFO)[0];

	it('is told with the one that may be meant, if there is one', () => {
		expect(named('SaveImag')).toEqual({
			path: '60',
			problem: 'unknown_class',
			message:
				'the machine has no node class "SaveImag", which node 60 · SaveImag is of (did you mean "SaveImage"?): a custom node may be missing',
			suggestion: 'SaveImage',
		});
		expect(named('Zzz')?.message).toBe(
			'the machine has no node class "Zzz", which node 60 · Zzz is of: a custom node may be missing',
		);
		expect(named('Zzz')).not.toHaveProperty('suggestion');
	});
});

describe('a circle', () => {
	const circle = (count: number): WorkflowApiJson =>
		Object.fromEntries(
			Array.from({ length: count }, (_, at) => [
				`${at + 1}`,
				{ class_type: `C${at + 1}`, inputs: { from: [`${((at + 1) % count) + 1}`, 0] } },
			]),
		);
	const name = (number: number) => `${number} · C${number}`;
	const names = (...numbers: number[]) => numbers.map(name).join(' → ');

	it('is told in full up to eight nodes', () => {
		expect(messageOf(circle(8), {})).toBe(
			`nodes feed each other in a circle: ${names(8, 7, 6, 5, 4, 3, 2, 1, 8)}`,
		);
		expect(messageOf(circle(9), {})).toBe(
			`nodes feed each other in a circle: ${names(9, 8, 7, 6, 5, 4, 3, 2)} → … → ${name(9)}`,
		);
	});
});

describe('a link', () => {
	const link = (gives: string, takes: string, output = 0) => {
		const info = readInfo({
			From: { input: { required: {} }, output: [gives], output_node: false },
			To: { input: { required: { in: [takes] } }, output: [], output_node: true },
		});
		return found(
			{
				1: { class_type: 'From', inputs: {} },
				2: { class_type: 'To', inputs: { in: ['1', output] } },
			},
			{},
			info,
		);
	};

	it.each([
		['IMAGE', 'IMAGE'],
		['IMAGE', '*'],
		['*', 'IMAGE'],
		['COMFY_MATCHTYPE_V3', 'IMAGE'],
		['IMAGE', 'MASK,IMAGE'],
		['MASK,IMAGE', 'IMAGE'],
		['MASK, IMAGE', 'IMAGE'],
		['MASK,*', 'IMAGE'],
	])('of %s to what takes %s fits', (gives, takes) => {
		expect(link(gives, takes)).toEqual([]);
	});

	it.each([
		['IMAGE', 'MASK'],
		['IMAGE,MASK', 'LATENT'],
		['IMAGE', 'IMAGES'],
		['MYCOMFY_', 'IMAGE'],
		['COMBO', 'IMAGE'],
		['STRING', 'COMBO'],
	])('of %s to what takes %s does not', (gives, takes) => {
		expect(link(gives, takes)).toEqual(['2.inputs.in link_type']);
	});

	it.each([
		[0, []],
		[-1, []],
		[1, ['2.inputs.in link_type']],
		[-2, ['2.inputs.in link_type']],
		[0.5, ['2.inputs.in wrong_type']],
	])('to output %s of one: %j', (output, problems) => {
		expect(link('IMAGE', 'IMAGE', output)).toEqual(problems);
	});
});
