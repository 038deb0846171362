import type { WorkflowApiJson } from './graph';
import { KnownGraph } from './knownGraph';
import type { ObjectInfo } from './objectInfo';

export interface PartnerNode {
	nodeId: string;
	label: string;
}

/** The partner nodes of a workflow, as far as its classes are known. */
export function partnerNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): PartnerNode[] {
	const graph = new KnownGraph(workflow, info);
	return Object.keys(workflow)
		.filter((id) => graph.classOf(id)?.apiNode)
		.map((nodeId) => ({ nodeId, label: graph.nameOf(nodeId) }));
}

/** Whether a workflow certainly has no partner nodes, because all of its classes are known. */
export function hasNoPartnerNodes(graph: KnownGraph): boolean {
	return Object.keys(graph.base).every((id) => {
		const known = graph.classOf(id);
		return known && !known.apiNode;
	});
}
