import { isObject } from '../json/objects';
import { nameOf } from './findings';
import type { WorkflowApiJson } from './graph';
import { classOf } from './node';
import type { ObjectInfo } from './objectInfo';

export interface PartnerNode {
	nodeId: string;
	label: string;
}

/** The partner nodes of a workflow, as far as its classes are known. */
export function partnerNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): PartnerNode[] {
	return Object.entries(workflow)
		.filter(([, node]) => classOf(node, info)?.apiNode)
		.map(([nodeId]) => ({ nodeId, label: nameOf(nodeId, workflow) }));
}

/** Whether a workflow certainly has no partner nodes, because all of its classes are known. */
export function hasNoPartnerNodes(workflow: WorkflowApiJson, info: ObjectInfo): boolean {
	return Object.values(workflow).every((node) => {
		const known = classOf(node, info);
		return known && !known.apiNode;
	});
}

/** Fields of the extra data that hold a key or a login token for partner nodes. */
const KEYS = ['api_key_comfy_org', 'auth_token_comfy_org'];

export function givesPartnerKey(extraData: unknown): boolean {
	return isObject(extraData) && KEYS.some((name) => Boolean(extraData[name]));
}
