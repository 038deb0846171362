import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	type Draft,
	parseOverrides,
	prepare,
	type Prepared,
	RunComfyError,
	runnableWorkflow,
	type Submission,
} from '../../../core';
import { hintOnce } from '../session/hints';
import type { Session } from '../session/session';
import { deploymentField, readDeploymentId } from './deployment';
import { readForm } from './form';
import { workflowInputsField, workflowInputsNotice } from './formFields';
import { inputFilesField, readInputFiles } from './inputFiles';
import type { Item } from './item';
import { ADVICE } from './json';
import { readWorkflowFields, workflowFields, type WorkflowSource } from './workflowSource';

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
				description:
					'Run another workflow on the machine of the deployment, also that of a picture or video',
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
	...workflowFields,
	inputFilesField,
];

/** What one item is to run; a workflow of its own is still to be read or converted. */
export interface ItemDraft extends Draft {
	source?: WorkflowSource;
}

/** What one item is to run, but for its files. @throws RunComfyError `invalid_input` */
export function readDraft({ context, itemIndex, options }: Item): ItemDraft {
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
	{ source, ...draft }: ItemDraft,
	{ context, itemIndex, options }: Item,
	{ client, readWorkflow }: Session,
): Promise<Prepared> {
	const { checkInputs, maxBytes } = options.inputs;
	const rules = { maxBytes, toBase64: client.host.toBase64 };
	const files = await readInputFiles(context, itemIndex, rules);
	const given = source?.format === 'file' ? await source.read(rules) : source;
	const workflowApiJson =
		given && (await runnableWorkflow(readWorkflow, draft.deploymentId, given));
	return prepare(
		client,
		{ ...draft, workflowApiJson, files },
		{ read: checkInputs ? readWorkflow : undefined, maxFileBytes: maxBytes },
	);
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

function readInputs(context: IExecuteFunctions, itemIndex: number): Partial<ItemDraft> {
	const mode = context.getNodeParameter('inputMode', itemIndex, 'fields');
	if (mode === 'fields') return readForm(context, itemIndex);
	if (mode === 'workflow') return readWorkflowFields(context, itemIndex);
	const given: unknown = context.getNodeParameter('overrides', itemIndex, '');
	if (given === undefined) throw noOverrides();
	return { overrides: parseOverrides(given, { name: 'Overrides', advice: ADVICE }) };
}

// A misspelled field is no wish to pay for a run as deployed.
function noOverrides(): RunComfyError {
	return new RunComfyError('invalid_input', 'Overrides has an expression that gives no value', {
		hint: 'Check the expression. {} runs the workflow as deployed.',
	});
}
