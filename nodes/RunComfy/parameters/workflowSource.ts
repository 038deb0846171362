import type { INodeProperties } from 'n8n-workflow';
import {
	type Draft,
	invalidInput,
	parseOverrides,
	parseWorkflow,
	type WorkflowApiJson,
} from '../../../core';
import { filesOf } from './files';
import { quoted, requireText } from './mistakes';
import type { Item } from './options';

const show = { inputMode: ['workflow'] };

export const workflowFields: INodeProperties[] = [
	{
		displayName: 'Workflow From',
		name: 'workflowFrom',
		type: 'options',
		noDataExpression: true,
		default: 'json',
		description: 'Where to read the workflow from',
		displayOptions: { show },
		options: [
			{
				name: 'Binary Field',
				value: 'binary',
				description: 'A JSON file',
			},
			{ name: 'JSON', value: 'json', description: 'The workflow as text or as an object' },
		],
	},
	{
		displayName: 'Workflow',
		name: 'workflowApiJson',
		type: 'json',
		required: true,
		default: '',
		typeOptions: { rows: 8 },
		placeholder: 'e.g. { "3": { "class_type": "KSampler", "inputs": { … } } }',
		description: 'A workflow that you exported in ComfyUI with Workflow > Export (API)',
		displayOptions: { show: { ...show, workflowFrom: ['json'] } },
	},
	{
		displayName: 'Input Binary Field',
		name: 'workflowBinaryProperty',
		type: 'string',
		required: true,
		default: 'data',
		hint: 'The name of the input field containing the JSON file',
		displayOptions: { show: { ...show, workflowFrom: ['binary'] } },
	},
	{
		displayName: 'Overrides',
		name: 'workflowOverrides',
		type: 'json',
		default: '{}',
		typeOptions: { rows: 4 },
		placeholder: 'e.g. { "6": { "inputs": { "text": "a lighthouse" } } }',
		description: 'Inputs of this workflow to change, by node ID. A seed may be "random".',
		displayOptions: { show },
	},
];

export const INTO_JSON =
	'Insert text with {{ JSON.stringify($json.prompt) }}, without quotes around it';

const ADVICE = `${INTO_JSON}, or set Input Mode to Fields, which takes any text.`;

/** @throws RunComfyError `invalid_input`, `invalid_overrides` */
export function readOverrides(given: unknown): NonNullable<Draft['overrides']> {
	return parseOverrides(given, { name: quoted('Overrides'), advice: ADVICE });
}

/** @throws RunComfyError `invalid_input` */
export function readWorkflowFields(item: Item) {
	const { context, itemIndex } = item;
	const overrides: unknown = context.getNodeParameter('workflowOverrides', itemIndex, '{}');
	return { source: readSource(item), overrides: readOverrides(overrides) };
}

/** Returns a function that reads an item's workflow, so that a file is read only when needed. */
function readSource(item: Item): () => Promise<WorkflowApiJson> {
	const { context, itemIndex } = item;
	if (context.getNodeParameter('workflowFrom', itemIndex, 'json') !== 'binary') {
		const given: unknown = context.getNodeParameter('workflowApiJson', itemIndex, '');
		const workflow = parseWorkflow(given, { name: quoted('Workflow'), advice: ADVICE });
		return async () => workflow;
	}
	const given: unknown = context.getNodeParameter('workflowBinaryProperty', itemIndex, 'data');
	const hint = 'Enter the name of the field that contains the file, such as data.';
	const name = requireText(given, 'Input Binary Field', hint);
	const files = filesOf(item);
	const file = files.find(name);
	if (!file) throw invalidInput(`The item has no binary field "${name}"`, hint);
	return async () => parseWorkflow(await file.read(), { name: file.filename });
}
