import { type InputRef } from '../form/inputSpec';
import { type InputSpec, isRandomSeed, isSeed, unwrap } from '../form/inputSpec';
import { fitJsonValue } from '../form/values';
import { printable } from '../form/words';
import { asObject, isObject } from '../json/objects';
import { nodeOf, titleOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import { currentInputs, inputsOf, missingInputs, type NodeInputs, type Values } from './inputsOf';
import type { InputDefinition, NodeClass, ObjectInfo } from './objectInfo';
import { overrideOf, type Overrides, withOverrides } from './overrides';
import { loadsMedia } from './readSpec';

/** Caches the inputs of nodes without overrides. This is safe because nodes are never changed in place. */
const savedInputs = new WeakMap<WorkflowNode, { nodeClass: NodeClass; inputs: NodeInputs }>();

/** A workflow with overrides applied, and ComfyUI's declarations of its node classes, as far as they are known. */
export class KnownGraph {
	/** The inputs of nodes with overrides, as far as they have been looked up. */
	private readonly changed = new Map<string, NodeInputs>();
	private whole?: WorkflowApiJson;

	/** @param base the workflow without the overrides */
	constructor(
		readonly base: WorkflowApiJson = {},
		readonly info: ObjectInfo = {},
		readonly overrides: Overrides = {},
	) {}

	/** The same graph with these overrides instead. */
	with(overrides: Overrides): KnownGraph {
		return new KnownGraph(this.base, this.info, overrides);
	}

	/** The workflow with the overrides. */
	get workflow(): WorkflowApiJson {
		return (this.whole ??= withOverrides(this.base, this.overrides));
	}

	/** A node with its overrides. */
	node(id: string): WorkflowNode | undefined {
		const node = nodeOf(this.base, id);
		const override = overrideOf(this.overrides, id);
		return node && override ? { ...node, inputs: currentInputs(node, override) } : node;
	}

	/** The declared class of a node, if it is known. */
	classOf(id: string): NodeClass | undefined {
		const type = nodeOf(this.base, id)?.class_type ?? '';
		return Object.hasOwn(this.info, type) ? this.info[type] : undefined;
	}

	/** The inputs that a node has with its overrides; undefined if its class is not known. */
	inputsOf(id: string): NodeInputs | undefined {
		const node = nodeOf(this.base, id);
		const nodeClass = this.classOf(id);
		if (!node || !nodeClass) return undefined;
		const override = overrideOf(this.overrides, id);
		if (!override || !nodeClass.inputs.some(decides)) return inputsAsSaved(node, nodeClass);
		const inputs = this.changed.get(id) ?? inputsWith(override, node, nodeClass);
		this.changed.set(id, inputs);
		return inputs;
	}

	/** The input of a node; undefined if there is no such node. */
	taken({ nodeId, input }: InputRef): TakenInput | undefined {
		const saved = nodeOf(this.base, nodeId);
		return saved && takenBy(saved, this.inputsOf(nodeId), input);
	}

	/** A node's id and title, such as "6 · Positive Prompt". */
	nameOf(id: string): string {
		const node = nodeOf(this.base, id);
		return node ? `${printable(id)} · ${printable(titleOf(node))}` : printable(id);
	}
}

function inputsAsSaved(node: WorkflowNode, nodeClass: NodeClass): NodeInputs {
	const before = savedInputs.get(node);
	if (before?.nodeClass === nodeClass) return before.inputs;
	const inputs = inputsOf(node.class_type, nodeClass, asObject(node.inputs));
	savedInputs.set(node, { nodeClass, inputs });
	return inputs;
}

/** Whether other inputs of the node depend on the value of this one. */
function decides({ options, group, slots, whileLinked }: InputDefinition): boolean {
	return (options ?? group ?? slots ?? whileLinked) !== undefined;
}

function inputsWith(override: Values, node: WorkflowNode, nodeClass: NodeClass): NodeInputs {
	const values = currentInputs(node, override);
	return inputsOf(node.class_type, nodeClass, values, asObject(node.inputs));
}

/** The spec of an input. `typed`: the type is certain enough to convert a JSON string to it. */
export interface TakenInput {
	spec: InputSpec;
	typed: boolean;
}

/**
 * The spec that ComfyUI declares for an input, or a guess from the saved value. An input without a declared type may
 * belong to a class that takes any value, so a JSON string stays a string unless the saved value is a number.
 */
function takenBy(node: WorkflowNode, inputs: NodeInputs | undefined, input: string): TakenInput {
	const declared = inputs?.inputs.get(input)?.spec;
	const own = declared && trusted(declared, savedOf(node, input));
	const isClear = own && (own.kind !== 'other' || own.linkOnly);
	const spec = isClear ? own : { ...own, ...guessSpec(node, input) };
	const isNumber = spec.kind === 'integer' || spec.kind === 'float';
	return { spec, typed: (declared?.kind ?? 'other') !== 'other' || spec.wrap === true || isNumber };
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

/** Guesses the spec of an input from its saved value. */
export function guessSpec(node: WorkflowNode, input: string): InputSpec {
	const saved = savedOf(node, input);
	const value = unwrap(saved);
	const wrap = value === saved ? {} : { wrap: true as const };
	if (value === undefined || value === null) return { kind: 'other' };
	if (typeof value === 'boolean') return { kind: 'boolean' };
	if (typeof value === 'bigint') return { kind: 'integer' };
	if (isRandomSeed(input, value)) return { kind: 'integer' };
	if (typeof value === 'number') return { kind: isIntegerInput(input) ? 'integer' : 'float' };
	if (Array.isArray(value) || isObject(value)) return { kind: 'json', ...wrap };
	return { kind: loadsMedia(node.class_type, input) ? 'media' : 'string' };
}

export function savedOf(node: WorkflowNode, input: string): unknown {
	const inputs = asObject(node.inputs);
	return Object.hasOwn(inputs, input) ? inputs[input] : undefined;
}

// A saved 1 may mean 1.0, except for inputs that are integers in every class.
function isIntegerInput(input: string): boolean {
	return isSeed(input) || WHOLE.includes(input);
}

const WHOLE = ['steps', 'width', 'height', 'batch_size', 'start_at_step', 'end_at_step'];

/**
 * The workflow with its values converted to the types of their inputs, as the checks do, and with an empty value for
 * each required input that the editor only draws. Nodes that need no change stay the same objects.
 */
export function fitWorkflow(graph: KnownGraph): WorkflowApiJson {
	const { workflow } = graph;
	const nodes = Object.keys(workflow).map((id) => [id, fitNode(graph, id)] as const);
	return nodes.every(([id, node]) => workflow[id] === node) ? workflow : Object.fromEntries(nodes);
}

function fitNode(graph: KnownGraph, nodeId: string): WorkflowNode {
	const node = graph.workflow[nodeId]!;
	const held = asObject(node.inputs);
	const known = graph.inputsOf(nodeId);
	const fitted = Object.entries(held).map(([input, value]) => {
		const taken = known && takenBy(node, known, input);
		return [input, taken?.typed ? fitJsonValue(value, taken.spec) : value] as const;
	});
	const missing = known ? missingInputs(known.inputs.values(), held) : [];
	const drawn = missing.filter(({ spec }) => spec.noValue);
	const same = fitted.every(([input, value]) => held[input] === value);
	if (same && drawn.length === 0 && held === node.inputs) return node;
	const added = drawn.map(({ name }) => [name, {}] as const);
	return { ...node, inputs: Object.fromEntries([...fitted, ...added]) };
}
