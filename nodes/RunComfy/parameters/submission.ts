import type { INodeProperties } from 'n8n-workflow';
import { type Draft, kindOf, prepare, type Prepared, type TargetKind } from '../../../core';
import type { Session } from '../session/session';
import { readNamedInputs } from './direct';
import { filesOf } from './files';
import { readForm } from './form';
import { FORMS, inFormAnd, loraNotice, workflowInputsNotice } from './formFields';
import { furtherInputsField } from './furtherInputs';
import { readTarget } from './ids';
import { readFlag, requireGiven } from './mistakes';
import { randomSeedsField } from './optionFields';
import type { Item } from './options';
import { INTO_JSON, readOverrides, readWorkflowFields, workflowFields } from './workflowSource';

export const deploymentInputFields: INodeProperties[] = [
	{
		displayName: 'Input Mode',
		name: 'inputMode',
		type: 'options',
		noDataExpression: true,
		default: 'fields',
		description: 'How to define the inputs of the run',
		builderHint: {
			propertyHint:
				'Use fields for a deployed workflow, and json for a LoRA deployment, which has no workflow.',
		},
		options: [
			{
				name: 'Fields',
				value: 'fields',
				description: 'Change inputs of the deployed workflow in a form',
			},
			{
				name: 'JSON',
				value: 'json',
				description: 'Change inputs of the deployed workflow, or set those of a LoRA, with JSON',
			},
			{
				name: 'Workflow',
				value: 'workflow',
				description: 'Run another workflow on the deployment’s machine, from JSON',
			},
		],
	},
	FORMS.deployment,
	loraNotice,
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
			'Inputs to change, by node ID; for a LoRA deployment, its inputs by name. Leave empty to run the workflow as deployed. A seed may be "random".',
		hint: `${INTO_JSON}.`,
		displayOptions: { show: { inputMode: ['json'] } },
	},
	...workflowFields,
	...inFormAnd(['json', 'workflow'], randomSeedsField),
];

/** Reads an item's submit. Its files are read later. @throws RunComfyError `invalid_input` */
export function readDraft(item: Item, kind: TargetKind): Draft {
	return {
		target: readTarget(item, kind),
		webhook: item.options.webhook,
		files: filesOf(item),
		...readByMode(item, kind),
		randomSeeds: readFlag(item, randomSeedsField),
	};
}

/** Checks a draft against the target. @throws RunComfyError `invalid_input`, `invalid_overrides`, `not_found` */
export async function checkDraft(draft: Draft, item: Item, session: Session): Promise<Prepared> {
	const { client, readWorkflow, readModel } = session;
	if (nothingIsSet(draft)) session.hint([NOTHING_SET], 'info');
	const how = { readWorkflow, readModel, check: item.options.checkInputs };
	return prepare(client, draft, how);
}

const NOTHING_SET =
	'No input is set, so the workflow runs as deployed. Choosing another deployment empties the form.';

/** Whether the user left a workflow's form unchanged. */
function nothingIsSet({ target, fields, overrides, randomSeeds }: Draft): boolean {
	const isForm = kindOf(target) === 'deployment' && overrides === undefined;
	return isForm && fields?.length === 0 && randomSeeds !== true;
}

function readByMode(item: Item, kind: TargetKind): Omit<Draft, 'target'> {
	const { context, itemIndex } = item;
	const mode = context.getNodeParameter('inputMode', itemIndex, 'fields');
	if (mode === 'fields') return readForm(item, kind);
	if (mode === 'workflow') return readWorkflowFields(item);
	if (kind === 'model') return { overrides: readNamedInputs(item) };
	// A misspelled field name should not cost a run of the unchanged workflow.
	const hint = 'Check the expression. {} runs the workflow as deployed.';
	const overrides = { name: 'overrides', displayName: 'Overrides' };
	return { overrides: readOverrides(requireGiven(item, overrides, hint)) };
}
