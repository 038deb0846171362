import type { ResourceMapperField } from 'n8n-workflow';
import type { WorkflowField } from '../../../core';
import { toFormField } from './formFields';

/**
 * Characters of all fields of a form together. n8n keeps every one of them in the user's workflow,
 * shown or not: with the rest of the node these stay below 20 KB.
 */
const MOST = 14_000;

/**
 * The inputs as fields of the form: those that most flows set or that `inUse` names, and as many more
 * as there is room for. The rest is in the list of Further Inputs.
 */
export function toForm(
	fields: readonly WorkflowField[],
	inUse: ReadonlySet<string> = new Set(),
): ResourceMapperField[] {
	const shown = fields.map((field) => ({ field: toFormField(field), likely: field.likely }));
	let left = MOST;
	// What is in use is taken off first, so that what else there is does not depend on where it stands.
	const kept = new Map<ResourceMapperField, ResourceMapperField>();
	const take = (field: ResourceMapperField, must: boolean) => {
		const size = sizeOf(field);
		const fits = size <= left;
		if (!fits && !must) return;
		const taken = fits ? field : withoutValues(field);
		left -= sizeOf(taken);
		kept.set(field, taken);
	};
	for (const { field, likely } of shown) if (likely) take(field, true);
	for (const { field, likely } of shown) if (!likely) take(field, inUse.has(field.id));
	return shown.flatMap(({ field }) => kept.get(field) ?? []);
}

/** With the value that n8n keeps beside a field that is shown. */
function sizeOf(field: ResourceMapperField): number {
	const value = field.removed ? 0 : JSON.stringify(field.defaultValue ?? null).length;
	return JSON.stringify(field).length + value;
}

// An empty field leaves the input as deployed, as one with the deployed value does.
function withoutValues({ defaultValue: _left, options, ...field }: ResourceMapperField) {
	return { ...field, ...(options ? { type: 'string' as const } : {}) };
}
