import { meant } from '../form/closest';
import { isLink } from '../form/inputSpec';
import { printable } from '../form/words';
import { asObject } from '../json/objects';
import { listFew } from '../text';
import { checkLink, checkListed } from './checkOverrides';
import { few, type Finding, firstOf, missingInput, MOST_KEPT, type SetInput } from './findings';
import { findCycle, reachedFrom, sourcesOf, type WorkflowApiJson } from './graph';
import { missingInputs, type NodeInput } from './inputsOf';
import { KnownGraph, savedOf, trusted } from './knownGraph';

/**
 * Lists why ComfyUI would refuse a whole workflow (`validate_prompt` in execution.py): classes that the machine
 * lacks, no output node, links that lead nowhere or to the wrong type, cycles, missing inputs, and invalid values.
 * As in ComfyUI, a node that no output needs is only checked for its class. If no class is known, only links are
 * checked.
 * `typed`: the graph knows every class of the workflow that the machine has. `saved`: a workflow that is known to
 * run on the machine.
 */
export function checkWorkflow(
	graph: KnownGraph,
	{
		typed = Object.keys(graph.info).length > 0,
		saved = {},
	}: { typed?: boolean | undefined; saved?: WorkflowApiJson | undefined } = {},
): Finding[] {
	return firstOf(problemsOfWorkflow(graph, typed, brokenLimits(new KnownGraph(saved, graph.info))));
}

/**
 * Finds inputs that accept values outside their declared choices or range, because a workflow that is known to run
 * holds such values. The classes of these inputs check values themselves.
 */
function brokenLimits(saved: KnownGraph): Set<string> {
	return new Set(
		Object.entries(saved.workflow).flatMap(([id, node]) =>
			[...(saved.inputsOf(id)?.inputs.values() ?? [])]
				.filter(({ name, spec }) => trusted(spec, savedOf(node, name)) !== spec)
				.map(({ name }) => limitKey(node.class_type, name)),
		),
	);
}

function limitKey(classType: string, input: string): string {
	return JSON.stringify([classType, input]);
}

function* problemsOfWorkflow(
	graph: KnownGraph,
	typed: boolean,
	broken: ReadonlySet<string>,
): Generator<Finding> {
	const { workflow } = graph;
	if (typed) yield* unknownClasses(graph);
	const { certain, outputs, needed } = neededNodes(graph);
	const runsNothing = certain && outputs.length === 0;
	if (runsNothing) {
		yield {
			path: Object.keys(workflow)[0] ?? '',
			problem: 'no_output',
			message:
				'the workflow has no output node, such as Save Image: ComfyUI runs nothing without one',
		};
	}
	const cycle = findCycle(workflow, runsNothing ? Object.keys(workflow) : needed);
	if (cycle) yield cycleFinding(graph, cycle);
	for (const id of needed) yield* checkNode(graph, id, broken);
	yield* checkComplete(graph).findings;
}

/** Old classes. ComfyUI replaces them with newer ones if the node has `_meta` (`/node_replacements`). */
const REPLACED = [
	...['ConditioningAverage ', 'T2IAdapterLoader', 'SDV_img2vid_Conditioning'],
	...['Load3DAnimation', 'Preview3DAnimation'],
];

function* unknownClasses(graph: KnownGraph): Generator<Finding> {
	const classTypes = Object.keys(graph.info);
	for (const [nodeId, { class_type, _meta }] of Object.entries(graph.workflow)) {
		if (graph.classOf(nodeId) || (_meta && REPLACED.includes(class_type))) continue;
		const { ending, ...suggestion } = meant(class_type, classTypes, '');
		yield {
			path: printable(nodeId),
			problem: 'unknown_class',
			message: `the machine has no node class "${printable(class_type)}", which node ${graph.nameOf(nodeId)} uses${ending}: a custom node may be missing`,
			...suggestion,
		};
	}
}

function cycleFinding(graph: KnownGraph, cycle: readonly string[]): Finding {
	const shown = cycle.length > MOST_SHOWN ? [...cycle.slice(0, MOST_SHOWN), '…'] : cycle;
	const names = shown.map((id) => graph.nameOf(id));
	return {
		path: cycle[0] ?? '',
		problem: 'cycle',
		message: `nodes feed each other in a circle: ${[...names, names[0]].join(' → ')}`,
	};
}

const MOST_SHOWN = 8;

const LIMITS: Finding['problem'][] = ['unknown_choice', 'out_of_range'];

// A generator, because each message scans the whole workflow and only the first few messages are used.
function* checkNode(
	graph: KnownGraph,
	nodeId: string,
	broken: ReadonlySet<string>,
): Generator<Finding> {
	const node = graph.node(nodeId);
	if (!node) return;
	const known = graph.inputsOf(nodeId);
	for (const [input, value] of Object.entries(asObject(node.inputs))) {
		const found = checkHeld({ nodeId, node, input, value, graph }, known?.inputs.get(input));
		yield* found.filter(
			({ problem }) => !LIMITS.includes(problem) || !broken.has(limitKey(node.class_type, input)),
		);
	}
}

function checkHeld(set: SetInput, listed: NodeInput | undefined): Finding[] {
	if (!listed) return isLink(set.value) ? checkLink(set) : [];
	// ComfyUI rejects null only for numbers and choices. It turns null into "None" for strings and false for
	// booleans, and does not check other types.
	const taken = set.value === null && !['integer', 'float', 'choice'].includes(listed.spec.kind);
	return taken ? [] : checkListed(set, listed);
}

/**
 * Checks a workflow for nodes that lack required inputs. ComfyUI skips every output that needs such a node and runs
 * the rest, so the missing inputs are only a warning. They are findings if no output is left, or if it is not
 * `certain` which outputs are left.
 */
export function checkComplete(graph: KnownGraph): {
	findings: Finding[];
	warnings: string[];
	certain: boolean;
} {
	const { certain, outputs, needed } = neededNodes(graph);
	const missing = needed.flatMap((id) => {
		const inputs = graph.inputsOf(id)?.inputs.values() ?? [];
		return missingInputs(inputs, asObject(graph.node(id)?.inputs)).map((one) => ({ id, one }));
	});
	const lacking = missing.map(({ id }) => id);
	const dropped =
		certain && lacking.length > 0 ? fedBy(graph.workflow, needed, lacking) : new Set();
	const lost = outputs.filter((id) => dropped.has(id));
	const findings = missing.slice(0, MOST_KEPT).map(({ id, one }) => missingInput(graph, id, one));
	if (lost.length === 0 || lost.length === outputs.length) {
		return { findings, warnings: [], certain };
	}
	const names = few(lost.map((id) => graph.nameOf(id)));
	const reasons = listFew(findings.map(({ message }) => message));
	const warning = `ComfyUI skips nodes that cannot run, so there is no output from ${names}: ${reasons}`;
	return { findings: [], warnings: [warning], certain: true };
}

/**
 * The nodes that ComfyUI runs: those that an output node needs. If it is not `certain` which nodes give an output, all
 * nodes count as needed.
 */
function neededNodes(graph: KnownGraph): { certain: boolean; outputs: string[]; needed: string[] } {
	const ids = Object.keys(graph.base);
	const isOutput = (id: string) => graph.classOf(id)?.outputNode;
	const certain = ids.every((id) => isOutput(id) !== undefined);
	const outputs = ids.filter(isOutput);
	return { certain, outputs, needed: certain ? [...reachedFrom(graph.workflow, outputs)] : ids };
}

/** The `sources`, and all nodes that depend on one of them. */
function fedBy(
	workflow: WorkflowApiJson,
	nodes: readonly string[],
	sources: readonly string[],
): Set<string> {
	const takers = new Map<string, string[]>();
	for (const id of nodes) {
		for (const source of sourcesOf(workflow, id)) {
			const before = takers.get(source);
			if (before) before.push(id);
			else takers.set(source, [id]);
		}
	}
	const fed = new Set(sources);
	for (const id of fed) for (const taker of takers.get(id) ?? []) fed.add(taker);
	return fed;
}
