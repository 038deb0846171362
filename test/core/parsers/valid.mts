// What some of the parsers take, for its parts to be spoiled.
import { combo } from '../../support/v3Classes.mts';
import { node, wires, workflow } from '../support/editorClasses.mts';
import { GRAPH } from '../support/workflowGraphs.mts';

const GRAPH_OF_EDITOR = workflow(
	[
		node(1, 'Loader', { outputs: ['MODEL', 'CLIP', 'VAE'], values: ['a.safetensors'] }),
		node(2, 'SetNode', { inputs: [['CLIP', 'CLIP', 1]], values: ['clip'] }),
		node(3, 'GetNode', { outputs: ['CLIP'], values: ['clip'] }),
		node(4, 'Encode', { inputs: [['clip', 'CLIP', 2]], outputs: ['CONDITIONING'], values: ['x'] }),
		node(5, 'Patch', {
			inputs: [
				['model', 'MODEL', 3],
				['clip', 'CLIP', 2],
			],
			outputs: ['MODEL', 'CLIP'],
			values: [1],
			mode: 4,
		}),
		node(6, 'Reroute', { inputs: [['', '*', 4]], outputs: ['MODEL'] }),
		node(7, 'Partner', { outputs: ['IMAGE'], values: ['p', 'large', 'high', 1, 'fixed', false] }),
		node(8, 'Rows', { outputs: ['STRING'], values: ['a', 1, 'A', 0.5, 'b'] }),
		node(9, 'LoadImage', { outputs: ['IMAGE', 'MASK'], values: ['a.png', 'image'] }),
	],
	wires('1: 1.1 > 2.0, 2: 3.0 > 4.0, 3: 1.0 > 5.0, 4: 5.0 > 6.0'),
);

/** What some of them take, for its parts to be spoiled. */
export const VALID: Record<string, unknown> = {
	prepare: { 6: { inputs: { text: 'a cat' } }, 3: { inputs: { seed: 1, steps: '20' } } },
	'prepare, by another graph': GRAPH,
	parseOverrides: { 6: { inputs: { text: 'a cat', seed: 1 } }, 7: { inputs: {} } },
	parseWorkflow: GRAPH,
	someWorkflow: GRAPH,
	checkWorkflow: GRAPH,
	describeInputs: GRAPH,
	'specIn by object_info': {
		input: {
			required: {
				model: combo({ x: { required: { a: ['INT'] } } }),
				rows: ['COMFY_DYNAMICGROUP_V3', { template: { required: { a: ['INT'] } }, min: 1, max: 2 }],
				images: [
					'COMFY_AUTOGROW_V3',
					{ template: { input: { required: { i: ['IMAGE'] } }, prefix: 'i', names: ['a'] } },
				],
				format: [['gif', 'mp4'], { formats: { mp4: [['crf', 'INT', { default: 19 }]] } }],
				picture: ['COMBO', { options: ['a.png'], image_upload: true, tooltip: 'x' }],
				a: ['INT', { min: 0, max: 5, step: 1, default: 1, control_after_generate: true }],
			},
		},
		input_order: { required: ['model', 'a'] },
		output: ['IMAGE', ['x']],
		output_node: true,
	},
	convertEditor: GRAPH_OF_EDITOR,
	classTypesOfEditor: GRAPH_OF_EDITOR,
	readFailures: [
		{
			error: 'OutOfMemory',
			details: '{"node_id": "3"}',
			debug_info: 'x',
			errorCode: 1,
			node_type: 'A',
		},
		{ errors: [{ message: 'm', exception_type: 't' }], node_errors: { 3: { class_type: 'A' } } },
		'node 3: it failed',
	],
	'createDeployment, refused': { detail: [{ loc: ['body', 'name'], msg: 'too long' }] },
	errorFromAnswer: {
		error_code: 422001,
		message: 'Validation error: field required',
		detail: [
			{ loc: ['body', 'overrides', '6', 'inputs', 'text'], msg: 'field required', input: {} },
		],
	},
	readOutputs: {
		9: {
			images: [{ url: 'https://a.example/b.png', filename: 'b.png', type: 'temp' }, 'x'],
			text: ['t'],
		},
	},
	listDeployments: [{ id: 'd', name: 'n', payload: { workflow_api_json: GRAPH } }],
};
