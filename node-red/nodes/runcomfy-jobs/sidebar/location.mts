// Locates a run in the editor: its node, its flow or subflow, and their names.
import { editor, type EditorNode } from './editorApi.mts';

export interface RunLocation {
	/** The node, to open it; undefined if it was deleted. */
	node: EditorNode | undefined;
	/** Undefined if the node was deleted. */
	name: string | undefined;
	/** The flow's label; in a subflow, also the label of the subflow instance. */
	flow: string | undefined;
	/** Ids of all flows and subflows around the node. */
	flows: string[];
}

/** Finds the node of a run; `ran` is the name of the run's target, if known. */
export function locate(nodeId: string, ran?: string): RunLocation {
	const { nodes } = editor();
	const { node, outer } = findNode(nodeId, (id) => nodes.node(id));
	if (!node) return { node, name: undefined, flow: flowLabel(outer), flows: flowsOf([outer]) };
	const within = outer && outer !== node ? [nodeLabel(outer)] : [];
	return {
		node,
		name: nameOfRun(node, nodeLabel(node), ran),
		flow: [flowLabel(outer ?? node), ...within].join(' › '),
		flows: flowsOf([outer, node]),
	};
}

export function reveal(node: EditorNode): void {
	const { view } = editor();
	view.reveal(node.id);
	view.select({ nodes: [node] });
}

function nodeLabel(node: EditorNode): string {
	return editor().utils.getNodeLabel(node, node.type);
}

function flowLabel(node: EditorNode | undefined): string | undefined {
	const flow = node && editor().nodes.workspace(node.z);
	return flow && editor().utils.getNodeLabel(flow, flow.id);
}

function flowsOf(nodes: Array<EditorNode | undefined>): string[] {
	return nodes.flatMap((node) => (node ? [node.z] : []));
}

/**
 * Finds a node by its runtime id. In a subflow, that is the id of the subflow instance, a hyphen, and the id of the
 * node; nested subflows add more parts. Other ids may contain hyphens, too.
 * @returns the node, and the outermost instance around it or the node itself
 */
export function findNode<T>(
	runtimeId: string,
	find: (id: string) => T | null | undefined,
): { node: T | undefined; outer: T | undefined } {
	const parts = runtimeId.split('-');
	const first = (ids: string[]) => ids.map((id) => find(id)).find((found) => found) ?? undefined;
	return {
		node: first(parts.map((_part, at) => parts.slice(at).join('-'))),
		outer: first(parts.map((_part, at) => parts.slice(0, at + 1).join('-'))),
	};
}

/** The node's label, except that `ran` replaces a label that only names the node's current target. */
export function nameOfRun(
	{ name, targetName }: { name?: string; targetName?: string },
	label: string,
	ran: string | undefined,
): string {
	return (!name && targetName && ran) || label;
}
