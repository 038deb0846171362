import type { Client } from '../http/client';
import { givesPartnerKey, hasNoPartnerNodes, partnerNodesOf } from '../workflow/partner/nodes';
import type { KnownWorkflow } from '../workflow/reader';
import type { Draft } from './draft';
import { few, type Finding, nameOf } from './findings';

/**
 * That the workflow has partner nodes, and no key for them is there: ComfyUI accepts such a run, and it
 * fails once its machine is up and paid for. Nothing where the workflow or its classes are not known.
 */
export function checkPartnerKey(
	{ host }: Client,
	{ extraData }: Pick<Draft, 'extraData'>,
	{ workflow, info }: KnownWorkflow,
): Finding[] {
	if (!workflow || host.partnerKey || givesPartnerKey(extraData)) return [];
	const nodes = partnerNodesOf(workflow, info);
	const [first] = nodes;
	if (!first) return [];
	const names = few(nodes.map(({ nodeId }) => nameOf(nodeId, workflow)));
	const message =
		nodes.length === 1
			? `The node ${names} runs at a partner of ComfyUI, which takes an API key of comfy.org, and there is none`
			: `The nodes ${names} run at partners of ComfyUI, which take an API key of comfy.org, and there is none`;
	return [{ path: first.nodeId, problem: 'no_partner_key', message }];
}

/** What a submit is told where there is a key: not to send it to a workflow that has no use for it. */
export function partnerNodesIn(
	{ host }: Client,
	{ workflow, info }: KnownWorkflow,
): { partnerNodes?: false } {
	const useless = host.partnerKey && workflow && hasNoPartnerNodes(workflow, info);
	return useless ? { partnerNodes: false } : {};
}
