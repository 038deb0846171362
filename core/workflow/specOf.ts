import { asObject, isObject } from '../json/read';
import { fitJsonValue } from './fit';
import type { WorkflowNode } from './graph';
import { isSeed, loadsMedia } from './inputNames';
import { currentInputs, inputsOf, type NodeInputs } from './inputsOf';
import { type InputSpec, unwrap } from './inputSpec';
import type { ObjectInfo } from './objectInfo';

type Values = Readonly<Record<string, unknown>>;

/** The inputs that a node has with this override; undefined where `info` does not know its class. */
export function nodeInputs(
	node: WorkflowNode,
	info: ObjectInfo,
	override: Values = {},
): NodeInputs | undefined {
	if (!Object.hasOwn(info, node.class_type)) return undefined;
	const known = info[node.class_type];
	return (
		known && inputsOf(node.class_type, known, currentInputs(node, override), asObject(node.inputs))
	);
}

/** Whether other inputs may come or go with an override: it sets one that others depend on. */
export function choosesInputs(node: WorkflowNode, info: ObjectInfo, override: Values): boolean {
	const known = Object.hasOwn(info, node.class_type) ? info[node.class_type] : undefined;
	const deciding = (known?.inputs ?? []).filter(
		({ options, group, slots, whileLinked }) => options ?? group ?? slots ?? whileLinked,
	);
	if (deciding.length === 0) return false;
	return Object.keys(override).some((input) =>
		deciding.some(({ name }) => input === name || input.startsWith(`${name}.`)),
	);
}

/** What ComfyUI says of an input, or what its saved value lets one guess. */
export function specOf(
	node: WorkflowNode,
	input: string,
	info: ObjectInfo,
	override: Values = {},
): InputSpec {
	return specIn(nodeInputs(node, info, override), node, input);
}

/** The same of a node whose inputs are known already. */
export function specIn(
	inputs: NodeInputs | undefined,
	node: WorkflowNode,
	input: string,
): InputSpec {
	const told = inputs?.inputs.find(({ name }) => name === input)?.spec;
	const known = told && trusted(told, savedOf(node, input));
	if (known && (known.kind !== 'other' || known.linkOnly || known.noValue)) return known;
	const guessed = guessSpec(node, input);
	return known ? { ...known, ...guessed } : guessed;
}

/**
 * A value from JSON in the type of the input. Where nothing tells the type, a text may be for a class
 * that takes anything, and stays what it is; numbers of a saved number do not.
 */
export function fitAsTold(
	node: WorkflowNode,
	input: string,
	value: unknown,
	info: ObjectInfo,
	override: Values = {},
): unknown {
	const spec = specOf(node, input, info, override);
	const known = specFromInfo(node, input, info, override);
	const told = known !== undefined && known.kind !== 'other';
	const certain = told || spec.wrap || spec.kind === 'integer' || spec.kind === 'float';
	return certain ? fitJsonValue(value, spec) : value;
}

/** What ComfyUI says of an input that the node has with this override. */
export function specFromInfo(
	node: WorkflowNode,
	input: string,
	info: ObjectInfo,
	override: Values = {},
): InputSpec | undefined {
	return nodeInputs(node, info, override)?.inputs.find(({ name }) => name === input)?.spec;
}

/**
 * The spec without what the saved value itself breaks: ComfyUI leaves lists and ranges to some
 * classes, which object_info does not tell, and this one runs with that value.
 */
export function trusted(spec: InputSpec, saved: unknown): InputSpec {
	const { choices = [], min, max } = spec;
	const value = unwrap(saved);
	const values = spec.many && Array.isArray(value) ? (value as unknown[]) : [value];
	const plain = value !== undefined && value !== null;
	const listed = values.every((one) => choices.some((choice) => choice === one));
	if (spec.choices && plain && choices.length > 0 && !listed) return { ...spec, moreChoices: true };
	if (typeof value !== 'number') return spec;
	const [low, high] = [min !== undefined && value < min, max !== undefined && value > max];
	if (!low && !high) return spec;
	const { ...limits } = spec;
	if (low) delete limits.min;
	if (high) delete limits.max;
	return limits;
}

/** What the saved value lets one guess of an input. */
export function guessSpec(node: WorkflowNode, input: string): InputSpec {
	return infer(node.class_type, input, savedOf(node, input));
}

function savedOf(node: WorkflowNode, input: string): unknown {
	const inputs = asObject(node.inputs);
	return Object.hasOwn(inputs, input) ? inputs[input] : undefined;
}

function infer(classType: string, input: string, saved: unknown): InputSpec {
	const value = unwrap(saved);
	const wrap = value === saved ? {} : { wrap: true as const };
	if (value === undefined || value === null) return { kind: 'other' };
	if (typeof value === 'boolean') return { kind: 'boolean' };
	if (typeof value === 'bigint') return { kind: 'integer' };
	if (typeof value === 'number') return { kind: isWhole(input) ? 'integer' : 'float' };
	if (Array.isArray(value) || isObject(value)) return { kind: 'json', ...wrap };
	return { kind: loadsMedia(classType, input) ? 'media' : 'string' };
}

// A saved 1 may stand for 1.0: only of these is it certain, in every class that has them.
function isWhole(input: string): boolean {
	return isSeed(input) || WHOLE.includes(input);
}

const WHOLE = ['steps', 'width', 'height', 'batch_size', 'start_at_step', 'end_at_step'];
