import { meant } from '../form/closest';
import { isLink } from '../form/inputSpec';
import { checkValue, fitJsonValue } from '../form/values';
import { printable } from '../form/words';
import type { HostLabels } from '../host';
import { missingByChoice } from './choices';
import {
	few,
	type Finding,
	finding,
	firstOf,
	labelOf,
	missingInput,
	pathOf,
	type SetInput,
	unknownNode,
} from './findings';
import { nodeOf } from './graph';
import { isNumbered, type NodeInput, type NodeInputs, takesInput } from './inputsOf';
import { guessSpec, type KnownGraph, savedOf, trusted } from './knownGraph';

/**
 * Lists everything in the overrides of a graph that does not fit its workflow, before anything is billed. Types,
 * ranges and choices are checked as far as they are declared; in a class that is not known, against the types of the
 * saved values. Values are checked after conversion with `fitJsonValue`.
 */
export function checkOverrides(graph: KnownGraph, labels?: HostLabels): Finding[] {
	return firstOf(problemsOfOverrides(graph, labels));
}

function* problemsOfOverrides(
	graph: KnownGraph,
	labels: HostLabels | undefined,
): Generator<Finding> {
	const before = graph.with({});
	for (const [nodeId, { inputs }] of Object.entries(graph.overrides)) {
		const node = before.node(nodeId);
		if (!node) {
			yield unknownNode(nodeId, nodeId, graph);
			continue;
		}
		const saved = before.inputsOf(nodeId);
		const known = graph.inputsOf(nodeId);
		for (const [input, value] of Object.entries(inputs)) {
			const set = { nodeId, node, input, value, graph };
			const one = known?.inputs.get(input);
			// The saved value loosens the limits only if it was saved for the same option of a dynamic combo.
			const isSame = one !== undefined && saved?.inputs.get(input)?.spec === one.spec;
			const listed = isSame ? { ...one, spec: trusted(one.spec, savedOf(node, input)) } : one;
			yield* checkInput(set, known, listed, labels);
		}
		for (const one of missingByChoice(graph, nodeId)) yield missingInput(graph, nodeId, one);
	}
}

function checkInput(
	set: SetInput,
	known: NodeInputs | undefined,
	listed: NodeInput | undefined,
	labels: HostLabels | undefined,
): Finding[] {
	const { node, input, value } = set;
	const saved = savedOf(node, input);
	if (!listed && !isTaken(set, known)) return [unknownInput(set, known)];
	if (isLink(value)) {
		// If the saved link already breaks the declared types, the class checks the types of its links itself.
		const odd = isLink(saved) && checkListedLink({ ...set, value: saved }, listed).length > 0;
		return odd ? checkLink(set) : checkListedLink(set, listed);
	}
	const left = typeof value === 'string' ? EXPRESSION.exec(value)?.[0] : undefined;
	if (left !== undefined) {
		const advice = labels ? ` (${labels.computedValue})` : '';
		const message = `still contains ${left}: it was not replaced with a value${advice}`;
		return [finding(set, { problem: 'expression', message })];
	}
	const takesValues = listed !== undefined && listed.spec.kind !== 'other';
	if (isLink(saved) && !takesValues) {
		if (value === null && listed?.required === false) return [];
		const message = `gets its value from node ${set.graph.nameOf(saved[0])}: set an input of that node instead`;
		return [finding(set, { problem: 'link_overwritten', message })];
	}
	// The declared type counts, not the saved value: an input of the type "*" takes more types than its saved value
	// shows.
	if (listed) return checkListed(set, listed);
	const wanted = guessSpec(node, input);
	const problem = checkValue(fitJsonValue(value, wanted), wanted);
	return problem ? [finding(set, problem)] : [];
}

function isTaken({ node, input }: SetInput, known: NodeInputs | undefined): boolean {
	const inputs = node.inputs ?? {};
	// ComfyUI silently drops inputs that the newly chosen option of a dynamic combo does not have.
	if (input.includes('.') && known?.elsewhere.has(input)) return false;
	if (Object.hasOwn(inputs, input)) return true;
	if (known) return takesInput(known, input);
	// For an unknown class, accept children of saved inputs (`model.width` for `model`) and further numbered inputs
	// (`image3` for `image2`).
	const [parent = ''] = input.split('.');
	const stem = /^(.*\D)\d+$/.exec(input)?.[1];
	const numbered = Object.keys(inputs).some((name) => stem !== undefined && isNumbered(name, stem));
	return Object.hasOwn(inputs, parent) || numbered;
}

/**
 * Placeholders that should have been replaced with a value, such as `{{ $json.prompt }}` or a template's
 * `{{payload}}`.
 */
const EXPRESSION = /\{\{\{?\s{0,9}(?:\$[\w("'[]|msg\.|payload\b)[^{}]{0,60}\}\}/;

function unknownInput(set: SetInput, known: NodeInputs | undefined): Finding {
	const { nodeId, node, input, graph } = set;
	const listed = known?.inputs.keys() ?? [];
	const names = [...new Set([...Object.keys(node.inputs ?? {}), ...listed])];
	const elsewhere = known?.elsewhere.get(input);
	const { ending, ...suggestion } = elsewhere
		? { ending: ` with this choice: it belongs to ${elsewhere.parent} "${elsewhere.choice}"` }
		: meant(input, names, `; it has ${few(names)}`);
	const message = `node ${graph.nameOf(nodeId)} has no input "${printable(input)}"${ending}`;
	return { path: pathOf(set), problem: 'unknown_input', message, ...suggestion };
}

/**
 * Refuses what ComfyUI refuses as the value of an input that its class lists (`validate_inputs` in execution.py).
 * Also refuses a value where only a link works: ComfyUI accepts such a value, and the run then fails.
 */
export function checkListed(set: SetInput, listed: Pick<NodeInput, 'spec' | 'types'>): Finding[] {
	const { spec, types } = listed;
	const value = fitJsonValue(set.value, spec);
	if (Array.isArray(value) && Array.isArray(set.value)) return checkListedLink(set, listed);
	if (spec.linkOnly && spec.kind === 'other' && !types.some(isAnything)) {
		if (value === null) return [];
		const message = `only takes the output of another node (${types.join(' or ')}): ComfyUI would accept the value, but the run would fail`;
		return [finding(set, { problem: 'wrong_type', message })];
	}
	const problem = checkValue(value, spec);
	return problem ? [finding(set, problem)] : [];
}

/** ComfyUI's built-in classes that check the types of links themselves: their widgets accept a link of any type. */
const OWN_LINKS = /^TripoConversionNode$/;

/** Checks a list given for an input. `listed` is undefined if nothing describes the input. */
function checkListedLink(
	set: SetInput,
	listed: Pick<NodeInput, 'spec' | 'types'> | undefined,
): Finding[] {
	const any = listed?.spec.kind !== 'other' && OWN_LINKS.test(set.node.class_type);
	return checkLink(set, any ? undefined : listed?.types);
}

/**
 * Checks a list, which ComfyUI reads as a link no matter what the list holds. `takes`: the types that the input
 * accepts, if known.
 */
export function checkLink(set: SetInput, takes?: readonly string[]): Finding[] {
	const { value, graph } = set;
	if (!isLink(value) || !Number.isInteger(value[1])) {
		const message = 'is a list, which ComfyUI reads as a link: ["node id", output number]';
		return [finding(set, { problem: 'wrong_type', message })];
	}
	const [source] = value;
	if (nodeOf(graph.base, source)) return takes ? checkType(set, value, takes) : [];
	const { message, ...found } = unknownNode(pathOf(set), source, graph);
	return [{ ...found, message: `${labelOf(set)} links to a node that is not there: ${message}` }];
}

/** Follows `validate_node_input` in comfy_execution/validation.py. */
function checkType(
	set: SetInput,
	[source, output]: readonly [string, number],
	takes: readonly string[],
): Finding[] {
	const outputs = set.graph.classOf(source)?.outputs ?? [];
	if (outputs.length === 0) return [];
	const from = `node ${set.graph.nameOf(source)}`;
	// Python counts a negative index from the end.
	const type = outputs.at(output);
	if (type === undefined) {
		const message = `links to output ${output} of ${from}, whose last output is ${outputs.length - 1}`;
		return [finding(set, { problem: 'link_type', message })];
	}
	const gives = type.split(',').map((type) => type.trim());
	if ([...gives, ...takes].some(isAnything) || gives.some((type) => takes.includes(type)))
		return [];
	const message = `takes ${takes.join(' or ')}, and output ${output} of ${from} gives ${gives.join(' or ')}`;
	return [finding(set, { problem: 'link_type', message })];
}

function isAnything(type: string): boolean {
	return type === '*' || type.startsWith('COMFY_');
}
