// Data for testing parsers: valid inputs to corrupt, and the words that parsers look for.
import { expect } from '@jest/globals';
import { RunComfyError } from '../../../core/index';
import { combo } from '../../support/v3Classes.mts';
import { GRAPH } from '../support/workflows.mts';

/** A single attempt, so that no retry is waited for. */
export const ONCE = { retries: { attempts: 1, baseMs: 0, capMs: 0 } };

export async function expectOwnErrorsOnly(call: () => unknown) {
	try {
		await call();
	} catch (error) {
		if (error instanceof RunComfyError) expect(error.message).not.toContain('[object Object]');
		else throw error;
	}
}

/** The parts of a host that embedding media needs. */
export const MEDIA = {
	toBase64: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
};

/** Valid inputs; tests corrupt parts of them. */
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
	'updateDeployment, refused': { detail: [{ loc: ['body', 'name'], msg: 'too long' }] },
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

const words = (text: string) => text.split(' ');

export const API = words('request_id deployment_id id status outcome error errors error_code');
export const ANSWER = [
	...API,
	...words('message detail loc msg outputs output created_at completed'),
];
export const NODES = words('6 inputs class_type _meta title KSampler seed random text');
export const DEPLOYMENT = words(
	'name hardware min_instances max_instances queue_size is_enabled payload deployments id',
);
export const CLASSES = [
	...words('A input required optional input_order output output_node'),
	...words('INT COMBO options key inputs template min max names prefix default'),
	...['COMBO', 'GROUP', 'SLOT'].map((kind) => `COMFY_DYNAMIC${kind}_V3`),
	'COMFY_AUTOGROW_V3',
];
export const FAILURE = [
	...words('error details debug_info node_id node_errors node_type exception_message errors'),
	...words('message extra_info class_type title outputs log_url traceback'),
];
export const OUTPUTS = words('9 images gifs url filename type temp text');
