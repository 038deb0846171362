import { RunComfyError } from '../errors';
import type { Overrides, WorkflowApiJson, WorkflowNode } from '../overrides';
import { checkValue, type ValueProblem } from './checkValue';
import { closest } from './closest';
import { fieldLabel, specFromInfo, specOf } from './fields';
import { isLink, nodeOf, titleOf, type Link } from './graph';
import type { ObjectInfo } from './objectInfo';

export interface Finding {
	/** Such as `6.inputs.text`. */
	path: string;
	problem:
		| 'unknown_node'
		| 'unknown_input'
		| 'link_overwritten'
		| 'no_value'
		| ValueProblem['problem'];
	/** For people, with the closest valid name where there is one. */
	message: string;
	suggestion?: string;
}

/**
 * Everything in the overrides that does not fit the workflow, before a cent is spent. Types, ranges
 * and choices are checked as far as `info` knows them; without it, against the saved values' types.
 */
export function checkOverrides(
	overrides: Overrides,
	workflow: WorkflowApiJson,
	info: ObjectInfo = {},
): Finding[] {
	return Object.entries(overrides).flatMap(([nodeId, { inputs }]) => {
		const node = nodeOf(workflow, nodeId);
		if (!node) return [unknownNode(nodeId, nodeId, workflow)];
		return Object.entries(inputs).flatMap(([input, value]) =>
			checkInput({ nodeId, node, input, value, workflow, info }),
		);
	});
}

/** The same for a whole workflow that is sent along: its links, and its values as far as `info` goes. */
export function checkWorkflow(workflow: WorkflowApiJson, info: ObjectInfo = {}): Finding[] {
	return Object.entries(workflow).flatMap(([nodeId, node]) =>
		Object.entries(node.inputs ?? {}).flatMap(([input, value]) => {
			const place = { nodeId, node, input, value, workflow, info };
			if (isLink(value)) return checkLink(place, value);
			const spec = specFromInfo(node, input, info);
			const problem = spec && value !== null && checkValue(value, spec);
			return problem ? [finding(place, problem)] : [];
		}),
	);
}

/** @throws RunComfyError `invalid_overrides` that lists every finding; `details.findings` has them. */
export function refuse(findings: readonly Finding[]): void {
	if (findings.length === 0) return;
	const list = findings.map(({ message }) => message).join('; ');
	throw new RunComfyError(
		'invalid_overrides',
		findings.length === 1
			? `An input does not fit the workflow: ${list}`
			: `${findings.length} inputs do not fit the workflow: ${list}`,
		{
			hint: 'Nothing was submitted and nothing is billed. Correct the inputs. If the deployment knows better than this check, turn the check off.',
			details: { findings },
		},
	);
}

interface Place {
	nodeId: string;
	node: WorkflowNode;
	input: string;
	value: unknown;
	workflow: WorkflowApiJson;
	info: ObjectInfo;
}

function checkInput(place: Place): Finding[] {
	const { node, input, value, workflow, info } = place;
	const inputs = node.inputs ?? {};
	if (!Object.hasOwn(inputs, input) && !specFromInfo(node, input, info)) {
		return [unknownInput(place, inputsOf(place))];
	}
	if (isLink(value)) return checkLink(place, value);
	const saved = inputs[input];
	if (isLink(saved)) return [linkOverwritten(place, saved, workflow)];
	const problem = checkValue(value, specOf(node, input, info));
	return problem ? [finding(place, problem)] : [];
}

function inputsOf({ node, info }: Place): string[] {
	const known = Object.hasOwn(info, node.class_type) ? info[node.class_type] : undefined;
	return [...new Set([...Object.keys(node.inputs ?? {}), ...Object.keys(known ?? {})])];
}

function checkLink({ nodeId, node, input, workflow }: Place, [target]: Link): Finding[] {
	if (nodeOf(workflow, target)) return [];
	const found = unknownNode(`${nodeId}.inputs.${input}`, target, workflow);
	const label = fieldLabel({ nodeId, title: titleOf(node), input });
	return [{ ...found, message: `${label} is linked to a node that is not there: ${found.message}` }];
}

function linkOverwritten(place: Place, [source]: Link, workflow: WorkflowApiJson): Finding {
	const feeder = nodeOf(workflow, source);
	const name = feeder ? `${source} · ${titleOf(feeder)}` : source;
	return finding(place, {
		problem: 'link_overwritten',
		message: `is fed by node ${name} and takes no value of its own: override an input of that node instead`,
	});
}

function unknownNode(path: string, nodeId: string, workflow: WorkflowApiJson): Finding {
	const nodes = Object.entries(workflow);
	const named = nodes.find(
		([, node]) => titleOf(node) === nodeId.trim() || node.class_type === nodeId.trim(),
	);
	const suggestion = named?.[0] ?? closestNode(nodeId, workflow);
	const node = suggestion === undefined ? undefined : nodeOf(workflow, suggestion);
	const meant = node ? ` (did you mean "${suggestion}", ${titleOf(node)}?)` : '';
	return {
		path,
		problem: 'unknown_node',
		message: `the workflow has no node "${nodeId}"${meant}`,
		...(suggestion === undefined ? {} : { suggestion }),
	};
}

function closestNode(nodeId: string, workflow: WorkflowApiJson): string | undefined {
	const ids = new Map(Object.keys(workflow).map((id) => [id, id]));
	if (/^\d[\d:]*$/.test(nodeId)) return closest(nodeId, [...ids.keys()]);
	const titles = new Map(Object.entries(workflow).map(([id, node]) => [titleOf(node), id]));
	const name = closest(nodeId, [...titles.keys()]);
	return name === undefined ? undefined : titles.get(name);
}

function unknownInput(place: Place, known: readonly string[]): Finding {
	const { nodeId, node, input } = place;
	const suggestion = closest(input, known);
	const meant =
		suggestion === undefined
			? `; it has ${known.join(', ') || 'none'}`
			: ` (did you mean "${suggestion}"?)`;
	return {
		path: `${nodeId}.inputs.${input}`,
		problem: 'unknown_input',
		message: `node ${nodeId} · ${titleOf(node)} has no input "${input}"${meant}`,
		...(suggestion === undefined ? {} : { suggestion }),
	};
}

function finding(
	{ nodeId, node, input }: Place,
	{ message, ...problem }: Pick<Finding, 'problem' | 'message' | 'suggestion'>,
): Finding {
	return {
		path: `${nodeId}.inputs.${input}`,
		message: `${fieldLabel({ nodeId, title: titleOf(node), input })} ${message}`,
		...problem,
	};
}
