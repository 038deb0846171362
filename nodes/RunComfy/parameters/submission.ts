import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	type Draft,
	parseOverrides,
	parseWorkflow,
	prepare,
	type Prepared,
	RunComfyError,
	type Submission,
} from '../../../core';
import { hintOnce } from '../session/hints';
import type { Session } from '../session/session';
import { deploymentField, readDeploymentId } from './deployment';
import { readForm } from './form';
import { workflowInputsField, workflowInputsNotice } from './formFields';
import { furtherInputsField } from './furtherInputs';
import { inputFilesField, readInputFiles } from './inputFiles';
import type { Item } from './item';

/** The fields that say what to run. */
export const inputFields: INodeProperties[] = [
	deploymentField,
	{
		displayName: 'Input Mode',
		name: 'inputMode',
		type: 'options',
		noDataExpression: true,
		default: 'fields',
		description: 'How to say what to run',
		options: [
			{
				name: 'Fields',
				value: 'fields',
				description: 'Run the workflow as deployed, with the inputs changed in a form',
			},
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
	workflowInputsField,
	workflowInputsNotice,
	furtherInputsField,
	{
		displayName: 'Overrides',
		name: 'overrides',
		type: 'json',
		required: true,
		default: '{}',
		typeOptions: { rows: 8 },
		placeholder: 'e.g. { "6": { "inputs": { "text": "a lighthouse" } } }',
		description:
			'Inputs to change, by the ID of their node. Empty runs the workflow as deployed. A seed may be "random".',
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
	inputFilesField,
];

/** What one item is to run, but for its files. @throws RunComfyError `invalid_input` */
export function readDraft({ context, itemIndex, options }: Item): Draft {
	return {
		deploymentId: readDeploymentId(context, itemIndex),
		...options.submit,
		...readInputs(context, itemIndex),
	};
}

/**
 * Compares the draft and its files with the deployment.
 * @throws RunComfyError `invalid_input`, `invalid_overrides`
 */
export async function checkDraft(
	draft: Draft,
	{ context, itemIndex, options }: Item,
	session: Session,
): Promise<Prepared> {
	const { client, readWorkflow } = session;
	const { checkInputs, maxBytes } = options.inputs;
	const rules = { maxBytes, toBase64: client.host.toBase64 };
	const files = draft.workflowApiJson ? [] : await readInputFiles(context, itemIndex, rules);
	if (nothingIsSet(draft) && files.length === 0) hintOnce(context, session, [NOTHING_SET], 'info');
	return prepare(
		client,
		{ ...draft, files },
		{ read: checkInputs ? readWorkflow : undefined, maxFileBytes: maxBytes },
	);
}

const NOTHING_SET =
	'Nothing is set in the form, so the workflow runs as it is deployed. n8n empties the form when another deployment is chosen.';

// Who emptied a field is told already what becomes of it.
function nothingIsSet({ fields, warnings = [] }: Draft): boolean {
	return fields?.length === 0 && warnings.length === 0;
}

/** Reads the files, and shows what the user should know above the output. */
export async function completeSubmission(
	prepared: Prepared,
	{ context }: Item,
	session: Session,
): Promise<Submission> {
	const submission = await prepared.complete();
	hintOnce(context, session, submission.notes.warnings);
	return submission;
}

function readInputs(context: IExecuteFunctions, itemIndex: number): Partial<Draft> {
	const mode = context.getNodeParameter('inputMode', itemIndex, 'fields');
	if (mode === 'fields') return readForm(context, itemIndex);
	if (mode === 'workflow') {
		const given = context.getNodeParameter('workflowApiJson', itemIndex, '');
		return { workflowApiJson: parseWorkflow(given, { name: 'Workflow', advice: ADVICE }) };
	}
	const given: unknown = context.getNodeParameter('overrides', itemIndex, '');
	if (given === undefined) throw noOverrides();
	return { overrides: parseOverrides(given, { name: 'Overrides', advice: ADVICE }) };
}

/** How a text from an expression gets into JSON. */
const ADVICE =
	'Put a text in with {{ JSON.stringify($json.prompt) }} and no quotes around it, or set Input Mode to Fields, which takes any text.';

// A misspelled field is no wish to pay for a run as deployed.
function noOverrides(): RunComfyError {
	return new RunComfyError('invalid_input', 'Overrides has an expression that gives no value', {
		hint: 'Check the expression. {} runs the workflow as deployed.',
	});
}
