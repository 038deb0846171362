import { editor, type EditorNode } from './host.mts';
import { nameOfRun } from './names.mts';
import { findNode } from './subflowIds.mts';

export interface Place {
	/** The node as it can be opened; undefined when it was deleted. */
	node: EditorNode | undefined;
	/** Undefined if the node was deleted. */
	name: string | undefined;
	/** The flow's label, and within a subflow that of its instance, too. */
	flow: string | undefined;
	/** Ids of all flows and subflows that it belongs to. */
	flows: string[];
}

/** Finds the node of a run; `ran` is the name of what the run ran, if it is known. */
export function placeOf(nodeId: string, ran?: string): Place {
	const { nodes } = editor();
	const { node, outer } = findNode(nodeId, (id) => nodes.node(id));
	if (!node) return { node, name: undefined, flow: labelOfFlow(outer), flows: flowsOf([outer]) };
	const within = outer && outer !== node ? [labelOf(outer)] : [];
	return {
		node,
		name: nameOfRun(node, labelOf(node), ran),
		flow: [labelOfFlow(outer ?? node), ...within].join(' › '),
		flows: flowsOf([outer, node]),
	};
}

export function reveal(node: EditorNode): void {
	const { view } = editor();
	view.reveal(node.id);
	view.select({ nodes: [node] });
}

function labelOf(node: EditorNode): string {
	return editor().utils.getNodeLabel(node, node.type);
}

function labelOfFlow(node: EditorNode | undefined): string | undefined {
	const flow = node && editor().nodes.workspace(node.z);
	return flow && editor().utils.getNodeLabel(flow, flow.id);
}

function flowsOf(nodes: Array<EditorNode | undefined>): string[] {
	return nodes.flatMap((node) => (node ? [node.z] : []));
}
