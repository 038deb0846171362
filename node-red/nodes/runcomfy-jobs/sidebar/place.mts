// Where a run belongs in the editor: its node, flow and subflow, and what it is called.
import type { ListedDeployment } from '../../../../core/index.ts';
import { editor, type EditorNode } from './host.mts';

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

/**
 * Finds a node by the runtime's id: that of an instance of a subflow, a hyphen, and that of the node
 * in the subflow; with subflows in subflows there are more. Other ids may have hyphens, too.
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

/** The name of a deployment; undefined while it is not known. */
export type NameOf = (deploymentId: string, account: string) => string | undefined;

/**
 * Names of deployments that no run has read. An account is asked once, and again for a deployment that it did
 * not have then.
 */
export function createNames(
	ask: (account: string) => Promise<readonly Pick<ListedDeployment, 'id' | 'name'>[]>,
	onNews: () => void,
): NameOf {
	const names = new Map<string, string>();
	const asked = new Set<string>();
	const loading = new Map<string, Promise<void>>();

	const learn = async (account: string) => {
		// Without the permission or an answer of the service, a part of the id is shown.
		const list = await ask(account).catch(() => []);
		loading.delete(account);
		for (const { id, name } of list) names.set(id, name);
		if (list.length > 0) onNews();
	};

	return (deploymentId, account) => {
		const known = names.get(deploymentId);
		if (known !== undefined || account === '' || asked.has(deploymentId)) return known;
		asked.add(deploymentId);
		if (!loading.has(account)) loading.set(account, learn(account));
		return undefined;
	};
}

/** The label of its node, but `ran` if that label is the name of what the node runs now. */
export function nameOfRun(
	{ name, targetName }: { name?: string; targetName?: string },
	label: string,
	ran: string | undefined,
): string {
	return (!name && targetName && ran) || label;
}
