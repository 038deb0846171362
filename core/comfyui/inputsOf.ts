import { type InputSpec, unwrap } from '../form/inputSpec';
import { asObject } from '../json/objects';
import type { WorkflowNode } from './graph';
import type { InputDefinition, NodeClass } from './objectInfo';

/** The values of a node's inputs, by name. */
export type Values = Readonly<Record<string, unknown>>;

/** An input that a node has, given its current values. */
export interface NodeInput {
	/** The name in the node's inputs: `steps`, `model.width`, `loras.0.strength`. */
	name: string;
	/** Whether ComfyUI refuses to run without this input. */
	required: boolean;
	/** The ComfyUI types that the input accepts; a union has several. */
	types: string[];
	spec: InputSpec;
	/** The input whose value decides whether this one exists: `model` of `model.width`. */
	parent?: string;
	/** Set for a dynamic combo nested in another one: ComfyUI also runs without a value for it. */
	mayLack?: true;
}

export interface NodeInputs {
	/** By name, in the order of ComfyUI's editor. */
	inputs: Map<string, NodeInput>;
	/**
	 * Prefixes of further names that the node takes: `lora_` for numbered names such as `lora_2`, `model.` for any
	 * name below `model`, and "" for any name at all.
	 */
	openNames: string[];
	/** Inputs that exist only with another choice: name → the input to change (`parent`) and the choice to make. */
	elsewhere: Map<string, { parent: string; choice: string }>;
}

/** A node's inputs with the override applied to the saved values. */
export function currentInputs(
	node: Pick<WorkflowNode, 'inputs'>,
	override: Values = {},
): Record<string, unknown> {
	return { ...asObject(node.inputs), ...override };
}

/**
 * Every input that a node of this class has with these `values` (see `currentInputs`): the inputs of chosen options
 * in dynamic combos and formats, at any depth; the existing rows of a group and one optional further row; and all
 * slots of an input that can grow.
 * `saved`: values that the node is known to run with. Their names show which unlisted inputs the class takes.
 */
export function inputsOf(
	classType: string,
	{ inputs }: NodeClass,
	values: Values,
	saved: Values = values,
): NodeInputs {
	const found: NodeInputs = { inputs: new Map(), openNames: [], elsewhere: new Map() };
	for (const definition of inputs) expand(definition, definition.name, values, found);
	found.openNames.push(...openNamesOf(classType, found.inputs, saved));
	return found;
}

/** The required inputs that have no value in `held`. */
export function missingInputs(inputs: Iterable<NodeInput>, held: Values): NodeInput[] {
	return [...inputs].filter(
		({ name, required, mayLack }) => required && !mayLack && !Object.hasOwn(held, name),
	);
}

/** Whether the node takes an input with this name, listed or not. */
export function takesInput({ inputs, openNames }: NodeInputs, name: string): boolean {
	const isOpen = (start: string) =>
		start === '' || start.endsWith('.') ? name.startsWith(start) : isNumbered(name, start);
	return inputs.has(name) || openNames.some(isOpen);
}

/** Whether a name is `stem` and a number. */
export function isNumbered(name: string, stem: string): boolean {
	return name.startsWith(stem) && /^\d+$/.test(name.slice(stem.length));
}

function expand(
	definition: InputDefinition,
	name: string,
	values: Values,
	found: NodeInputs,
	parent?: string,
): void {
	const { required, types, spec, options, prefix = '.', group, slots, whileLinked } = definition;
	const of = parent === undefined ? {} : { parent, ...(options ? { mayLack: true as const } : {}) };
	if (!group && !slots) add(found, { name, required, types, spec, ...of });
	if (options) expandOptions(options, name, prefix && `${name}${prefix}`, values, found);
	if (group) expandGroup(group, name, values, found);
	if (slots) {
		const { types, spec } = slots.input;
		for (const [index, slot] of slots.names.entries()) {
			add(found, { name: `${name}.${slot}`, required: index < slots.min, types, spec, ...of });
		}
	}
	if (whileLinked && Object.hasOwn(values, name)) {
		for (const child of whileLinked) expand(child, `${name}.${child.name}`, values, found, name);
	}
}

function add({ inputs }: NodeInputs, input: NodeInput): void {
	inputs.set(input.name, input);
}

function expandOptions(
	options: NonNullable<InputDefinition['options']>,
	name: string,
	start: string,
	values: Values,
	found: NodeInputs,
): void {
	const value = Object.hasOwn(values, name) ? unwrap(values[name]) : undefined;
	const chosen = options.some(({ key }) => key === value);
	// The option may come from another node, and is then only known at run time. An unknown option is reported
	// elsewhere.
	if (!chosen && start !== '') found.openNames.push(start);
	for (const { key, inputs } of options) {
		for (const child of inputs) {
			const at = `${start}${child.name}`;
			if (key === value) expand(child, at, values, found, name);
			else if (chosen && !found.elsewhere.has(at)) {
				found.elsewhere.set(at, { parent: name, choice: String(key) });
			}
		}
	}
}

function expandGroup(
	{ fields, min, max }: NonNullable<InputDefinition['group']>,
	name: string,
	values: Values,
	found: NodeInputs,
): void {
	const rows = Object.keys(values).flatMap((key) => {
		if (!key.startsWith(`${name}.`)) return [];
		const row = /^(0|[1-9]\d?)\./.exec(key.slice(name.length + 1))?.[1];
		return row === undefined ? [] : [Number(row)];
	});
	const present = new Set(rows);
	// ComfyUI only counts the rows and ignores their numbers.
	for (let row = 0; present.size < Math.min(min, max); row += 1) present.add(row);
	const count = Math.min(max, Math.max(-1, ...present) + 2);
	for (let row = 0; row < count; row += 1) {
		for (const field of fields) {
			const { types, spec } = field;
			const place = { name: `${name}.${row}.${field.name}`, parent: name };
			const required = field.required && present.has(row);
			add(found, { ...place, required, types, spec });
		}
	}
}

/** Classes that take keyword arguments, which object_info does not list, with the prefix of the argument names. */
const KEYWORD_CLASSES: readonly [RegExp, string][] = [
	[/^(Power Lora Loader|Lora Loader Stack) \(rgthree\)$/, 'lora_'],
	[/^Any Switch \(rgthree\)$/, 'any_'],
	[/^Power Puter \(rgthree\)$/, ''],
];

/**
 * Prefixes of numbered inputs that a class takes without listing them. If a node holds an unlisted `lora_1`, its
 * class also takes `lora_2`. A class that lists only the first number (`input1` of ImpactSwitch) takes further
 * ones, too.
 */
function openNamesOf(classType: string, listed: NodeInputs['inputs'], saved: Values): string[] {
	const byClass = KEYWORD_CLASSES.flatMap(([pattern, start]) =>
		pattern.test(classType) ? [start] : [],
	);
	const held = Object.keys(saved).flatMap((name) => (listed.has(name) ? [] : (stemOf(name) ?? [])));
	const first = [...listed.values()].flatMap(({ name, spec }) => {
		const stem = spec.kind === 'other' ? stemOf(name) : undefined;
		const grows = stem !== undefined && /\D0*1$/.test(name) && !listed.has(`${stem}2`);
		return grows ? [stem] : [];
	});
	return [...new Set([...byClass, ...held, ...first])];
}

function stemOf(name: string): string | undefined {
	return /^([^.]*\D)\d+$/.exec(name)?.[1];
}
