import type { ResourceMapperField } from 'n8n-workflow';
import { type LoadedWorkflow, partnerNodesOf, partnerPrice } from '../../../core';
import { parseFieldId } from './formFields';

/**
 * Names the price of each partner node, the values as deployed, beside the first of its fields that
 * shows: n8n's form has no other place for it.
 */
export async function withPrices(
	fields: readonly ResourceMapperField[],
	{ workflow, info }: Pick<LoadedWorkflow, 'workflow' | 'info'>,
): Promise<ResourceMapperField[]> {
	const remarks = new Map<ResourceMapperField, string>();
	for (const { nodeId, node } of partnerNodesOf(workflow, info)) {
		const own = fields.filter(({ id }) => parseFieldId(id)?.nodeId === nodeId);
		const first = own.find(({ removed }) => !removed) ?? own[0];
		const price = await partnerPrice({ [nodeId]: node }, info);
		const cost = price ? `${price.text} a run at comfy.org` : 'paid at comfy.org';
		if (first) remarks.set(first, ` (partner node, ${cost})`);
	}
	return fields.map((field) => ({
		...field,
		displayName: field.displayName + (remarks.get(field) ?? ''),
	}));
}
