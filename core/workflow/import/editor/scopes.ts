import type { EditorGraph, EditorNode, EditorWorkflow } from './graph';
import { cannotConvert, type ConversionProblem } from './problems';

/** A graph in its place: the workflow itself, or a subgraph as one node stands for it. */
export interface Scope {
	graph: EditorGraph;
	/** What ComfyUI writes before the ids of its nodes: "10:7:". */
	prefix: string;
	outer?: { scope: Scope; node: EditorNode };
}

export interface Placed {
	scope: Scope;
	node: EditorNode;
}

/**
 * Nodes past which a workflow is not converted. A node that stands for a subgraph counts each time it is
 * opened, since subgraphs within subgraphs multiply even if the innermost ones are empty.
 */
const MOST_NODES = 20_000;

/** Subgraphs within one another; more of them contain themselves. */
export const DEEPEST = 32;

/**
 * Every node that may run, with the content of subgraphs in place of the nodes that stand for them.
 * @throws RunComfyError `invalid_input` for a subgraph that contains itself, or more than 20,000 nodes
 */
export function placeNodes({ root, subgraphs }: EditorWorkflow): Placed[] {
	const placed: Placed[] = [];
	let visited = 0;
	const open = (scope: Scope, depth: number) => {
		for (const node of scope.graph.nodes.values()) {
			visited += 1;
			if (visited > MOST_NODES) throw cannotConvert(`it has more than ${MOST_NODES} nodes`);
			const inner = subgraphs.get(node.classType);
			if (!inner) placed.push({ scope, node });
			else if (depth === DEEPEST) throw cannotConvert('its subgraphs contain themselves');
			else if (node.state === 'active') open(within(scope, node, inner), depth + 1);
		}
	};
	open({ graph: root, prefix: '' }, 0);
	return placed;
}

export function within(scope: Scope, node: EditorNode, graph: EditorGraph): Scope {
	return { graph, prefix: `${scope.prefix}${node.id}:`, outer: { scope, node } };
}

export function problemAt({ scope, node }: Placed, reason: string): ConversionProblem {
	const { id, title, classType } = node;
	return { nodeId: `${scope.prefix}${id}`, title, classType, reason };
}
