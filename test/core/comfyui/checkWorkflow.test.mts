// Checks a whole workflow against a machine: the wording of errors, which links fit, and exceptions. The last tests
// compare a submit with its machine.
import { describe, expect, it } from '@jest/globals';
import { checkWorkflow } from '../../../core/comfyui/checkWorkflow';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { type ObjectInfo } from '../../../core/comfyui/objectInfo';
import { type Overrides } from '../../../core/comfyui/overrides';
import { type KnownWorkflow } from '../../../core/deployments/workflow';
import { type Draft, type WorkflowApiJson } from '../../../core/index';
import { combo } from '../../support/v3Classes.mts';
import { checked, clientWith, KNOWN } from '../submission/rig.mts';
import {
	changed,
	GRAPH,
	node,
	OBJECT_INFO,
	readInfo,
	V3,
	withInput,
} from '../support/workflows.mts';

const INFO = { ...readInfo(OBJECT_INFO), ...V3 };

const found = (
	workflow: WorkflowApiJson,
	facts?: Parameters<typeof checkWorkflow>[1],
	info: ObjectInfo = INFO,
) =>
	checkWorkflow(new KnownGraph(workflow, info), facts)
		.map(({ path, problem }) => `${path} ${problem}`)
		.sort();

describe('a workflow that is sent along', () => {
	it.each<[string, WorkflowApiJson]>([
		['what nobody knows', withInput('3', 'unheard_of', {})],
		['nothing where a text may be', withInput('3', 'note', null)],
	])('may have %s', (_what, workflow) => {
		expect(found(workflow)).toEqual([]);
	});

	it('is not looked at if no output needs it: ComfyUI does not either', () => {
		expect(
			found({
				...GRAPH,
				60: { class_type: 'KSampler', inputs: { steps: 0 } },
				61: { class_type: 'KSampler', inputs: { model: ['61', 0] } },
			}),
		).toEqual([]);
	});

	it('lacks an input of one output: a finding if another node may or may not be an output', () => {
		const two = { ...GRAPH, 60: node('SaveImage', { filename_prefix: 'x' }) };
		expect(found(two, { typed: false })).toEqual([]);
		const unsure = { ...two, 61: node('Nobodys') };
		expect(found(unsure, { typed: false })).toEqual(['60.inputs.images missing_input']);
	});

	it('may hold lists for choices, and types that anything fits', () => {
		const graph: WorkflowApiJson = {
			'1': {
				class_type: 'Widgets',
				inputs: { any: ['2', 0], amount: ['3', 0], tags: { __value__: [] } },
			},
			'2': { class_type: 'SlotAndMore', inputs: {} },
			'3': {
				class_type: 'Formula',
				inputs: { expression: 'a', 'values.v0': 1, 'values.v1': ['3', 1] },
			},
		};
		const kinds = checkWorkflow(new KnownGraph(graph, V3)).map(
			({ path, problem }) => `${path} ${problem}`,
		);
		expect(kinds.filter((one) => !one.endsWith('missing_input'))).toEqual(['3 cycle']);
	});
});

it('a limit that a running workflow exceeds still applies to others', () => {
	const beyond = changed((graph) => {
		graph['3']!.inputs['cfg'] = 1_000;
		graph['3']!.inputs['sampler_name'] = 'own';
	});
	const saved = { ...beyond, 99: { class_type: 'Unknown', inputs: { steps: 0 } } };
	const more = structuredClone(beyond);
	more['3']!.inputs['steps'] = 0;
	more['5']!.inputs['width'] = 0;
	expect(found(more, { saved })).toEqual([
		'3.inputs.steps out_of_range',
		'5.inputs.width out_of_range',
	]);
	expect(found(withInput('3', 'cfg', 'much'), { saved })).toEqual(['3.inputs.cfg wrong_type']);
});

it('a class that the machine lacks is reported with the one that may be meant', () => {
	const told = (class_type: string) =>
		checkWorkflow(new KnownGraph({ ...GRAPH, 60: { class_type, inputs: {} } }, INFO))[0]?.message;
	const message = (name: string, meant = '') =>
		`the machine has no node class "${name}", which node 60 · ${name} uses${meant}: a custom node may be missing`;
	expect(told('SaveImag')).toBe(message('SaveImag', ' (did you mean "SaveImage"?)'));
	expect(told('Zzz')).toBe(message('Zzz'));
});

describe('a link', () => {
	const link = (gives: string, takes: string) => {
		const info = readInfo({
			From: { input: { required: {} }, output: [gives], output_node: false },
			To: { input: { required: { in: [takes] } }, output: [], output_node: true },
		});
		return found(
			{
				1: { class_type: 'From', inputs: {} },
				2: { class_type: 'To', inputs: { in: ['1', 0] } },
			},
			{},
			info,
		);
	};

	it.each([
		['IMAGE', 'MASK'],
		['MYCOMFY_', 'IMAGE'],
		['STRING', 'COMBO'],
	])('of %s to what takes %s does not', (gives, takes) => {
		expect(link(gives, takes)).toEqual(['2.inputs.in link_type']);
	});

	it.each([
		['IMAGE', '*'],
		['*', 'IMAGE'],
		['COMFY_MATCHTYPE_V3', 'IMAGE'],
		['IMAGE', 'MASK,IMAGE'],
		['MASK, IMAGE', 'IMAGE'],
		['MASK,*', 'IMAGE'],
	])('of %s to what takes %s fits', (gives, takes) => {
		expect(link(gives, takes)).toEqual([]);
	});
});

describe('a link that an override sets', () => {
	const picture = (needs: object, outputNode = false) => ({
		input: { required: needs },
		output: ['IMAGE'],
		output_node: outputNode,
	});
	const info = readInfo({
		Make: picture({}),
		Change: picture({ in: ['IMAGE'] }),
		Save: picture({ in: ['IMAGE'] }, true),
	});
	const save = node('Save', { in: ['1', 0] });
	const saved = { 1: node('Make'), 2: node('Change'), 3: save, 4: save };
	const linked = (...ids: string[]) =>
		Object.fromEntries(ids.map((id) => [id, { inputs: { in: ['2', 0] } }]));
	const told = async (draft: Partial<Draft>) => {
		const { workflow = saved } = draft;
		const readWorkflow = async () => ({ workflow, info, warnings: [] });
		const all = { target: { deploymentId: 'd' }, ...draft };
		const { findings, warnings } = await checked(clientWith(), all, { readWorkflow });
		return [...findings.map(({ path, problem }) => `${path} ${problem}`), ...warnings];
	};

	it('needs its source, and takes its output away if the source cannot run', async () => {
		expect(await told({ overrides: linked('3') })).toEqual([
			'ComfyUI skips nodes that cannot run, so there is no output from 3 · Save: node 2 · Change lacks its input "in" (IMAGE)',
		]);
		expect(await told({ overrides: linked('3', '4') })).toEqual(['2.inputs.in missing_input']);
	});

	it('counts as the input of a workflow that is sent along', async () => {
		const workflow = { ...saved, 2: node('Change', { in: ['1', 0] }) };
		expect(await told({ workflow, overrides: linked('3') })).toEqual([]);
		expect(await told({ workflow, overrides: linked('2', '3') })).toEqual(['2 cycle']);
		const broken = { ...saved, 3: node('Save', { in: ['99', 0] }) };
		const right = { 3: { inputs: { in: ['1', 0] } } };
		expect(await told({ workflow: broken, overrides: right })).toEqual([]);
	});

	it('is reported once if its node is not there', async () => {
		const unknown = ['3.inputs.in unknown_node'];
		const overrides = { 3: { inputs: { in: ['99', 0] } } };
		expect(await told({ workflow: saved, overrides })).toEqual(unknown);
		const none = { constructor: { inputs: { in: ['1', 0] } } } as unknown as Overrides;
		expect(await told({ overrides: none })).toEqual(['constructor unknown_node']);
	});

	it('gives a node what the workflow lacks', async () => {
		const overrides = { ...linked('3'), 2: { inputs: { in: ['1', 0] } } };
		expect(await told({ overrides })).toEqual([
			expect.stringMatching(/has no value yet for 2 · Change → in\./),
		]);
	});
});

it('a value that a workflow sent along has must fit the choice that an override makes', async () => {
	const limit = (max: number) => ({ required: { n: ['INT', { max }] } });
	const mode = combo({ low: limit(5), high: limit(50) });
	const info = readInfo({ Own: { input: { required: { mode } }, output_node: true } });
	const problems = async (from: string, to: string) => {
		const workflow = { 1: node('Own', { mode: from, 'mode.n': 20 }) };
		const readWorkflow = async () => ({ workflow, info, warnings: [] });
		const overrides = { 1: { inputs: { mode: to } } };
		const draft = { target: { deploymentId: 'd' }, workflow, overrides };
		return (await checked(clientWith(), draft, { readWorkflow })).findings;
	};
	expect(await problems('low', 'high')).toEqual([]);
	expect(await problems('low', 'low')).toHaveLength(1);
});

describe('the check of a submit', () => {
	const problems = async (known: Partial<KnownWorkflow>) => {
		const readWorkflow = async () => ({ ...KNOWN, ...known });
		const draft = { target: { deploymentId: 'd' }, workflow: known.workflow };
		const { findings } = await checked(clientWith(), draft, { readWorkflow });
		return findings.map(({ path, problem }) => `${path} ${problem}`);
	};
	const workflow = { ...withInput('3', 'steps', 0), 60: node('Nowhere') };
	const range = '3.inputs.steps out_of_range';

	it('finds unknown classes only if all of the machine’s are known', async () => {
		expect(await problems({ workflow, typed: true })).toEqual(['60 unknown_class', range]);
		expect(await problems({ workflow, typed: false })).toEqual([range]);
	});

	it('lets a workflow go beyond a limit that what runs now goes beyond', async () => {
		expect(await problems({ workflow, typed: false, saved: workflow })).toEqual([]);
	});
});
