import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	parseOverrides,
	parseWorkflow,
	type Overrides,
	type SubmitInput,
	type WorkflowApiJson,
} from '../../../core';
import { deploymentField, readDeploymentId } from './deployment';
import { readOptions, submitOptions } from './options';

/** The fields that say what to run. */
export const inputFields: INodeProperties[] = [
	deploymentField,
	{
		displayName: 'Input Mode',
		name: 'inputMode',
		type: 'options',
		noDataExpression: true,
		default: 'json',
		description: 'How to say what to run',
		options: [
			{
				name: 'JSON',
				value: 'json',
				description: 'Run the workflow as deployed, with the inputs changed that the JSON names',
			},
			{
				name: 'Workflow',
				value: 'workflow',
				description: 'Run another workflow on the machine of the deployment',
			},
		],
	},
	{
		displayName: 'Overrides',
		name: 'overrides',
		type: 'json',
		required: true,
		default: '{}',
		typeOptions: { rows: 8 },
		placeholder: 'e.g. { "6": { "inputs": { "text": "a lighthouse" } } }',
		description: 'Inputs to change, by the ID of their node. Empty runs the workflow as deployed.',
		hint: 'Put a text in with {{ JSON.stringify($json.prompt) }} and no quotes around it.',
		displayOptions: { show: { inputMode: ['json'] } },
	},
	{
		displayName: 'Workflow',
		name: 'workflowApiJson',
		type: 'json',
		required: true,
		default: '',
		typeOptions: { rows: 8 },
		placeholder: 'e.g. { "3": { "class_type": "KSampler", "inputs": { … } } }',
		description: 'A workflow as exported in ComfyUI with Workflow > Export (API)',
		displayOptions: { show: { inputMode: ['workflow'] } },
	},
];

/** @throws RunComfyError `invalid_input`, `invalid_overrides` */
export function readSubmitInput(context: IExecuteFunctions, itemIndex: number): SubmitInput {
	return {
		deploymentId: readDeploymentId(context, itemIndex),
		...readGraph(context, itemIndex),
		...submitOptions(readOptions(context, itemIndex)),
	};
}

function readGraph(
	context: IExecuteFunctions,
	itemIndex: number,
): { overrides: Overrides } | { workflowApiJson: WorkflowApiJson } {
	return context.getNodeParameter('inputMode', itemIndex, 'json') === 'workflow'
		? { workflowApiJson: parseWorkflow(context.getNodeParameter('workflowApiJson', itemIndex, '')) }
		: { overrides: parseOverrides(context.getNodeParameter('overrides', itemIndex, '')) };
}
