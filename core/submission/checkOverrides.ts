import { checkValue } from '../comfyui/checkValue';
import { meant } from '../comfyui/closest';
import { fitJsonValue } from '../comfyui/fit';
import { printable } from '../comfyui/form/words';
import { isLink, nodeOf, type WorkflowApiJson } from '../comfyui/graph';
import { type NodeInput, type NodeInputs, takesInput } from '../comfyui/inputsOf';
import { isRandomSeed } from '../comfyui/inputSpec';
import { guessSpec, nodeInputs, trusted } from '../comfyui/node';
import type { ObjectInfo } from '../comfyui/objectInfo';
import type { Overrides } from '../comfyui/overrides';
import type { HostLabels } from '../host';
import { checkLink, checkListed, checkListedLink } from './checkListed';
import { missingByChoice } from './choiceDefaults';
import {
	few,
	type Finding,
	finding,
	firstOf,
	missingInput,
	nameOf,
	pathOf,
	type SetInput,
	unknownNode,
} from './findings';

/**
 * Everything in the overrides that does not fit the workflow, before a cent is spent. Types, ranges
 * and choices are checked as far as `info` knows them; without it, against the saved values' types.
 * Values count as what `fitJsonValue` makes of them.
 */
export function checkOverrides(
	overrides: Overrides,
	workflow: WorkflowApiJson,
	info: ObjectInfo = {},
	labels?: HostLabels,
): Finding[] {
	return firstOf(problemsOf(overrides, workflow, info, labels));
}

function* problemsOf(
	overrides: Overrides,
	workflow: WorkflowApiJson,
	info: ObjectInfo,
	labels: HostLabels | undefined,
): Generator<Finding> {
	for (const [nodeId, { inputs }] of Object.entries(overrides)) {
		const node = nodeOf(workflow, nodeId);
		if (!node) {
			yield unknownNode(nodeId, nodeId, workflow);
			continue;
		}
		const saved = nodeInputs(node, info);
		const known = nodeInputs(node, info, inputs);
		const before = new Map(saved?.inputs.map(({ name, spec }) => [name, spec]));
		const now = new Map(known?.inputs.map((one) => [one.name, one]));
		for (const [input, value] of Object.entries(inputs)) {
			const set = { nodeId, node, input, value, workflow, info };
			const one = now.get(input);
			// A value saved for another option shows nothing about the limits of this one.
			const isSame = one !== undefined && before.get(input) === one.spec;
			const listed = isSame ? { ...one, spec: trusted(one.spec, node.inputs?.[input]) } : one;
			yield* checkInput(set, known, listed, labels);
		}
		for (const { name, types } of missingByChoice(node, inputs, known, saved)) {
			yield missingInput(workflow, nodeId, name, types);
		}
	}
}

function checkInput(
	set: SetInput,
	known: NodeInputs | undefined,
	listed: NodeInput | undefined,
	labels: HostLabels | undefined,
): Finding[] {
	const { node, input, value } = set;
	const inputs = node.inputs ?? {};
	const saved = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
	if (!listed && !isTaken(set, known)) return [unknownInput(set, known)];
	if (isLink(value)) {
		// A class that runs with a link of another type checks its links itself.
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
		const message = `is fed by node ${nameOf(saved[0], set.workflow)} and takes no value of its own: set an input of that node instead`;
		return [finding(set, { problem: 'link_overwritten', message })];
	}
	if (isRandomSeed(input, value)) return [];
	// A type such as "*" is known to take more than what is saved now.
	if (listed) return checkListed(set, listed);
	const wanted = guessSpec(node, input);
	const problem = checkValue(fitJsonValue(value, wanted), wanted);
	return problem ? [finding(set, problem)] : [];
}

function isTaken({ node, input }: SetInput, known: NodeInputs | undefined): boolean {
	const inputs = node.inputs ?? {};
	// ComfyUI ignores what the new option of a dynamic combo does not have: it would be lost.
	if (input.includes('.') && known?.elsewhere.has(input)) return false;
	if (Object.hasOwn(inputs, input)) return true;
	if (known) return takesInput(known, input);
	// If the class is not known: children of saved inputs, and one more of numbered ones.
	const [parent = ''] = input.split('.');
	const stem = /^(.*\D)\d+$/.exec(input)?.[1];
	const numbered = (name: string) =>
		stem !== undefined && name.startsWith(stem) && /^\d+$/.test(name.slice(stem.length));
	return Object.hasOwn(inputs, parent) || Object.keys(inputs).some(numbered);
}

/** Placeholders that flows replace with a value, such as `{{ $json.prompt }}` and a template's `{{payload}}`. */
const EXPRESSION = /\{\{\{?\s{0,9}(?:\$[\w("'[]|msg\.|payload\b)[^{}]{0,60}\}\}/;

function unknownInput(set: SetInput, known: NodeInputs | undefined): Finding {
	const { nodeId, node, input, workflow } = set;
	const listed = known?.inputs.map(({ name }) => name) ?? [];
	const names = [...new Set([...Object.keys(node.inputs ?? {}), ...listed])];
	const elsewhere = known?.elsewhere.get(input);
	const { ending, ...suggestion } = elsewhere
		? { ending: ` with this choice: it belongs to ${elsewhere.parent} "${elsewhere.choice}"` }
		: meant(input, names, `; it has ${few(names)}`);
	const message = `node ${nameOf(nodeId, workflow)} has no input "${printable(input)}"${ending}`;
	return { path: pathOf(set), problem: 'unknown_input', message, ...suggestion };
}
