import type { INodeProperties } from 'n8n-workflow';
import { type Draft, parseInputs, parseWorkflow } from '../../../core';
import { quoted } from './mistakes';
import type { Item } from './options';

const displayOptions = { show: { inputMode: ['workflow'] } };

export const workflowFields: INodeProperties[] = [
	{
		displayName: 'Workflow',
		name: 'workflowApiJson',
		type: 'json',
		required: true,
		default: '',
		typeOptions: { rows: 8 },
		placeholder: 'e.g. { "3": { "class_type": "KSampler", "inputs": { … } } }',
		description: 'A workflow that you exported in ComfyUI with Workflow > Export (API)',
		displayOptions,
	},
	{
		displayName: 'Overrides',
		name: 'workflowOverrides',
		type: 'json',
		default: '{}',
		typeOptions: { rows: 4 },
		placeholder: 'e.g. { "6": { "inputs": { "text": "a lighthouse" } } }',
		description: 'Inputs of this workflow to change, by node ID. A seed may be "random".',
		displayOptions,
	},
];

export const INTO_JSON =
	'Insert text with {{ JSON.stringify($json.prompt) }}, without quotes around it';

const ADVICE = `${INTO_JSON}, or set Input Mode to Fields, which takes any text.`;

/** @throws RunComfyError `invalid_input`, `invalid_overrides` */
export function readOverrides(given: unknown): NonNullable<Draft['overrides']> {
	return parseInputs(given, { name: quoted('Overrides'), advice: ADVICE });
}

/** @throws RunComfyError `invalid_input`, `invalid_overrides` */
export function readWorkflowFields({ context, itemIndex }: Item) {
	const given: unknown = context.getNodeParameter('workflowApiJson', itemIndex, '');
	const overrides: unknown = context.getNodeParameter('workflowOverrides', itemIndex, '{}');
	return {
		workflow: parseWorkflow(given, { name: quoted('Workflow'), advice: ADVICE }),
		overrides: readOverrides(overrides),
	};
}
