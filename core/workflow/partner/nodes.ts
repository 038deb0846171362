import { isObject } from '../../json/objects';
import { titleOf, type WorkflowApiJson, type WorkflowNode } from '../graph';
import { classOf } from '../node';
import type { ObjectInfo } from '../objectInfo';

export interface PartnerNode {
	nodeId: string;
	label: string;
	node: WorkflowNode;
	priceBadge?: unknown;
}

/** A title may hold anything. */
const LONGEST_TITLE = 80;

/** The partner nodes of a workflow, as far as object_info knows its classes. */
export function partnerNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): PartnerNode[] {
	return Object.entries(workflow).flatMap(([nodeId, node]) => {
		const found = classOf(node, info);
		if (!found?.apiNode) return [];
		const { priceBadge } = found;
		const label = `${nodeId} · ${titleOf(node).slice(0, LONGEST_TITLE)}`;
		return [{ nodeId, label, node, ...(priceBadge === undefined ? {} : { priceBadge }) }];
	});
}

/** Whether it is certain that a workflow has none: object_info knows all of its classes. */
export function hasNoPartnerNodes(workflow: WorkflowApiJson, info: ObjectInfo): boolean {
	return Object.values(workflow).every((node) => {
		const known = classOf(node, info);
		return known && !known.apiNode;
	});
}

/** Where extra data hold the key for partner nodes, or the token of a login. */
const KEYS = ['api_key_comfy_org', 'auth_token_comfy_org'];

export function givesPartnerKey(extraData: unknown): boolean {
	return isObject(extraData) && KEYS.some((name) => Boolean(extraData[name]));
}
