import type { ResourceMapperField } from 'n8n-workflow';
import {
	type Draft,
	type FieldValue,
	invalidInput,
	listFew,
	type Service,
	traitsOf,
} from '../../../core';
import {
	FORMS,
	labelOfFormField,
	LORA_MARK,
	parseFieldId,
	parseInputName,
	specOfFormField,
} from './formFields';
import { furtherInputsField, isExpression, readRows } from './furtherInputs';
import { quoted } from './mistakes';
import type { Item } from './options';

interface Mapper {
	value?: Record<string, unknown> | null;
	schema?: ResourceMapperField[];
}

/**
 * Reads the fields that the user has set in one item's form. A field with the deployment's own value is `untouched`, so
 * that it keeps following the deployment.
 * @throws RunComfyError `invalid_input`
 */
export function readForm(
	item: Item,
	service: Service,
): Required<Pick<Draft, 'fields' | 'untouched' | 'warnings'>> {
	const { context, itemIndex } = item;
	const parameter = FORMS[service].name;
	const naming = traitsOf({ service }).byName ? BY_NAME : BY_NODE;
	const given = context.getNodeParameter(parameter, itemIndex, {}) as Mapper;
	const raw = context.getNodeParameter(parameter, itemIndex, {}, RAW) as Mapper;
	const schema = new Map((given.schema ?? []).map((field) => [field.id, field]));
	const fields: FieldValue[] = [];
	const untouched: FieldValue[] = [];
	for (const [id, value] of Object.entries(given.value ?? {})) {
		if (id === LORA_MARK.id) continue;
		const name = naming.parse(id);
		if (!name) throw strayField(id);
		const shown = schema.get(id);
		const fixed = !isExpression(raw.value?.[id]);
		if (fixed && value === undefined) continue;
		const asDeployed =
			fixed && shown !== undefined && value === shown.defaultValue && !shown.required;
		(asDeployed ? untouched : fields).push({
			...name,
			value,
			label: shown ? labelOfFormField(shown) : id,
			source: fixed ? 'the form' : 'its expression',
			spec: specOfFormField(name.input, shown),
		});
	}
	fields.push(...readRows(item, { ...furtherInputsField, ...naming }));
	return { fields, untouched, warnings: warnOfBlanks(raw, service) };
}

/** How people name an input of a workflow's node. */
const BY_NODE = {
	parse: parseFieldId,
	hint: 'Choose one from the list, or enter its node and its name, such as 31.steps.',
};

/** How people name an input of a target without nodes. */
const BY_NAME = {
	parse: parseInputName,
	hint: 'Choose one from the list, or enter its name, such as seed.',
};

const RAW = { rawExpressions: true };

// n8n removes an emptied field's value, and "Add all inputs" adds fields without values.
function warnOfBlanks({ value, schema = [] }: Mapper, service: Service): string[] {
	const blank = schema
		.filter(({ type, display, removed }) => type === 'string' && display && removed !== true)
		.filter(({ id, defaultValue }) => defaultValue && (value?.[id] ?? null) === null)
		.map(labelOfFormField);
	if (blank.length === 0) return [];
	return [
		`Empty in the form, so the ${service}’s own text is used: ${listFew(blank)}. For an empty text, enter the expression {{ "" }}.`,
	];
}

function strayField(id: string) {
	return invalidInput(
		`"${id}" in ${quoted('Workflow Inputs')} is not the name of an input`,
		'Name an input by its node and its name, such as 6.text, or choose the deployment again to reload the form.',
	);
}
