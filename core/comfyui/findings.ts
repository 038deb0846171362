import { closest } from './closest';
import { inputPath } from './form/paths';
import { printable } from './form/words';
import { nodeOf, titleOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import type { ObjectInfo } from './objectInfo';
import type { ValueProblem } from './values';

/** A mistake in a draft. */
export interface Finding {
	/** Such as `6.inputs.text`, or the id of a whole node. */
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
	/** For people, with the closest valid name if there is one. */
	message: string;
	suggestion?: string;
}

/** An input of a workflow with the value that is set or held there. */
export interface SetInput {
	nodeId: string;
	node: WorkflowNode;
	input: string;
	value: unknown;
	workflow: WorkflowApiJson;
	info: ObjectInfo;
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

export function labelOf({ nodeId, input, workflow }: SetInput): string {
	// Only the whole workflow shows the purpose of a prompt or a constant.
	const large = Object.keys(workflow).length > MOST_COMPARED;
	if (large) return `${nameOf(nodeId, workflow)} → ${printable(input)}`;
	return inputPath(workflow, nodeId, input);
}

/** How many findings are looked for. */
export const MOST_KEPT = 50;

/** The first findings: a workflow of thousands of nodes may be wrong in each. */
export function firstOf(findings: Iterable<Finding>): Finding[] {
	const first: Finding[] = [];
	for (const one of findings) {
		if (first.length === MOST_KEPT) break;
		first.push(one);
	}
	return first;
}

/** "6 · Positive Prompt". */
export function nameOf(nodeId: string, workflow: WorkflowApiJson): string {
	const node = nodeOf(workflow, nodeId);
	return node ? `${printable(nodeId)} · ${printable(titleOf(node))}` : printable(nodeId);
}

export function missingInput(
	workflow: WorkflowApiJson,
	nodeId: string,
	name: string,
	types: readonly string[],
): Finding {
	return {
		path: pathOf({ nodeId, input: name }),
		problem: 'missing_input',
		message: `node ${nameOf(nodeId, workflow)} lacks its input "${name}" (${types.join(' or ')})`,
	};
}

export function unknownNode(path: string, nodeId: string, workflow: WorkflowApiJson): Finding {
	const problem = 'unknown_node';
	const message = `the workflow has no node "${printable(nodeId)}"`;
	const suggestion = closestNode(nodeId, workflow);
	if (suggestion === undefined) {
		const first = Object.keys(workflow).slice(0, FEW + 1);
		const names = few(first.map((id) => nameOf(id, workflow)));
		return { path, problem, message: `${message}; it has ${names}` };
	}
	const meant = nameOf(suggestion, workflow);
	return { path, problem, message: `${message} (did you mean ${meant}?)`, suggestion };
}

/** A node by its id, and by what ComfyUI shows: title and class. */
function closestNode(nodeId: string, workflow: WorkflowApiJson): string | undefined {
	const known = Object.keys(workflow);
	if (known.length > MOST_COMPARED) return undefined;
	if (/^\d[\d:]*$/.test(nodeId)) return closest(nodeId, known);
	const ids = new Map<string, string>();
	for (const [id, node] of Object.entries(workflow)) {
		for (const name of [node.class_type, titleOf(node)]) if (!ids.has(name)) ids.set(name, id);
	}
	const name = closest(nodeId, [...ids.keys()]);
	return name === undefined ? undefined : ids.get(name);
}

/** If a workflow has more nodes, a finding reads only its own node: otherwise each costs as much as the whole workflow. */
const MOST_COMPARED = 500;

const FEW = 10;

export function few(names: readonly string[]): string {
	const shown = names.slice(0, FEW).map(printable).join(', ');
	return names.length > FEW ? `${shown}, …` : shown || 'none';
}
