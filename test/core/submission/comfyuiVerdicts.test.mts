// Verdicts of ComfyUI's own validation on values, links and nodes, in one small case each.
import { describe, expect, it } from '@jest/globals';
import { type KnownWorkflow } from '../../../core/deployments/workflow';
import {
	type Draft,
	parseWorkflow,
	RunComfyError,
	type WorkflowApiJson,
} from '../../../core/index';
import { combo } from '../../support/v3Classes.mts';
import { readInfo } from '../support/workflows.mts';
import { submission } from './rig.mts';

const codec = { codec: combo({ auto: { required: {} }, h264: { required: {} } }) };

const INFO = readInfo({
	Picture: {
		python_module: 'nodes',
		input: { required: { width: ['INT', { min: 16, max: 4096 }], mode: [['soft', 'hard', '']] } },
		output: ['IMAGE', 'MASK', 'STRING'],
		output_node: false,
	},
	Effect: {
		python_module: 'comfy_extras.nodes_effect',
		input: {
			required: { image: ['IMAGE'] },
			optional: {
				mask: ['MASK'],
				hooks: ['HOOKS'],
				any: ['*'],
				note: ['STRING', {}],
				ratio: ['FLOAT', { min: 0, max: 1e38 }],
				mode: [['soft', 'hard']],
				paint: ['STRING', { widgetType: 'PAINTER', image_upload: true, default: '' }],
			},
		},
		output: ['IMAGE'],
		output_node: false,
	},
	Custom: {
		python_module: 'custom_nodes.some',
		input: { required: { dial: ['DIAL', {}] } },
		output: [],
		output_node: true,
	},
	Save: {
		python_module: 'nodes',
		input: { required: { images: ['IMAGE'] } },
		output: ['IMAGE'],
		output_node: true,
	},
	Compare: {
		python_module: 'comfy_extras.nodes_compare',
		input: {
			required: { compare_view: ['IMAGECOMPARE', { socketless: true }] },
			optional: { image_a: ['IMAGE', {}] },
		},
		output: [],
		output_node: true,
	},
	Film: {
		python_module: 'comfy_extras.nodes_film',
		input: {
			required: {
				images: ['IMAGE'],
				format: combo({ auto: { required: codec }, mp4: { required: codec } }),
			},
			optional: { codec: ['COMFY_DYNAMICCOMBO_V3', { hidden: true, options: [] }] },
		},
		output: [],
		output_node: true,
	},
	Model: { input: { required: {} }, output: ['MODEL_TASK_ID'], output_node: false },
	TripoConversionNode: {
		python_module: 'comfy_api_nodes.nodes_tripo',
		input: {
			required: { original_model_task_id: ['MODEL_TASK_ID,RIG_TASK_ID', {}] },
			optional: { face_limit: ['INT', {}] },
		},
		output: [],
		output_node: true,
	},
	SelectModelDevice: {
		python_module: 'comfy_extras.nodes_device',
		input: { required: { device: [['default', 'cpu']] } },
		output: [],
		output_node: true,
	},
});

const picture = { class_type: 'Picture', inputs: { width: 64, mode: 'soft' } };
const effect = (inputs: object) => ({
	class_type: 'Effect',
	inputs: { image: ['1', 0], ...inputs },
});
const save = (from: string) => ({ class_type: 'Save', inputs: { images: [from, 0] } });
const node = (class_type: string, inputs: object) => ({ class_type, inputs });

const known = (workflow: object): KnownWorkflow => ({
	workflow: workflow as WorkflowApiJson,
	info: INFO,
	typed: true,
	warnings: [],
});

/** Prepares a draft. Returns the graph to send, or the findings if it is refused. */
async function sent(workflow: object, draft: Partial<Draft>) {
	try {
		const { input, notes } = await submission(draft, known(workflow));
		return { graph: input.workflowApiJson, overrides: input.overrides, warnings: notes.warnings };
	} catch (error) {
		if (!(error instanceof RunComfyError)) throw error;
		const findings = (error.details as { findings: { path: string; problem: string }[] }).findings;
		return { refused: findings.map(({ path, problem }) => `${path} ${problem}`) };
	}
}

const whole = (workflow: object) => sent(workflow, { workflow: parseWorkflow(workflow) });
const override = (workflow: object, nodeId: string, inputs: Record<string, unknown>) =>
	sent(workflow, { overrides: { [nodeId]: { inputs } } });

/** Sets a value of node 2 in a whole workflow, and as an override of a deployed one. */
const EFFECTS: [what: string, inputs: object, problems: string[]][] = [
	['a value where only a link can be', { mask: 'https://example.com/a.png' }, ['mask wrong_type']],
	['a value for a type of ComfyUI’s own', { hooks: 5 }, ['hooks wrong_type']],
	['a value for any type', { any: 5 }, []],
	['nothing where only a link can be', { mask: null }, []],
	['a link of the type', { mask: ['1', 1] }, []],
	['the last output, counted from the end', { note: ['1', -1] }, []],
	['a link of another type', { mask: ['1', 0] }, ['mask link_type']],
	['a link of a text into a list', { mode: ['1', 2] }, ['mode link_type']],
	['an output that is not there', { mask: ['1', 3] }, ['mask link_type']],
	['a node that is not there', { mask: ['9', 0] }, ['mask unknown_node']],
	['half an output', { mask: ['1', 0.5] }, ['mask wrong_type']],
	['an output as text', { mask: ['1', '0'] }, ['mask wrong_type']],
	['a node as a number', { mask: [1, 0] }, ['mask wrong_type']],
	['a list of three', { mask: ['1', 0, 0] }, ['mask wrong_type']],
	['a list for a text', { note: ['a'] }, ['note wrong_type']],
	['nothing for a number', { ratio: null }, ['ratio wrong_type']],
	['nothing for a choice', { mode: null }, ['mode wrong_type']],
	['the largest decimal', { ratio: '1e38' }, []],
	['an empty text for a widget that uploads by itself', { paint: '' }, []],
];

describe.each(EFFECTS)('%s', (_what, inputs, problems) => {
	const refused = problems.map((problem) => `2.inputs.${problem}`);
	const base = { 1: picture, 2: effect({}), 3: save('2') };

	it('in a whole workflow', async () => {
		const { refused: found = [] } = await whole({ ...base, 2: effect(inputs) });
		expect(found).toEqual(refused);
	});

	it('as an override', async () => {
		const { refused: found = [] } = await override(base, '2', { ...inputs });
		expect(found).toEqual(refused);
	});
});

describe('a whole workflow', () => {
	it('is sent with its values as they are checked', async () => {
		const odd = { ...picture, inputs: { width: '64.0', mode: 'soft ' } };
		const { graph } = await whole({ 1: odd, 2: save('1') });
		expect(graph).toEqual({ 1: picture, 2: save('1') });
	});

	it('is sent with what ComfyUI misses where nothing can be given', async () => {
		const { graph } = await whole({ 1: picture, 2: node('Compare', { image_a: ['1', 0] }) });
		expect(graph?.['2']?.inputs).toEqual({ image_a: ['1', 0], compare_view: {} });
	});

	it.each([[undefined], [null]])('may have a node whose inputs are %s', async (inputs) => {
		const { graph } = await whole({ 1: node('Compare', inputs as never) });
		expect(graph).toEqual({ 1: node('Compare', { compare_view: {} }) });
	});

	it('may hold a class of before, if ComfyUI can put that of now in its place', async () => {
		const old = { ...node('T2IAdapterLoader', {}), _meta: { title: 'x' } };
		expect(await whole({ 1: picture, 2: save('1'), 3: old })).not.toHaveProperty('refused');
		const bare = node('T2IAdapterLoader', {});
		expect(await whole({ 1: picture, 2: save('1'), 3: bare })).toEqual({
			refused: ['3 unknown_class'],
		});
	});

	it('may hold what a class of a custom node draws by itself', async () => {
		expect(await whole({ 1: node('Custom', { dial: 5 }) })).not.toHaveProperty('refused');
	});

	it('may go beyond the list of a class that checks its values itself', async () => {
		expect(await whole({ 1: node('SelectModelDevice', { device: 'cuda:1' }) })).not.toHaveProperty(
			'refused',
		);
	});
});

it('a class that checks its links itself takes a link of any type at a widget, and at no other input', async () => {
	const graph = (model: unknown, limit: unknown) => ({
		1: picture,
		2: node('TripoConversionNode', { original_model_task_id: model, face_limit: limit }),
		3: node('Model', {}),
	});
	expect(await whole(graph(['3', 0], ['1', 2]))).not.toHaveProperty('refused');
	const saved = graph(['3', 0], 5);
	expect(await override(saved, '2', { face_limit: ['1', 2] })).not.toHaveProperty('refused');
	const refused = ['2.inputs.original_model_task_id link_type'];
	expect(await whole(graph(['1', 2], 5))).toEqual({ refused });
	expect(await override(saved, '2', { original_model_task_id: ['1', 2] })).toEqual({ refused });
});

describe('an output that lacks an input', () => {
	const half = { 1: picture, 2: save('1'), 3: node('Save', {}) };
	const none = { 3: node('Save', {}) };
	const warning = /there is no output from 3 · Save: node 3 · Save lacks its input "images"/;

	it.each([
		['a whole workflow', whole],
		['a deployed one', (workflow: object) => override(workflow, '3', {})],
	])('is a warning in %s, if another one runs', async (_what, send) => {
		const { warnings } = await send(half);
		expect(warnings).toEqual([expect.stringMatching(warning)]);
		expect(await send(none)).toEqual({ refused: ['3.inputs.images missing_input'] });
	});

	it('is refused if all others lack one, too', async () => {
		expect(await whole({ ...none, 4: node('Save', {}) })).toEqual({
			refused: ['4.inputs.images missing_input', '3.inputs.images missing_input'],
		});
	});

	it('is told with the node that lacks it, further up', async () => {
		const { warnings } = await whole({ ...half, 3: save('4'), 4: node('Effect', {}) });
		expect(warnings).toEqual([
			expect.stringMatching(
				/there is no output from 3 · Save: node 4 · Effect lacks its input "image"/,
			),
		]);
	});
});

describe('a choice that brings another choice', () => {
	const film = (inputs: object) => ({
		1: picture,
		2: node('Film', { images: ['1', 0], format: 'auto', codec: 'h264', ...inputs }),
	});

	it('may lack that one', async () => {
		expect(await whole(film({}))).not.toHaveProperty('refused');
	});

	it('is completed by what the author gave by its plain name', async () => {
		const { graph, overrides } = await override(film({}), '2', { format: 'mp4' });
		const inputs = { ...graph?.['2']?.inputs, ...overrides?.['2']?.inputs };
		expect(inputs).toMatchObject({ format: 'mp4', 'format.codec': 'h264' });
		const unfit = await override(film({ codec: 'none' }), '2', { format: 'mp4' });
		expect(unfit).not.toHaveProperty('refused');
	});

	it('is not missed itself only below another one', async () => {
		const inputs = { images: ['1', 0], codec: 'h264' };
		expect(await whole({ 1: picture, 2: node('Film', inputs) })).toEqual({
			refused: ['2.inputs.format missing_input'],
		});
	});
});

it('a field may hold an empty text that is a choice', async () => {
	const field = { nodeId: '1', input: 'mode', label: 'Mode', source: 'its field', value: '' };
	const fields = [{ ...field, spec: { kind: 'choice' as const } }];
	expect(await sent({ 1: picture, 2: save('1') }, { fields })).toMatchObject({
		overrides: { 1: { inputs: { mode: '' } } },
	});
});

it('a link that is set to nothing is unplugged, if the input is optional', async () => {
	const base = { 1: picture, 2: effect({ mask: ['1', 1] }), 3: save('2') };
	expect(await override(base, '2', { mask: null })).toMatchObject({
		overrides: { 2: { inputs: { mask: null } } },
	});
	expect(await override(base, '2', { image: null })).toEqual({
		refused: ['2.inputs.image link_overwritten'],
	});
});
