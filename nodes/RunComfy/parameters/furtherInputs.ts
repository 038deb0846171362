import type { IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import {
	fieldPath,
	type FieldValue,
	RunComfyError,
	shorten,
	type WorkflowField,
} from '../../../core';
import { parseFieldId, toFieldId } from './formFields';

/**
 * Inputs that the form does not have, chosen from a list that can be searched. n8n stores the rows, but
 * not the list. Unlike the form, the rows stay when another deployment is chosen.
 */
export const furtherInputsField: INodeProperties = {
	displayName: 'Further Inputs',
	name: 'furtherInputs',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Search All Inputs',
	default: {},
	description:
		'Any other inputs of the workflow. Unlike the form, these rows stay when another deployment is chosen.',
	displayOptions: { show: { inputMode: ['fields'] } },
	options: [
		{
			displayName: 'Input',
			name: 'inputs',
			values: [
				{
					displayName: 'Input Name or ID',
					name: 'input',
					type: 'options',
					typeOptions: {
						loadOptionsMethod: 'getInputs',
						loadOptionsDependsOn: ['deploymentId.value'],
					},
					default: '',
					description:
						'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					description:
						'As text, whatever the input takes: a number, true or false, one of its choices, or JSON. A seed may be “random”.',
				},
			],
		},
	],
};

interface Row {
	input?: unknown;
	value?: unknown;
}

/** The rows of one item. @throws RunComfyError `invalid_input` for a row without an input */
export function readFurtherInputs(context: IExecuteFunctions, itemIndex: number): FieldValue[] {
	const rowsOf = (options?: { rawExpressions: true }) => {
		const given = context.getNodeParameter('furtherInputs', itemIndex, {}, options);
		return (given as { inputs?: Row[] }).inputs ?? [];
	};
	const raw = rowsOf({ rawExpressions: true });
	return rowsOf().map(({ input, value }, index) => {
		const id = typeof input === 'string' ? input.trim() : '';
		const name = parseFieldId(id);
		if (!name) throw noInput(id, index);
		const fixed = !isExpression(raw[index]?.value);
		return {
			...name,
			value: fixed ? (value ?? '') : value,
			label: `${id} of Further Inputs`,
			source: fixed ? 'its row' : 'its expression',
			spec: { kind: 'other' },
		};
	});
}

/** Whether a parameter, as it is stored, is an expression. */
export function isExpression(stored: unknown): boolean {
	return typeof stored === 'string' && stored.startsWith('=');
}

function noInput(id: string, index: number): RunComfyError {
	const which = `Row ${index + 1} of Further Inputs`;
	return new RunComfyError(
		'invalid_input',
		id === '' ? `${which} has no input` : `${which} does not name an input: "${id}"`,
		{ hint: 'Choose one from the list, or enter its node and its name, such as 31.steps.' },
	);
}

/** The choices of such a row. */
export function toInputOptions(fields: readonly WorkflowField[]): INodePropertyOptions[] {
	return fields.map((field) => ({
		name: nameOf(field),
		value: toFieldId(field.nodeId, field.input),
		description: describe(field),
	}));
}

/** With its node, unlike the labels of the form: n8n searches names, and not descriptions. */
function nameOf({ name, owner, nodeId }: WorkflowField): string {
	const parts = new Set([name, owner, `#${nodeId}`].filter(Boolean));
	return [...parts].join(' · ');
}

const LONGEST = 80;

function describe(field: WorkflowField): string {
	const { spec, saved } = field;
	const { min, max, choices = [], tooltip, advanced } = spec;
	const value = typeof saved === 'object' ? JSON.stringify(saved) : String(saved);
	const range = min === undefined && max === undefined ? '' : `${min ?? '…'} to ${max ?? '…'}`;
	const listed = spec.kind === 'choice' && choices.length > 0 ? choices.join(', ') : '';
	const facts = [
		fieldPath(field),
		value === '' ? '' : `As deployed: ${shorten(value, LONGEST)}`,
		range,
		shorten(listed, LONGEST),
		advanced ? 'advanced' : '',
		tooltip ?? '',
	];
	return facts.filter(Boolean).join(' · ');
}
