import { RunComfyError } from '../errors';
import { checkValue, type ValueProblem } from '../workflow/checkValue';
import { closest } from '../workflow/closest';
import { inputLabel } from '../workflow/fields';
import {
	isLink,
	type Link,
	nodeOf,
	titleOf,
	type WorkflowApiJson,
	type WorkflowNode,
} from '../workflow/graph';
import type { ObjectInfo } from '../workflow/objectInfo';
import type { Overrides } from '../workflow/overrides';
import { nodeInputs, specFromInfo, specOf } from '../workflow/specOf';

export interface Finding {
	/** Such as `6.inputs.text`. */
	path: string;
	problem:
		| 'unknown_node'
		| 'unknown_input'
		| 'link_overwritten'
		| 'no_value'
		| 'no_partner_key'
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
	const keys = findings.filter(({ problem }) => problem === 'no_partner_key');
	if (keys.length === findings.length) throw withoutKey(keys);
	const list = findings.map(({ message }) => message).join('; ');
	throw new RunComfyError(
		'invalid_overrides',
		findings.length === 1
			? `An input does not fit the workflow: ${list}`
			: `${findings.length} inputs do not fit the workflow: ${list}`,
		{ hint: REFUSED_HINT, details: { findings } },
	);
}

/** The inputs are right, so this is no matter of the overrides. */
function withoutKey(findings: readonly Finding[]): RunComfyError {
	const hint = `Make a key at platform.comfy.org and put it into the field Comfy.org API Key of the RunComfy account, or give it as api_key_comfy_org in Extra Data. ${NOTHING_SUBMITTED}`;
	const message = findings.map((one) => one.message).join('; ');
	return new RunComfyError('invalid_input', message, { hint, details: { findings } });
}

const NOTHING_SUBMITTED = 'Nothing was submitted and nothing is billed.';

const REFUSED_HINT = `${NOTHING_SUBMITTED} Correct the inputs; where the deployment knows better than this check, turn Check Inputs off.`;

interface Place {
	nodeId: string;
	node: WorkflowNode;
	input: string;
	value: unknown;
	workflow: WorkflowApiJson;
	info: ObjectInfo;
}

function checkInput(place: Place): Finding[] {
	const { node, input, value, info } = place;
	const inputs = node.inputs ?? {};
	const known = specFromInfo(node, input, info);
	if (!Object.hasOwn(inputs, input) && !known) return [unknownInput(place)];
	if (isLink(value)) return checkLink(place, value);
	const saved = inputs[input];
	const takesValues = known !== undefined && known.kind !== 'other';
	if (isLink(saved) && !takesValues) return [linkOverwritten(place, saved)];
	// A type such as "*" is known to take more than what is saved now.
	const problem = checkValue(value, known ?? specOf(node, input, info));
	return problem ? [finding(place, problem)] : [];
}

function checkLink(place: Place, [target]: Link): Finding[] {
	const { workflow } = place;
	if (nodeOf(workflow, target)) return [];
	const { message, ...found } = unknownNode(pathOf(place), target, workflow);
	return [{ ...found, message: `${labelOf(place)} links to a node that is not there: ${message}` }];
}

function linkOverwritten(place: Place, [source]: Link): Finding {
	const feeder = nodeOf(place.workflow, source);
	const name = feeder ? `${source} · ${titleOf(feeder)}` : source;
	return finding(place, {
		problem: 'link_overwritten',
		message: `is fed by node ${name} and takes no value of its own: set an input of that node instead`,
	});
}

function unknownNode(path: string, nodeId: string, workflow: WorkflowApiJson): Finding {
	const suggestion = closestNode(nodeId, workflow);
	const named = (id: string) => `${id} · ${titleOf(workflow[id] as WorkflowNode)}`;
	const meant =
		suggestion === undefined
			? `; it has ${few(Object.keys(workflow).map(named))}`
			: ` (did you mean ${named(suggestion)}?)`;
	return {
		path,
		problem: 'unknown_node',
		message: `the workflow has no node "${nodeId}"${meant}`,
		...(suggestion === undefined ? {} : { suggestion }),
	};
}

/** By id, and by what people see in ComfyUI: title and class. */
function closestNode(nodeId: string, workflow: WorkflowApiJson): string | undefined {
	if (/^\d[\d:]*$/.test(nodeId)) return closest(nodeId, Object.keys(workflow));
	const ids = new Map<string, string>();
	for (const [id, node] of Object.entries(workflow)) {
		for (const name of [node.class_type, titleOf(node)]) if (!ids.has(name)) ids.set(name, id);
	}
	const name = closest(nodeId, [...ids.keys()]);
	return name === undefined ? undefined : ids.get(name);
}

function unknownInput(place: Place): Finding {
	const { nodeId, node, input, info } = place;
	const inInfo = nodeInputs(node, info)?.inputs.map(({ name }) => name) ?? [];
	const known = [...new Set([...Object.keys(node.inputs ?? {}), ...inInfo])];
	const suggestion = closest(input, known);
	const meant =
		suggestion === undefined ? `; it has ${few(known)}` : ` (did you mean "${suggestion}"?)`;
	return {
		path: pathOf(place),
		problem: 'unknown_input',
		message: `node ${nodeId} · ${titleOf(node)} has no input "${input}"${meant}`,
		...(suggestion === undefined ? {} : { suggestion }),
	};
}

function finding(
	place: Place,
	{ message, ...rest }: Pick<Finding, 'problem' | 'message' | 'suggestion'>,
): Finding {
	return { path: pathOf(place), message: `${labelOf(place)} ${message}`, ...rest };
}

function pathOf({ nodeId, input }: Place): string {
	return `${nodeId}.inputs.${input}`;
}

function labelOf({ nodeId, input, workflow }: Place): string {
	return inputLabel(workflow, nodeId, input);
}

const FEW = 10;

function few(names: readonly string[]): string {
	return names.slice(0, FEW).join(', ') + (names.length > FEW ? ', …' : '') || 'none';
}
