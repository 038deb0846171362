import type { IExecuteFunctions, ResourceMapperField } from 'n8n-workflow';
import { type Draft, type FieldValue, listFew, RunComfyError } from '../../../core';
import { labelOfFormField, parseFieldId, specOfFormField } from './formFields';
import { readFurtherInputs } from './furtherInputs';

interface Mapper {
	value?: Record<string, unknown> | null;
	schema?: ResourceMapperField[];
}

/**
 * What the user set in the form of one item. A field that still holds the deployment's own value is
 * not set, so that it follows the deployment when that is changed; neither is one that an expression
 * gives `null`.
 * @throws RunComfyError `invalid_input`
 */
export function readForm(
	context: IExecuteFunctions,
	itemIndex: number,
): Required<Pick<Draft, 'fields' | 'untouched' | 'warnings'>> {
	const given = context.getNodeParameter('workflowInputs', itemIndex, {}) as Mapper;
	const raw = context.getNodeParameter('workflowInputs', itemIndex, {}, RAW) as Mapper;
	const schema = new Map((given.schema ?? []).map((field) => [field.id, field]));
	const fields: FieldValue[] = [];
	const untouched: FieldValue[] = [];
	for (const [id, value] of Object.entries(given.value ?? {})) {
		const name = parseFieldId(id);
		if (!name) throw strayField(id);
		const shown = schema.get(id);
		const written = raw.value?.[id];
		const fixed = !(typeof written === 'string' && written.startsWith('='));
		if (fixed && value === undefined) continue;
		const asDeployed = fixed && shown !== undefined && value === shown.defaultValue;
		(asDeployed ? untouched : fields).push({
			...name,
			value,
			label: shown ? labelOfFormField(shown) : id,
			source: fixed ? 'the form' : 'its expression',
			spec: specOfFormField(name.input, shown),
		});
	}
	fields.push(...readFurtherInputs(context, itemIndex));
	return { fields, untouched, warnings: warnOfBlanks(raw) };
}

const RAW = { rawExpressions: true };

// n8n itself takes the value of an emptied field away, and adds "all inputs" without values.
function warnOfBlanks({ value, schema = [] }: Mapper): string[] {
	const blank = schema
		.filter(({ type, display, removed }) => type === 'string' && display && removed !== true)
		.filter(({ id, defaultValue }) => defaultValue && (value?.[id] ?? null) === null)
		.map(labelOfFormField);
	if (blank.length === 0) return [];
	return [
		`Empty in the form, so that the deployment’s own text is used: ${listFew(blank)}. For an empty text, enter the expression {{ "" }}.`,
	];
}

function strayField(id: string): RunComfyError {
	return new RunComfyError('invalid_input', `"${id}" in Workflow Inputs names no input`, {
		hint: 'Name an input by its node and its name, such as 6.text, or choose the deployment again to load the form anew.',
	});
}
