import type { INodeProperties } from 'n8n-workflow';
import { type Draft, parseNamedInputs } from '../../../core';
import { FILE_NOTE, FORMS, parseInputName } from './formFields';
import { furtherModelInputsField, readRows, valueField } from './furtherInputs';
import { quoted, requireGiven } from './mistakes';
import { randomSeedsField } from './optionFields';
import type { Item } from './options';
import { INTO_JSON } from './workflowSource';

const ADVICE = `${INTO_JSON}, or enter it in a field.`;

/** Fields for a LoRA deployment, which takes inputs by name because it has no workflow. */
export const directFields: INodeProperties[] = [
	{
		displayName:
			'A LoRA deployment has no workflow. Find its inputs on its RunComfy page, in the API tab.',
		name: 'directNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { inputMode: ['direct'] } },
	},
	{
		displayName: 'Direct Inputs',
		name: 'directInputs',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Input',
		default: {},
		description: 'Inputs of a LoRA deployment, by name',
		displayOptions: { show: { inputMode: ['direct'] } },
		options: [
			{
				displayName: 'Input',
				name: 'inputs',
				values: [
					{
						displayName: 'Name',
						name: 'input',
						type: 'string',
						default: '',
						placeholder: 'e.g. prompt',
						description: 'The name of the input, as in the API tab of the deployment',
					},
					valueField,
				],
			},
		],
	},
	{
		displayName: 'Inputs (JSON)',
		name: 'inputs',
		type: 'json',
		default: '{}',
		typeOptions: { rows: 4 },
		placeholder: 'e.g. { "prompt": "a lighthouse", "width": 1024 }',
		description: 'Inputs by name. They override the rows above.',
		hint: `${INTO_JSON}.`,
		displayOptions: { show: { inputMode: ['direct'] } },
	},
];

export const modelInputFields: INodeProperties[] = [
	{
		displayName: 'Input Mode',
		name: 'inputMode',
		type: 'options',
		noDataExpression: true,
		default: 'fields',
		description: 'How to define the inputs of the model',
		options: [
			{ name: 'Fields', value: 'fields', description: 'In a form with a field for each input' },
			{ name: 'JSON', value: 'json', description: 'As an object with input names and values' },
		],
	},
	FORMS.model,
	{
		displayName: FILE_NOTE,
		name: 'modelInputsNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { inputMode: ['fields'] }, hide: { modelId: [''] } },
	},
	furtherModelInputsField,
	{
		displayName: 'Inputs',
		name: 'inputs',
		type: 'json',
		required: true,
		default: '{}',
		typeOptions: { rows: 8 },
		placeholder: 'e.g. { "prompt": "a lighthouse" }',
		description: 'The inputs of the model by name. A seed may be "random".',
		hint: `${INTO_JSON}.`,
		displayOptions: { show: { inputMode: ['json'] } },
	},
	{
		...randomSeedsField,
		description:
			'Whether each run draws a new seed, if the model has a seed input that you did not set. The output contains the seed.',
		displayOptions: { hide: { modelId: [''] } },
	},
];

/** Reads the inputs of a LoRA deployment. @throws RunComfyError `invalid_input` */
export function readDirectInputs(item: Item): Omit<Draft, 'target'> {
	return {
		fields: readRows(item, DIRECT_ROWS),
		overrides: readNamedInputs(item),
	};
}

const DIRECT_ROWS = {
	name: 'directInputs',
	displayName: 'Direct Inputs',
	hint: 'Enter the name of the input, such as prompt.',
	parse: parseInputName,
};

/** Reads inputs by name from JSON. @throws RunComfyError `invalid_input` */
export function readNamedInputs(item: Item) {
	const hint = 'For example, write {"prompt": "a lighthouse"}, or check the expression.';
	const given = requireGiven(item, { name: 'inputs', displayName: 'Inputs' }, hint);
	return parseNamedInputs(given, { name: quoted('Inputs'), advice: ADVICE });
}
