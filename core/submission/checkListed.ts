import { checkValue } from '../comfyui/checkValue';
import { fitJsonValue } from '../comfyui/fit';
import { isLink, nodeOf } from '../comfyui/graph';
import type { NodeInput } from '../comfyui/inputsOf';
import { classOf } from '../comfyui/node';
import {
	type Finding,
	finding,
	labelOf,
	nameOf,
	pathOf,
	type SetInput,
	unknownNode,
} from './findings';

/**
 * What ComfyUI would refuse as the value of an input that the class lists (`validate_inputs` in
 * execution.py), and a value where only a link can be: that passes there, and the run fails.
 */
export function checkListed(set: SetInput, listed: Pick<NodeInput, 'spec' | 'types'>): Finding[] {
	const { spec, types } = listed;
	const value = fitJsonValue(set.value, spec);
	if (Array.isArray(value) && Array.isArray(set.value)) return checkListedLink(set, listed);
	if (spec.linkOnly && spec.kind === 'other' && !types.some(isAnything)) {
		if (value === null) return [];
		const message = `takes the output of another node only (${types.join(' or ')}): ComfyUI would accept the value, and the run would fail`;
		return [finding(set, { problem: 'wrong_type', message })];
	}
	const problem = checkValue(value, spec);
	return problem ? [finding(set, problem)] : [];
}

/** ComfyUI's own classes that look at the types of their links themselves: at a widget they take any. */
const OWN_LINKS = /^TripoConversionNode$/;

/** A list for an input that the class lists, or for one that nothing describes. */
export function checkListedLink(
	set: SetInput,
	listed: Pick<NodeInput, 'spec' | 'types'> | undefined,
): Finding[] {
	const any = listed?.spec.kind !== 'other' && OWN_LINKS.test(set.node.class_type);
	return checkLink(set, any ? undefined : listed?.types);
}

/** A list, which ComfyUI reads as a link whatever it holds. `takes`: the types of the input, if they are known. */
export function checkLink(set: SetInput, takes?: readonly string[]): Finding[] {
	const { value, workflow } = set;
	if (!isLink(value) || !Number.isInteger(value[1])) {
		const message = 'is a list, which ComfyUI reads as a link: ["node id", output number]';
		return [finding(set, { problem: 'wrong_type', message })];
	}
	const [source] = value;
	if (nodeOf(workflow, source)) return takes ? checkType(set, value, takes) : [];
	const { message, ...found } = unknownNode(pathOf(set), source, workflow);
	return [{ ...found, message: `${labelOf(set)} links to a node that is not there: ${message}` }];
}

/** Does the same as `validate_node_input` in comfy_execution/validation.py. */
function checkType(
	set: SetInput,
	[source, output]: readonly [string, number],
	takes: readonly string[],
): Finding[] {
	const { workflow, info } = set;
	const outputs = classOf(workflow[source], info)?.outputs ?? [];
	if (outputs.length === 0) return [];
	const from = `node ${nameOf(source, workflow)}`;
	// Python counts a negative index from the end.
	const given = outputs.at(output);
	if (given === undefined) {
		const message = `links to output ${output} of ${from}, whose last output is ${outputs.length - 1}`;
		return [finding(set, { problem: 'link_type', message })];
	}
	const gives = given.split(',').map((type) => type.trim());
	if ([...gives, ...takes].some(isAnything) || gives.some((type) => takes.includes(type)))
		return [];
	const message = `takes ${takes.join(' or ')}, and output ${output} of ${from} gives ${gives.join(' or ')}`;
	return [finding(set, { problem: 'link_type', message })];
}

function isAnything(type: string): boolean {
	return type === '*' || type.startsWith('COMFY_');
}
