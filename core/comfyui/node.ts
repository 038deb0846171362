import { asObject, isObject } from '../json/objects';
import { nodeOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import { currentInputs, inputsOf, missingInputs, type NodeInputs, type Values } from './inputsOf';
import { type InputSpec, isRandomSeed, isSeed, loadsMedia, unwrap } from './inputSpec';
import type { InputDefinition, NodeClass, ObjectInfo } from './objectInfo';
import type { Overrides } from './overrides';
import { fitJsonValue } from './values';

/** Caches the inputs of nodes without an override. This is safe because nodes are never changed in place. */
const savedInputs = new WeakMap<WorkflowNode, { nodeClass: NodeClass; known: NodeInputs }>();

/** The inputs that a node has with this override; undefined if `info` does not hold the node's class. */
export function nodeInputs(
	node: WorkflowNode,
	info: ObjectInfo,
	override: Values = {},
): NodeInputs | undefined {
	const nodeClass = classOf(node, info);
	if (!nodeClass) return undefined;
	const saved = asObject(node.inputs);
	if (choosesInputs(node, info, override)) {
		return inputsOf(node.class_type, nodeClass, currentInputs(node, override), saved);
	}
	const before = savedInputs.get(node);
	if (before?.nodeClass === nodeClass) return before.known;
	const known = inputsOf(node.class_type, nodeClass, saved);
	savedInputs.set(node, { nodeClass, known });
	return known;
}

/** A node, and the inputs that it has after an override is applied. */
export interface KnownNode {
	node: WorkflowNode;
	inputs: NodeInputs | undefined;
}

/** A workflow, if it is known, and the classes of its nodes. */
export interface KnownGraph {
	workflow?: WorkflowApiJson | undefined;
	info: ObjectInfo;
}

/** Looks up nodes of a workflow with these overrides applied. Each node is computed once, on demand. */
export function knownNodes(
	{ workflow = {}, info }: KnownGraph,
	overrides: Overrides,
): (nodeId: string) => KnownNode | undefined {
	const found = new Map<string, KnownNode | undefined>();
	return (nodeId) => {
		if (!found.has(nodeId)) {
			const node = nodeOf(workflow, nodeId);
			const inputs = node && nodeInputs(node, info, overrides[nodeId]?.inputs);
			found.set(nodeId, node && { node, inputs });
		}
		return found.get(nodeId);
	};
}

export function classOf(
	node: Pick<WorkflowNode, 'class_type'> | undefined,
	info: ObjectInfo,
): NodeClass | undefined {
	const type = node?.class_type ?? '';
	return Object.hasOwn(info, type) ? info[type] : undefined;
}

/** Whether an override may add or remove inputs, because it sets an input that others depend on. */
export function choosesInputs(node: WorkflowNode, info: ObjectInfo, override: Values): boolean {
	const deciding = (classOf(node, info)?.inputs ?? []).filter(decides);
	if (deciding.length === 0) return false;
	// A format's inputs have no prefix in their names, and may themselves decide which further inputs exist.
	if (deciding.some(({ prefix, options }) => prefix === '' && options?.some(holdsDeciding))) {
		return true;
	}
	return Object.keys(override).some((input) =>
		deciding.some(({ name }) => input === name || input.startsWith(`${name}.`)),
	);
}

function decides({ options, group, slots, whileLinked }: InputDefinition): boolean {
	return (options ?? group ?? slots ?? whileLinked) !== undefined;
}

function holdsDeciding({ inputs }: { inputs: InputDefinition[] }): boolean {
	return inputs.some(decides);
}

/** The spec that ComfyUI declares for an input, or a guess from the saved value. */
export function specIn({ node, inputs }: KnownNode, input: string): InputSpec {
	const declared = inputs?.inputs.get(input)?.spec;
	const known = declared && trusted(declared, savedOf(node, input));
	if (known && (known.kind !== 'other' || known.linkOnly || known.noValue)) return known;
	const guessed = guessSpec(node, input);
	return known ? { ...known, ...guessed } : guessed;
}

/** The spec of an input. `typed`: the type is certain enough to convert a JSON string to it. */
export interface TakenInput {
	spec: InputSpec;
	typed: boolean;
}

/**
 * The spec of a node's input. An input without a declared type may belong to a class that takes any value, so a
 * JSON string stays a string unless the saved value is a number.
 */
function takenBy({ node, inputs }: KnownNode, input: string): TakenInput {
	const spec = specIn({ node, inputs }, input);
	const kind = inputs?.inputs.get(input)?.spec.kind ?? 'other';
	const isNumber = spec.kind === 'integer' || spec.kind === 'float';
	return { spec, typed: kind !== 'other' || spec.wrap === true || isNumber };
}

/** Looks up the spec of an input with these overrides applied; undefined if its node is not known. */
export function inputsIn(
	graph: KnownGraph,
	overrides: Overrides,
): (place: { nodeId: string; input: string }) => TakenInput | undefined {
	const nodeWith = knownNodes(graph, overrides);
	return ({ nodeId, input }) => {
		const node = nodeWith(nodeId);
		return node && takenBy(node, input);
	};
}

/**
 * The spec without the limits that the saved value itself breaks. Some classes check choices and ranges themselves,
 * which object_info does not show, and this node is known to run with the saved value.
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
	if (isRandomSeed(input, value)) return { kind: 'integer' };
	if (typeof value === 'number') return { kind: isWhole(input) ? 'integer' : 'float' };
	if (Array.isArray(value) || isObject(value)) return { kind: 'json', ...wrap };
	return { kind: loadsMedia(classType, input) ? 'media' : 'string' };
}

// A saved 1 may mean 1.0, except for inputs that are integers in every class.
function isWhole(input: string): boolean {
	return isSeed(input) || WHOLE.includes(input);
}

const WHOLE = ['steps', 'width', 'height', 'batch_size', 'start_at_step', 'end_at_step'];

function fitTaken({ spec, typed }: TakenInput, value: unknown): unknown {
	return typed ? fitJsonValue(value, spec) : value;
}

/**
 * Converts the values of a workflow to the types of their inputs, as the checks do, and adds an empty value to each
 * required input that the editor only draws. Nodes that need no change stay the same objects.
 */
export function fitWorkflow(workflow: WorkflowApiJson, info: ObjectInfo): WorkflowApiJson {
	const nodes = Object.entries(workflow).map(([id, node]) => [id, fitNode(node, info)] as const);
	return nodes.every(([id, node]) => workflow[id] === node) ? workflow : Object.fromEntries(nodes);
}

function fitNode(node: WorkflowNode, info: ObjectInfo): WorkflowNode {
	const held = asObject(node.inputs);
	const inputs = nodeInputs(node, info);
	const fitted = Object.entries(held).map(([input, value]) => [
		input,
		inputs ? fitTaken(takenBy({ node, inputs }, input), value) : value,
	]);
	const drawn = (inputs ? missingInputs(inputs.inputs.values(), held) : []).filter(
		({ spec }) => spec.noValue,
	);
	const same = fitted.every(([input, value]) => held[input as string] === value);
	if (same && drawn.length === 0 && held === node.inputs) return node;
	const added = drawn.map(({ name }) => [name, {}] as const);
	return { ...node, inputs: Object.fromEntries([...fitted, ...added]) };
}
