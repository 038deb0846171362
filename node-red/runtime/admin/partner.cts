import type { NodeAPI } from 'node-red';
import { type LoadedWorkflow, partnerNodesOf, partnerPrice } from '../../../core/index.js';
import type { DialogPartner } from '../../contract/dialog.cjs';
import { foreignJsonata } from '../inputs/jsonata.cjs';

/** What a dialog tells of a workflow's partner nodes, the values as deployed; nothing without such nodes. */
export async function toDialogPartner(
	RED: NodeAPI,
	{ workflow, info }: Pick<LoadedWorkflow, 'workflow' | 'info'>,
	keyed?: boolean,
): Promise<{ partner?: DialogPartner }> {
	const nodes = partnerNodesOf(workflow, info).map(({ label }) => label);
	if (nodes.length === 0) return {};
	const price = await partnerPrice(workflow, info, {}, foreignJsonata(RED));
	return {
		partner: {
			nodes,
			...(price ? { price: price.text } : {}),
			...(keyed === undefined ? {} : { keyed }),
		},
	};
}
