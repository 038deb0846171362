import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import {
	type FieldValue,
	invalidInput,
	limitText,
	shorten,
	type TargetKind,
	trimmed,
	type WorkflowField,
} from '../../../core';
import { type FieldInputs, idOf, IN_FORM } from './formFields';
import { quoted } from './mistakes';
import type { Item } from './options';

/** The fields of a row. `method` lists the inputs of the chosen target. */
function listedRows(
	kind: TargetKind,
	method: `list${Capitalize<TargetKind>}Inputs`,
): NonNullable<INodeProperties['options']> {
	const locator = `${kind}Id.value`;
	return [
		{
			displayName: 'Input',
			name: 'inputs',
			values: [
				{
					displayName: 'Input Name or ID',
					name: 'input',
					type: 'options',
					typeOptions: { loadOptionsMethod: method, loadOptionsDependsOn: [locator] },
					default: '',
					description:
						'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
				},
				valueField,
			],
		},
	];
}

const valueField: INodeProperties = {
	displayName: 'Value',
	name: 'value',
	type: 'string',
	default: '',
	description:
		'The value as text, for any type of input: a number, true or false, a choice, or JSON. A seed may be “random”.',
};

/** Inputs beyond those of the form. n8n stores the rows, but not the list of choices. */
export const furtherInputsField: INodeProperties = {
	displayName: 'Further Inputs',
	name: 'furtherInputs',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Search All Inputs',
	default: {},
	description:
		'Other inputs of the workflow. Unlike the form, these rows are kept when you choose another deployment.',
	displayOptions: IN_FORM,
	options: listedRows('deployment', 'listDeploymentInputs'),
};

export const furtherModelInputsField: INodeProperties = {
	...furtherInputsField,
	description:
		'Other inputs of the model. Unlike the form, these rows are kept when you choose another model.',
	displayOptions: { show: { inputMode: ['fields'] }, hide: { modelId: [''] } },
	options: listedRows('model', 'listModelInputs'),
};

interface Row {
	input?: unknown;
	value?: unknown;
}

interface Rows extends Pick<INodeProperties, 'name' | 'displayName'> {
	/** How to fix a row without an input. */
	hint: string;
	parse(id: string): FieldInputs | undefined;
}

/** Reads the rows of one item. @throws RunComfyError `invalid_input` for a row without an input */
export function readRows(
	{ context, itemIndex }: Item,
	{ name: parameter, displayName: label, hint, parse }: Rows,
): FieldValue[] {
	const rowsOf = (options?: { rawExpressions: true }) => {
		const given = context.getNodeParameter(parameter, itemIndex, {}, options);
		return (given as { inputs?: Row[] }).inputs ?? [];
	};
	const raw = rowsOf({ rawExpressions: true });
	return rowsOf().map(({ input, value }, index) => {
		const id = trimmed(input);
		const name = parse(id);
		if (!name) {
			const what = id === '' ? 'has no input' : `does not name an input: "${id}"`;
			throw invalidInput(`Row ${index + 1} of ${quoted(label)} ${what}`, hint);
		}
		const fixed = !isExpression(raw[index]?.value);
		return {
			...name,
			value: fixed ? (value ?? '') : value,
			label: `${id} of ${label}`,
			source: fixed ? 'its row' : 'its expression',
		};
	});
}

/** Whether a stored parameter is an expression. */
export function isExpression(stored: unknown): boolean {
	return typeof stored === 'string' && stored.startsWith('=');
}

export function toInputOptions(fields: readonly WorkflowField[]): INodePropertyOptions[] {
	return fields.map((field) => ({
		name: nameOfChoice(field),
		value: idOf(field),
		description: describeChoice(field),
	}));
}

/** Includes the node, unlike the form's labels, because n8n searches names but not descriptions. */
function nameOfChoice(field: WorkflowField): string {
	const { name, label, title, nodeId, input, also } = field;
	const nodes = new Set([nodeId, ...(also ?? []).map((other) => other.nodeId)].filter(Boolean));
	const ids = [...nodes].map((id) => `#${id}`).join(', ');
	// The input itself, too, if nothing else tells it from another one of its node.
	const own = label.endsWith(`.${input}`) ? input : '';
	const parts = new Set([name, also ? '' : title, ids, own].filter(Boolean));
	return [...parts].join(' · ');
}

const LONGEST = 80;

function describeChoice(field: WorkflowField): string {
	const { spec, saved } = field;
	const { kind, min, max, choices = [], tooltip, advanced } = spec;
	const limit = (number = Infinity) => (Number.isFinite(number) ? limitText(number, kind) : '…');
	const value = typeof saved === 'object' ? JSON.stringify(saved) : String(saved ?? '');
	const range = min === undefined && max === undefined ? '' : `${limit(min)} to ${limit(max)}`;
	const listed = kind === 'media' ? '' : choices.slice(0, LONGEST).join(', ');
	const facts = [
		field.path,
		value === ''
			? ''
			: `${field.nodeId === '' ? 'Default' : 'As deployed'}: ${shorten(value, LONGEST)}`,
		range,
		shorten(listed, LONGEST),
		advanced ? 'advanced' : '',
		tooltip ?? '',
	];
	return facts.filter(Boolean).join(' · ');
}
