import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { type Draft, prepare, type Prepared, RunComfyError, type Submission } from '../../../core';
import { hintOnce } from '../session/hints';
import type { Session } from '../session/session';
import { readForm } from './form';
import { workflowInputsField, workflowInputsNotice } from './formFields';
import { furtherInputsField } from './furtherInputs';
import { deploymentField, readDeploymentId } from './ids';
import { inputFilesField, readInputFiles } from './inputFiles';
import type { Item } from './options';
import {
	readOverrides,
	readWorkflowFields,
	workflowFields,
	type WorkflowSource,
} from './workflowSource';

/** The fields that say what to run. */
export const inputFields: INodeProperties[] = [
	deploymentField,
	{
		displayName: 'Input Mode',
		name: 'inputMode',
		type: 'options',
		noDataExpression: true,
		default: 'fields',
		description: 'How to define the workflow inputs',
		options: [
			{
				name: 'Fields',
				value: 'fields',
				description: 'Run the workflow as deployed, with the inputs that you change in a form',
			},
			{
				name: 'JSON',
				value: 'json',
				description: 'Run the workflow as deployed, with the inputs that you change by JSON',
			},
			{
				name: 'Workflow',
				value: 'workflow',
				description:
					'Run another workflow on the machine of the deployment, or that of a picture or video',
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
	...workflowFields,
	{
		displayName: 'Random Seeds',
		name: 'randomSeeds',
		type: 'boolean',
		default: false,
		description:
			'Whether each run draws new seeds for the whole workflow, except for those that you set. A seed that says "random" is always drawn. The item has the seeds.',
	},
	inputFilesField,
];

/** What one item is to run. If it has a workflow of its own, that must still be read or converted. */
export interface ItemDraft extends Draft {
	source?: WorkflowSource;
}

/** What one item is to run, without its files. @throws RunComfyError `invalid_input` */
export function readDraft({ context, itemIndex, options }: Item): ItemDraft {
	return {
		deploymentId: readDeploymentId(context, itemIndex),
		...options.submit,
		...readInputs(context, itemIndex),
		randomSeeds: context.getNodeParameter('randomSeeds', itemIndex, false) === true,
	};
}

/**
 * Compares the draft and its files with the deployment.
 * @throws RunComfyError `invalid_input`, `invalid_overrides`
 */
export async function checkDraft(
	{ source, ...draft }: ItemDraft,
	{ context, itemIndex, options }: Item,
	session: Session,
): Promise<Prepared> {
	const { client, readWorkflow } = session;
	const { checkInputs, maxBytes } = options.inputs;
	const { toBase64, sleep, labels } = client.host;
	const rules = { maxBytes, toBase64, sleep, limitLabel: labels?.inputFileLimit };
	const files = await readInputFiles(context, itemIndex, rules);
	if (nothingIsSet(draft) && files.length === 0) hintOnce(context, session, [NOTHING_SET], 'info');
	const workflow = source?.format === 'file' ? await source.read(rules) : source;
	return prepare(
		client,
		{ ...draft, workflow, files },
		{ read: readWorkflow, check: checkInputs, maxFileBytes: maxBytes },
	);
}

const NOTHING_SET =
	'Nothing is set in the form, so the workflow runs as deployed. n8n empties the form when you choose another deployment.';

// If a field was emptied, a warning says already what becomes of it.
function nothingIsSet({ fields, randomSeeds, warnings = [] }: Draft): boolean {
	return fields?.length === 0 && randomSeeds !== true && warnings.length === 0;
}

/** Reads the files, and shows the warnings above the output. */
export async function completeSubmission(
	prepared: Prepared,
	{ context }: Item,
	session: Session,
): Promise<Submission> {
	const submission = await prepared.withFiles();
	hintOnce(context, session, submission.notes.warnings);
	return submission;
}

function readInputs(context: IExecuteFunctions, itemIndex: number): Partial<ItemDraft> {
	const mode = context.getNodeParameter('inputMode', itemIndex, 'fields');
	if (mode === 'fields') return readForm(context, itemIndex);
	if (mode === 'workflow') return readWorkflowFields(context, itemIndex);
	const given: unknown = context.getNodeParameter('overrides', itemIndex, '');
	if (given === undefined) throw noOverrides();
	return { overrides: readOverrides(given) };
}

// Who misspells a field does not want to pay for a run as deployed.
function noOverrides(): RunComfyError {
	return new RunComfyError('invalid_input', 'Overrides has an expression without a value', {
		hint: 'Check the expression. {} runs the workflow as deployed.',
	});
}
