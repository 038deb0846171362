import type { INodeProperties } from 'n8n-workflow';
import { type DirectDraft, isObject, parseUserJson, prepare, type Prepared } from '../../../core';
import type { Session } from '../session/session';
import { readForm } from './form';
import { modelInputsField, parseModelFieldId } from './formFields';
import { furtherModelInputsField, readRows, valueField } from './furtherInputs';
import { modelField, readDeploymentId, readModelId } from './ids';
import { inputOf, modelFilesField, readInputFiles } from './inputFiles';
import { mistake, quoted, readFlag } from './mistakes';
import { randomSeedsField } from './optionFields';
import type { Item } from './options';
import { INTO_JSON } from './workflowSource';

const ADVICE = `${INTO_JSON}, or give it in a field.`;

/** What a LoRA deployment takes: inputs by their names, since it has no workflow. */
export const directFields: INodeProperties[] = [
	{
		displayName:
			'A LoRA deployment has no workflow: its inputs are on its page on RunComfy, in the tab API.',
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
		description: 'Inputs of a LoRA deployment, by their names',
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
						description: 'The name of the input, as in the tab API of the deployment',
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
		description: 'Inputs by their names. They win over the rows above.',
		hint: `${INTO_JSON}.`,
		displayOptions: { show: { inputMode: ['direct'] } },
	},
];

export const modelFields: INodeProperties[] = [
	modelField,
	{
		displayName: 'Input Mode',
		name: 'inputMode',
		type: 'options',
		noDataExpression: true,
		default: 'fields',
		description: 'How to give the inputs of the model',
		options: [
			{ name: 'Fields', value: 'fields', description: 'In a form with a field for each input' },
			{ name: 'JSON', value: 'json', description: 'As an object, by their names' },
		],
	},
	modelInputsField,
	{
		displayName: 'An image, video or sound may be a URL; a file goes into Input Files.',
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
		description: 'The inputs of the model by their names. A seed may be "random".',
		hint: `${INTO_JSON}.`,
		displayOptions: { show: { inputMode: ['json'] } },
	},
	{
		...randomSeedsField,
		description:
			'Whether each run draws a new seed, if the model has one and you set none. The item has the seed.',
		displayOptions: { hide: { modelId: [''] } },
	},
	modelFilesField,
];

/** The inputs of a LoRA deployment. @throws RunComfyError `invalid_input` */
export function readDirectDraft(item: Item): DirectDraft {
	const { extraData, ...webhook } = item.options.submit;
	return {
		target: { deploymentId: readDeploymentId(item) },
		fields: readRows(item, DIRECT_ROWS).map(({ spec: _spec, ...field }) => field),
		inputs: readJson(item),
		...webhook,
		warnings: extraData ? [NO_EXTRA_DATA] : [],
		randomSeeds: readFlag(item, randomSeedsField),
	};
}

const NO_EXTRA_DATA = 'Extra Data is not sent: a LoRA deployment takes none.';

const DIRECT_ROWS = {
	parameter: 'directInputs',
	label: 'Direct Inputs',
	hint: 'Enter the name of the input, such as prompt.',
	parse: parseModelFieldId,
};

/** The inputs of a model. @throws RunComfyError `invalid_input` */
export function readModelDraft(item: Item): DirectDraft {
	const { context, itemIndex } = item;
	const target = { service: 'model', modelId: readModelId(item) } as const;
	const randomSeeds = readFlag(item, randomSeedsField);
	if (context.getNodeParameter('inputMode', itemIndex, 'fields') === 'json') {
		return { target, inputs: readJson(item), randomSeeds };
	}
	const { fields, warnings } = readForm(item, 'model');
	return { target, fields, warnings, randomSeeds };
}

function readJson({ context, itemIndex }: Item): Record<string, unknown> {
	const given: unknown = context.getNodeParameter('inputs', itemIndex, '{}');
	if (typeof given === 'string' && given.trim() === '') return {};
	const source = { name: quoted('Inputs'), advice: ADVICE };
	const value = typeof given === 'string' ? parseUserJson(given.trim(), source) : given;
	if (isObject(value)) return value;
	throw mistake(
		'Inputs',
		given === undefined ? 'has an expression without a value' : 'must be a JSON object',
		'For example, write {"prompt": "a lighthouse"}. If the field is an expression, check it.',
	);
}

/** Compares inputs and files with what the target takes. @throws RunComfyError `invalid_input`, `not_found` */
export async function checkDirectDraft(
	draft: DirectDraft,
	item: Item,
	{ client, readWorkflow, readModel }: Session,
): Promise<Prepared> {
	const files = await readInputFiles(item, client.host, inputOf);
	return prepare(
		client,
		{ ...draft, files },
		{ readWorkflow, readModel, check: item.options.checkInputs },
	);
}
