import type { ResourceMapperField } from 'n8n-workflow';
import {
	fieldLabels,
	type LoadedWorkflow,
	partnerNodesOf,
	partnerPrice,
	type WorkflowField,
} from '../../../core';
import { priceMark, toFormField } from './formFields';

/**
 * Characters that all fields of a form may take together. n8n stores every one of them in the user's
 * workflow, shown or not: with the rest of the node they stay below 20 KB.
 */
const MOST_CHARACTERS = 14_000;

/**
 * The inputs as fields of the form: those that most flows set or that `inUse` names, and as many more
 * as there is room for. The others are in the list of Further Inputs.
 */
export function layOutForm(
	inputs: readonly WorkflowField[],
	inUse: ReadonlySet<string>,
	prices: ReadonlyMap<WorkflowField, string>,
): ResourceMapperField[] {
	const priceOf = (input: WorkflowField) => priceMark(prices.get(input));
	const labels = fieldLabels(inputs, priceOf);
	const candidates = inputs.map((input, index) => ({
		field: toFormField(input, `${priceOf(input)}${labels[index] ?? input.name}`),
		likely: input.likely,
	}));
	const chosen = new Map<ResourceMapperField, ResourceMapperField>();
	let left = MOST_CHARACTERS;
	const choose = (field: ResourceMapperField, required: boolean) => {
		const fits = charactersOf(field) <= left;
		if (!fits && !required) return;
		const entry = fits ? field : withoutValues(field);
		left -= charactersOf(entry);
		chosen.set(field, entry);
	};
	// The likely ones first, so that their room does not depend on where they stand.
	for (const { field, likely } of candidates) if (likely) choose(field, true);
	for (const { field, likely } of candidates) if (!likely) choose(field, inUse.has(field.id));
	return candidates.flatMap(({ field }) => chosen.get(field) ?? []);
}

/** With the value that n8n stores beside a field that is shown. */
function charactersOf(field: ResourceMapperField): number {
	const value = field.removed ? 0 : JSON.stringify(field.defaultValue ?? null).length;
	return JSON.stringify(field).length + value;
}

// An empty field leaves the input as deployed, as one with the deployed value does.
function withoutValues({ defaultValue: _left, options, ...field }: ResourceMapperField) {
	return { ...field, ...(options ? { type: 'string' as const } : {}) };
}

/** The first field of each partner node that shows, with the price of a run with the values as deployed. */
export function pricedFields(
	inputs: readonly WorkflowField[],
	{ workflow, info }: Pick<LoadedWorkflow, 'workflow' | 'info'>,
): Map<WorkflowField, string> {
	const prices = new Map<WorkflowField, string>();
	for (const { nodeId, node } of partnerNodesOf(workflow, info)) {
		const own = inputs.filter((input) => input.nodeId === nodeId);
		const first = own.find(({ likely }) => likely) ?? own[0];
		const price = partnerPrice({ [nodeId]: node }, info);
		if (first) prices.set(first, price?.text.replace('about ', '≈') ?? 'price unknown');
	}
	return prices;
}
