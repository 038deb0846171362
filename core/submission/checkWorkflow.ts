import { asObject } from '../json/objects';
import { checkValue } from '../workflow/checkValue';
import { closest } from '../workflow/closest';
import { fitJsonValue } from '../workflow/fit';
import { isLink, type Link, nodeOf, type WorkflowApiJson } from '../workflow/graph';
import type { NodeInput } from '../workflow/inputsOf';
import { nodeInputs, trusted } from '../workflow/node';
import type { ObjectInfo } from '../workflow/objectInfo';
import { checkLink } from './checkOverrides';
import {
	type Finding,
	finding,
	firstOf,
	labelOf,
	missingInput,
	nameOf,
	pathOf,
	type Place,
	shortName,
} from './findings';

/**
 * What ComfyUI would refuse a whole workflow for (`validate_prompt` in execution.py): classes that the
 * machine lacks, no output, links that lead nowhere or to another type, circles, missing inputs, and
 * values. As there, of what no output needs only the class is checked. Without
 * types (`info` empty) only the links can be checked.
 */
export function checkWorkflow(
	workflow: WorkflowApiJson,
	info: ObjectInfo = {},
	{ typed = Object.keys(info).length > 0, saved = {} }: WorkflowFacts = {},
): Finding[] {
	return firstOf(problemsOf(workflow, info, typed, brokenLimits(saved, info)));
}

/** What else is known of the machine. */
export interface WorkflowFacts {
	/** Whether `info` holds every class of the workflow that the machine has. */
	typed?: boolean | undefined;
	/** A workflow that the machine runs. */
	saved?: WorkflowApiJson | undefined;
}

/** Classes and inputs whose list or range a running workflow breaks: such a class has a check of its own. */
function brokenLimits(saved: WorkflowApiJson, info: ObjectInfo): Set<string> {
	return new Set(
		Object.values(saved).flatMap((node) =>
			(nodeInputs(node, info)?.inputs ?? [])
				.filter(({ name, spec }) => trusted(spec, asObject(node.inputs)[name]) !== spec)
				.map(({ name }) => limitKey(node.class_type, name)),
		),
	);
}

function limitKey(classType: string, input: string): string {
	return JSON.stringify([classType, input]);
}

function* problemsOf(
	workflow: WorkflowApiJson,
	info: ObjectInfo,
	typed: boolean,
	broken: ReadonlySet<string>,
): Generator<Finding> {
	const ids = Object.keys(workflow);
	const known = ids.every((id) => classOf(workflow, info, id)?.outputNode !== undefined);
	if (typed) yield* unknownClasses(workflow, info);
	// Which of the nodes is an output shows only if the class of each is known.
	const outputs = ids.filter((id) => classOf(workflow, info, id)?.outputNode);
	if (known && outputs.length === 0) yield noOutput(workflow);
	const reached = known && outputs.length > 0 ? [...reachedFrom(workflow, outputs)] : ids;
	const cycle = findCycle(workflow, reached);
	if (cycle) yield cycleFinding(workflow, cycle);
	if (!known || outputs.length > 0) {
		for (const id of reached) yield* checkNode(workflow, info, id, broken);
	}
}

function classOf(workflow: WorkflowApiJson, info: ObjectInfo, nodeId: string) {
	const name = nodeOf(workflow, nodeId)?.class_type ?? '';
	return Object.hasOwn(info, name) ? info[name] : undefined;
}

function* unknownClasses(workflow: WorkflowApiJson, info: ObjectInfo): Generator<Finding> {
	const known = Object.keys(info);
	for (const [nodeId, { class_type }] of Object.entries(workflow)) {
		if (Object.hasOwn(info, class_type)) continue;
		const suggestion = closest(class_type, known);
		const meant = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
		yield {
			path: shortName(nodeId),
			problem: 'unknown_class',
			message: `the machine has no node class "${shortName(class_type)}", which node ${nameOf(nodeId, workflow)} is of${meant}: a custom node may be missing`,
			...(suggestion === undefined ? {} : { suggestion }),
		};
	}
}

function noOutput(workflow: WorkflowApiJson): Finding {
	return {
		path: Object.keys(workflow)[0] ?? '',
		problem: 'no_output',
		message:
			'no node of the workflow gives an output, such as Save Image: ComfyUI runs nothing without one',
	};
}

function cycleFinding(workflow: WorkflowApiJson, cycle: readonly string[]): Finding {
	const shown = cycle.length > MOST_SHOWN ? [...cycle.slice(0, MOST_SHOWN), '…'] : cycle;
	const names = shown.map((id) => nameOf(id, workflow));
	return {
		path: cycle[0] ?? '',
		problem: 'cycle',
		message: `nodes feed each other in a circle: ${[...names, names[0]].join(' → ')}`,
	};
}

const MOST_SHOWN = 8;

const LIMITS: Finding['problem'][] = ['unknown_choice', 'out_of_range'];

// A generator: each message goes through the whole workflow, and only a few are shown.
function* checkNode(
	workflow: WorkflowApiJson,
	info: ObjectInfo,
	nodeId: string,
	broken: ReadonlySet<string>,
): Generator<Finding> {
	const node = nodeOf(workflow, nodeId);
	if (!node) return;
	const inputs = asObject(node.inputs);
	const known = nodeInputs(node, info);
	const listed = new Map(known?.inputs.map((input) => [input.name, input]));
	const missing = [...listed.values()].filter(
		({ name, required, spec }) => required && !spec.noValue && !Object.hasOwn(inputs, name),
	);
	for (const { name, types } of missing) yield missingInput(workflow, nodeId, name, types);
	for (const [input, value] of Object.entries(inputs)) {
		const found = checkHeld({ nodeId, node, input, value, workflow, info }, listed.get(input));
		yield* found.filter(
			({ problem }) => !LIMITS.includes(problem) || !broken.has(limitKey(node.class_type, input)),
		);
	}
}

function checkHeld(place: Place, listed: NodeInput | undefined): Finding[] {
	const { value } = place;
	if (isLink(value)) {
		const dangling = checkLink(place, value);
		return dangling.length > 0 || !listed ? dangling : checkType(place, value, listed.types);
	}
	if (!listed || value === null) return [];
	const { spec } = listed;
	if (spec.wrap && Array.isArray(value)) return [bareList(place)];
	const problem = checkValue(fitJsonValue(value, spec), spec);
	return problem ? [finding(place, problem)] : [];
}

function bareList(place: Place): Finding {
	return finding(place, {
		problem: 'wrong_type',
		message: 'takes a list only as {"__value__": [...]}: ComfyUI reads a bare list as a link',
	});
}

/** As `validate_node_input` in comfy_execution/validation.py, but for lists of choices. */
function checkType(place: Place, [source, output]: Link, takes: readonly string[]): Finding[] {
	const { workflow, info } = place;
	const given = classOf(workflow, info, source)?.outputs[output];
	if (given === undefined) return [];
	const gives = given.split(',').map((type) => type.trim());
	if ([...gives, ...takes].some(isAnything) || gives.some((type) => takes.includes(type)))
		return [];
	return [
		{
			path: pathOf(place),
			problem: 'link_type',
			message: `${labelOf(place)} takes ${takes.join(' or ')}, and output ${output} of node ${nameOf(source, workflow)} gives ${gives.join(' or ')}`,
		},
	];
}

// A list of choices fits if the class checks the types itself, which object_info does not tell.
function isAnything(type: string): boolean {
	return ['*', 'COMBO'].includes(type) || type.startsWith('COMFY_');
}

/** The nodes that these need, themselves included. Steps: one for each link. */
export function reachedFrom(workflow: WorkflowApiJson, ids: readonly string[]): Set<string> {
	const reached = new Set<string>();
	const queue = [...ids];
	for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
		if (reached.has(id) || !nodeOf(workflow, id)) continue;
		reached.add(id);
		for (const source of sourcesOf(workflow, id)) queue.push(source);
	}
	return reached;
}

/** The first circle of nodes that feed each other, undefined if there is none. */
export function findCycle(workflow: WorkflowApiJson, ids: readonly string[]): string[] | undefined {
	const done = new Set<string>();
	for (const start of ids) {
		const path: { id: string; sources: string[] }[] = [];
		const onPath = new Set<string>();
		const enter = (id: string) => {
			path.push({ id, sources: sourcesOf(workflow, id) });
			onPath.add(id);
		};
		if (!done.has(start)) enter(start);
		for (let top = path.at(-1); top; top = path.at(-1)) {
			const next = top.sources.pop();
			if (next === undefined) {
				path.pop();
				onPath.delete(top.id);
				done.add(top.id);
			} else if (onPath.has(next)) {
				const circle = path.slice(path.findIndex(({ id }) => id === next)).map(({ id }) => id);
				// From the one that feeds to the one that is fed.
				return circle.reverse();
			} else if (!done.has(next) && nodeOf(workflow, next)) {
				enter(next);
			}
		}
	}
	return undefined;
}

function sourcesOf(workflow: WorkflowApiJson, id: string): string[] {
	const inputs = nodeOf(workflow, id)?.inputs ?? {};
	return Object.values(inputs).flatMap((value) => (isLink(value) ? [value[0]] : []));
}
