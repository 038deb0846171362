// Valid input of some parsers; tests spoil its parts.
import { combo } from '../../support/v3Classes.mts';
import { GRAPH } from '../support/workflowGraphs.mts';

/** Valid input of some of them; tests spoil its parts. */
export const VALID: Record<string, unknown> = {
	prepare: { 6: { inputs: { text: 'a cat' } }, 3: { inputs: { seed: 1, steps: '20' } } },
	'prepare, by another graph': GRAPH,
	parseOverrides: { 6: { inputs: { text: 'a cat', seed: 1 } }, 7: { inputs: {} } },
	parseWorkflow: GRAPH,
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
