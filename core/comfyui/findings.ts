import { closest } from '../form/closest';
import type { ValueProblem } from '../form/values';
import { printable } from '../form/words';
import { titleOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import type { NodeInput } from './inputsOf';
import type { KnownGraph } from './knownGraph';

/** A mistake in a draft. */
export interface Finding {
	/** Where the mistake is: `6.inputs.text` for an input, or just the id of a node. */
	path: string;
	problem:
		| 'unknown_node'
		| 'unknown_class'
		| 'unknown_input'
		| 'missing_input'
		| 'link_overwritten'
		| 'link_type'
		| 'cycle'
		| 'no_output'
		| 'no_value'
		| 'expression'
		| 'no_partner_key'
		| ValueProblem['problem'];
	/** Shown to the user. Includes the closest valid name, if there is one. */
	message: string;
	suggestion?: string;
}

/** An input of a node, with the value that is saved in the workflow or about to be set. */
export interface SetInput {
	nodeId: string;
	node: WorkflowNode;
	input: string;
	value: unknown;
	graph: KnownGraph;
}

export function finding(
	set: SetInput,
	{ message, ...rest }: Pick<Finding, 'problem' | 'message' | 'suggestion'>,
): Finding {
	return { path: pathOf(set), message: `${labelOf(set)} ${message}`, ...rest };
}

export function pathOf({ nodeId, input }: Pick<SetInput, 'nodeId' | 'input'>): string {
	return `${printable(nodeId)}.inputs.${printable(input)}`;
}

export function labelOf({ nodeId, input, graph }: SetInput): string {
	return `${graph.nameOf(nodeId)} → ${printable(input)}`;
}

/** The search for findings stops after this many. */
export const MOST_KEPT = 50;

/** Keeps the first `MOST_KEPT` findings: a workflow with thousands of nodes could have one in each. */
export function firstOf(findings: Iterable<Finding>): Finding[] {
	const first: Finding[] = [];
	for (const one of findings) {
		if (first.length === MOST_KEPT) break;
		first.push(one);
	}
	return first;
}

export function missingInput(
	graph: KnownGraph,
	nodeId: string,
	{ name, types }: Pick<NodeInput, 'name' | 'types'>,
): Finding {
	const message = `node ${graph.nameOf(nodeId)} lacks its input "${name}" (${types.join(' or ')})`;
	return { path: pathOf({ nodeId, input: name }), problem: 'missing_input', message };
}

export function unknownNode(path: string, nodeId: string, graph: KnownGraph): Finding {
	const problem = 'unknown_node';
	const message = `the workflow has no node "${printable(nodeId)}"`;
	const suggestion = closestNode(nodeId, graph.base);
	if (suggestion === undefined) {
		const first = Object.keys(graph.base).slice(0, FEW + 1);
		const names = few(first.map((id) => graph.nameOf(id)));
		return { path, problem, message: `${message}; it has ${names}` };
	}
	const meant = graph.nameOf(suggestion);
	return { path, problem, message: `${message} (did you mean ${meant}?)`, suggestion };
}

/** The node whose id or title was probably meant. */
function closestNode(nodeId: string, workflow: WorkflowApiJson): string | undefined {
	const nodes = Object.entries(workflow).slice(0, MOST_COMPARED).reverse();
	const ids = new Map(
		nodes.flatMap(([id, node]) => [[titleOf(node), id] as const, [id, id] as const]),
	);
	const name = closest(nodeId, [...ids.keys()].reverse());
	return name === undefined ? undefined : ids.get(name);
}

/** In larger workflows, comparing all nodes for each finding would be slow. */
const MOST_COMPARED = 500;

const FEW = 10;

export function few(names: readonly string[]): string {
	const shown = names.slice(0, FEW).map(printable).join(', ');
	return names.length > FEW ? `${shown}, …` : shown || 'none';
}
