import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	checkWebhook,
	drawSeeds,
	findProblems,
	judge,
	mergeOverrides,
	overridesFromRows,
	parseOverrides,
	parseWorkflow,
	refuse,
	RunComfyError,
	type KnownWorkflow,
	type Overrides,
	type SubmitInput,
	type WorkflowApiJson,
} from '../../../core';
import type { Session } from '../session/session';
import { deploymentField, readDeploymentId } from './deployment';
import { readForm, toOverrides, type FormOverrides } from './form';
import { hintOnce } from '../session/hints';
import type { Notes } from '../session/notes';
import { inputFilesField, placeholders, readInputFiles, type InputFile } from './inputFiles';
import { inputOptions, readOptions, submitOptions } from './options';
import { workflowInputsField, workflowInputsNotice } from './formFields';

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

/** A submit that was checked. Its files are read only when it is its turn. */
export interface Submission {
	complete(): Promise<Complete>;
}

interface Complete {
	input: SubmitInput;
	/** The one that will run, to name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/**
 * Reads what one item is to run; the function that it gives compares it with the deployment.
 * @throws RunComfyError `invalid_input`, `invalid_overrides` (both)
 */
export function readSubmission(
	context: IExecuteFunctions,
	itemIndex: number,
): (session: Session) => Promise<Submission> {
	const deploymentId = readDeploymentId(context, itemIndex);
	const options = readOptions(context, itemIndex);
	const { checkInputs, maxBytes } = inputOptions(options);
	const { workflowApiJson, overridesFor } = readGraph(context, itemIndex);
	const base = { deploymentId, workflowApiJson, ...submitOptions(options) };

	return async (session) => {
		if (base.webhook !== undefined) checkWebhook(session.client, base.webhook);
		const files = workflowApiJson ? [] : await readInputFiles(context, itemIndex, maxBytes);
		const look = async (known: KnownWorkflow) => {
			const given = await overridesFor(known, maxBytes);
			const { overrides, seeds } = drawSeeds(given.overrides, known.workflow, known.info);
			const all = mergeOverrides(overrides, overridesFromRows(placeholders(files)));
			const findings = [
				...given.findings,
				...findProblems({ workflowApiJson, overrides: all }, known),
			];
			return { overrides, seeds, findings, warnings: given.warnings };
		};
		const checked = checkInputs
			? await judge(session.readWorkflow, base, look)
			: { ...(await look(UNKNOWN)), known: UNKNOWN };
		refuse(checked.findings);
		const { overrides, seeds, known } = checked;
		return {
			async complete() {
				const read = await readAll(files);
				const warnings = [...known.warnings, ...checked.warnings, ...read.warnings];
				hintOnce(context, session, warnings);
				return {
					input: { ...base, overrides: mergeOverrides(overrides, read.overrides) },
					workflow: known.workflow,
					notes: { seeds, warnings },
				};
			},
		};
	};
}

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

interface Graph {
	workflowApiJson?: WorkflowApiJson;
	overridesFor(known: KnownWorkflow, maxBytes: number | undefined): Promise<FormOverrides>;
}

function readGraph(context: IExecuteFunctions, itemIndex: number): Graph {
	const mode = context.getNodeParameter('inputMode', itemIndex, 'fields');
	if (mode === 'fields') {
		const form = readForm(context, itemIndex);
		return { overridesFor: (known, maxBytes) => toOverrides(form, known, maxBytes) };
	}
	const plain = (overrides: Overrides) => async () => ({ overrides, findings: [], warnings: [] });
	if (mode === 'workflow') {
		const given = context.getNodeParameter('workflowApiJson', itemIndex, '');
		return { workflowApiJson: parseWorkflow(given), overridesFor: plain({}) };
	}
	const given: unknown = context.getNodeParameter('overrides', itemIndex, '');
	if (given === undefined) throw noOverrides();
	return { overridesFor: plain(parseOverrides(given)) };
}

// A misspelled field is no wish to pay for a run as deployed.
function noOverrides(): RunComfyError {
	return new RunComfyError('invalid_input', 'Overrides has an expression that gives no value', {
		hint: 'Check the expression. {} runs the workflow as deployed.',
	});
}

async function readAll(files: readonly InputFile[]) {
	const read = await Promise.all(
		files.map(async ({ nodeId, input, read }) => ({ nodeId, input, media: await read() })),
	);
	return {
		overrides: overridesFromRows(
			read.map(({ nodeId, input, media }) => ({ nodeId, input, value: media.value })),
		),
		warnings: read.flatMap(({ media }) => media.warnings),
	};
}
