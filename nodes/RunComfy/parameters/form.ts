import type { ResourceMapperField } from 'n8n-workflow';
import { type Draft, type FieldValue, invalidInput, type TargetKind } from '../../../core';
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
 * Reads the fields that the user has set in one item's form. A field with the deployment's own value is not sent, so that
 * it keeps following the deployment.
 * @throws RunComfyError `invalid_input`
 */
export function readForm(item: Item, kind: TargetKind): Required<Pick<Draft, 'fields'>> {
	const { context, itemIndex } = item;
	const parameter = FORMS[kind].name;
	const naming = kind === 'model' ? BY_NAME : BY_NODE;
	const given = context.getNodeParameter(parameter, itemIndex, {}) as Mapper;
	const raw = context.getNodeParameter(parameter, itemIndex, {}, RAW) as Mapper;
	const schema = new Map((given.schema ?? []).map((field) => [field.id, field]));
	const fields: FieldValue[] = [];
	for (const [id, value] of Object.entries(given.value ?? {})) {
		if (id === LORA_MARK.id) continue;
		const name = naming.parse(id);
		if (!name) throw strayField(id);
		const shown = schema.get(id);
		const fixed = !isExpression(raw.value?.[id]);
		if (fixed && value === undefined) continue;
		const asDeployed =
			fixed && shown !== undefined && value === shown.defaultValue && !shown.required;
		if (asDeployed) continue;
		fields.push({
			...name,
			value,
			label: shown ? labelOfFormField(shown) : id,
			source: fixed ? 'the form' : 'its expression',
			spec: specOfFormField(name.input, shown),
		});
	}
	fields.push(...readRows(item, { ...furtherInputsField, ...naming }));
	return { fields };
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

function strayField(id: string) {
	return invalidInput(
		`"${id}" in ${quoted('Workflow Inputs')} is not the name of an input`,
		'Name an input by its node and its name, such as 6.text, or choose the deployment again to reload the form.',
	);
}
