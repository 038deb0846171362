import { isObject } from '../json/objects';
import { nameOf } from './findings';
import type { WorkflowApiJson } from './graph';
import { classOf } from './node';
import type { ObjectInfo } from './objectInfo';

export interface PartnerNode {
	nodeId: string;
	label: string;
}

/** The partner nodes of a workflow, as far as object_info knows its classes. */
export function partnerNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): PartnerNode[] {
	return Object.entries(workflow)
		.filter(([, node]) => classOf(node, info)?.apiNode)
		.map(([nodeId]) => ({ nodeId, label: nameOf(nodeId, workflow) }));
}

/** Whether it is certain that a workflow has none: object_info knows all of its classes. */
export function hasNoPartnerNodes(workflow: WorkflowApiJson, info: ObjectInfo): boolean {
	return Object.values(workflow).every((node) => {
		const known = classOf(node, info);
		return known && !known.apiNode;
	});
}

/** Where extra data has the key for partner nodes, or a login token. */
const KEYS = ['api_key_comfy_org', 'auth_token_comfy_org'];

export function givesPartnerKey(extraData: unknown): boolean {
	return isObject(extraData) && KEYS.some((name) => Boolean(extraData[name]));
}
