import type { INodeProperties } from 'n8n-workflow';
import { parseNamedInputs } from '../../../core';
import { FILE_NOTE, FORMS } from './formFields';
import { furtherModelInputsField } from './furtherInputs';
import { quoted, requireGiven } from './mistakes';
import { randomSeedsField } from './optionFields';
import type { Item } from './options';
import { INTO_JSON } from './workflowSource';

const ADVICE = `${INTO_JSON}, or enter it in a field.`;

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

/** Reads inputs by name from JSON. @throws RunComfyError `invalid_input` */
export function readNamedInputs(item: Item) {
	const hint = 'For example, write {"prompt": "a lighthouse"}, or check the expression.';
	const given = requireGiven(item, { name: 'inputs', displayName: 'Inputs' }, hint);
	return parseNamedInputs(given, { name: quoted('Inputs'), advice: ADVICE });
}
