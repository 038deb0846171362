import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	parseOverrides,
	parseWorkflow,
	prepare,
	RunComfyError,
	type Draft,
	type Prepared,
} from '../../../core';
import { hintOnce } from '../session/hints';
import type { Session } from '../session/session';
import { deploymentField, readDeploymentId } from './deployment';
import { readForm } from './form';
import { workflowInputsField, workflowInputsNotice } from './formFields';
import { inputFilesField, readInputFiles } from './inputFiles';
import { inputOptions, readOptions, submitOptions } from './options';

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

/**
 * Reads what one item is to run; the function that it gives compares it with the deployment.
 * @throws RunComfyError `invalid_input`, `invalid_overrides` (both)
 */
export function readSubmission(
	context: IExecuteFunctions,
	itemIndex: number,
): (session: Session) => Promise<Prepared> {
	const deploymentId = readDeploymentId(context, itemIndex);
	const options = readOptions(context, itemIndex);
	const { checkInputs, maxBytes } = inputOptions(options);
	const draft: Draft = {
		deploymentId,
		...submitOptions(options),
		...readInputs(context, itemIndex),
	};

	return async (session) => {
		const files = draft.workflowApiJson ? [] : await readInputFiles(context, itemIndex, maxBytes);
		const prepared = await prepare(
			session.client,
			{ ...draft, files },
			{ read: checkInputs ? session.readWorkflow : undefined, maxFileBytes: maxBytes },
		);
		return {
			async complete() {
				const submission = await prepared.complete();
				hintOnce(context, session, submission.notes.warnings);
				return submission;
			},
		};
	};
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
