import type { ValueProblem } from '../comfyui/checkValue';
import { closest } from '../comfyui/closest';
import { inputPath } from '../comfyui/form/paths';
import { printable } from '../comfyui/form/words';
import { nodeOf, titleOf, type WorkflowApiJson, type WorkflowNode } from '../comfyui/graph';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { giveByName } from '../deployments/lora';
import { type ErrorCode, RunComfyError } from '../errors';
import type { HostLabels } from '../host';

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

/** @throws RunComfyError `invalid_overrides` that lists every finding; `details.findings` has them. */
export function refuse(findings: readonly Finding[], labels?: HostLabels): void {
	const { length } = findings;
	if (length === 0) return;
	if (findings.every(({ problem }) => problem === 'no_partner_key')) throw withoutKey(findings);
	const [what, whats] = findings.some(({ problem }) => OF_GRAPH.includes(problem))
		? ['Something in the workflow cannot run', 'things in the workflow cannot run']
		: ['An input does not fit the workflow', 'inputs do not fit the workflow'];
	throw refusal('invalid_overrides', length === 1 ? what : `${length} ${whats}`, findings, labels);
}

/** Refuses inputs that go to no workflow. @throws RunComfyError `invalid_input` */
export function refuseDirect(findings: readonly Finding[], labels?: HostLabels): void {
	const { length } = findings;
	if (length === 0) return;
	const what = length === 1 ? 'An input does not fit' : `${length} inputs do not fit`;
	throw refusal('invalid_input', what, findings, labels);
}

function refusal(
	code: ErrorCode,
	what: string,
	findings: readonly Finding[],
	labels: HostLabels | undefined,
): RunComfyError {
	const list = findings.slice(0, MOST_TOLD).map(({ message }) => message);
	if (findings.length > MOST_TOLD) list.push(`and ${findings.length - MOST_TOLD} more`);
	const where = labels ? ` (${labels.checkInputs})` : '';
	const hint = `${NOTHING_SUBMITTED} Correct the inputs; if RunComfy knows better than this check, turn the check of inputs off${where}.`;
	return new RunComfyError(code, `${what}: ${list.join('; ')}`, { hint, details: { findings } });
}

/** Problems of a whole workflow, rather than of one of its inputs. */
const OF_GRAPH: Finding['problem'][] = [
	...(['unknown_class', 'missing_input', 'link_type', 'cycle', 'no_output'] as const),
];

/** How many findings the message lists, and how many are looked for. */
const MOST_TOLD = 20;
export const MOST_KEPT = 50;

/** The inputs are correct, so the code is not `invalid_overrides`. */
function withoutKey(findings: readonly Finding[]): RunComfyError {
	const hint = `Make a key at platform.comfy.org and put it into the field Comfy.org API Key of the RunComfy account, or give it as api_key_comfy_org in Extra Data. ${NOTHING_SUBMITTED}`;
	const message = findings.map((one) => one.message).join('; ');
	return new RunComfyError('invalid_input', message, { hint, details: { findings } });
}

const NOTHING_SUBMITTED = 'Nothing was submitted and nothing is billed.';

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

/** A LoRA deployment has no nodes whose inputs could be set, and a ComfyUI deployment takes nothing else. */
const WRONG = {
	lora: 'This is a LoRA deployment: it has no workflow whose inputs could be set',
	not_lora: 'This deployment runs a ComfyUI workflow: it takes no direct inputs',
} as const;

/** The error about a submit that the deployment would refuse, or run without any of the given inputs. */
export function wrongMode(
	deploymentId: string,
	reason: keyof typeof WRONG,
	labels: HostLabels | undefined,
): RunComfyError {
	const where = labels ? ` (${labels.workflowInputs})` : '';
	const byNode = `Set the inputs of its nodes${where}.`;
	const hint = reason === 'lora' ? giveByName(labels) : byNode;
	return new RunComfyError('invalid_input', WRONG[reason], {
		deploymentId,
		hint,
		details: { reason },
	});
}
