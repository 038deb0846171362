import { asObject } from '../json/objects';
import type { WorkflowNode } from './graph';
import { type InputSpec, unwrap } from './inputSpec';
import type { InputDefinition, NodeClass } from './objectInfo';

/** What a node holds: input → value. */
export type Values = Readonly<Record<string, unknown>>;

/** One input that a node has with the values it holds now. */
export interface NodeInput {
	/** The name in the node's inputs: `steps`, `model.width`, `loras.0.strength`. */
	name: string;
	/** Whether ComfyUI refuses to run without it. */
	required: boolean;
	/** ComfyUI's types; a union has several. */
	types: string[];
	spec: InputSpec;
	/** The input whose value decides whether this one exists: `model` of `model.width`. */
	parent?: string;
	/** A dynamic combo below another one: ComfyUI runs without it. */
	mayLack?: true;
}

export interface NodeInputs {
	/** By their names, in the order of the editor. */
	inputs: Map<string, NodeInput>;
	/** Beginnings of numbered names that it takes, such as `lora_`; with "" any name, with `model.` all below. */
	openNames: string[];
	/** Names that exist while another choice is made → the input to change, and the choice. */
	elsewhere: Map<string, { parent: string; choice: string }>;
}

/** What a node holds once the override is applied: override first, then saved. */
export function currentInputs(
	node: Pick<WorkflowNode, 'inputs'>,
	override: Values = {},
): Record<string, unknown> {
	return { ...asObject(node.inputs), ...override };
}

/**
 * Every input that a node of this class has while it holds `values` (see `currentInputs`): those of
 * the chosen options of dynamic combos and formats, at any depth; the rows of a group that exist and,
 * as not required, one more; all slots that may grow. `saved`: what it certainly runs with, which shows
 * the names of a class that takes more than it lists.
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

/** The inputs that ComfyUI would miss while the node has these values. */
export function missingInputs(inputs: Iterable<NodeInput>, held: Values): NodeInput[] {
	return [...inputs].filter(
		({ name, required, mayLack }) => required && !mayLack && !Object.hasOwn(held, name),
	);
}

/** Whether the node has the input, listed or not. */
export function takesInput({ inputs, openNames }: NodeInputs, name: string): boolean {
	return (
		inputs.has(name) ||
		openNames.some((start) =>
			start === '' || start.endsWith('.')
				? name.startsWith(start)
				: name.startsWith(start) && /^\d+$/.test(name.slice(start.length)),
		)
	);
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
		const spec = { ...slots.input.spec, linkOnly: true as const };
		for (const [index, slot] of slots.names.entries()) {
			const place = { name: `${name}.${slot}`, required: index < slots.min };
			add(found, { ...place, types: slots.input.types, spec, ...of });
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
	// If another node chooses the option, only the run shows which. An unknown option is reported elsewhere.
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
	// ComfyUI counts the rows, whatever their numbers are.
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

/** Classes that take keyword arguments, which no object_info tells: what their names begin with. */
const KEYWORD_CLASSES: readonly [RegExp, string][] = [
	[/^(Power Lora Loader|Lora Loader Stack) \(rgthree\)$/, 'lora_'],
	[/^Any Switch \(rgthree\)$/, 'any_'],
	[/^Power Puter \(rgthree\)$/, ''],
];

/**
 * A class that holds numbered inputs that it does not list takes more of them: `lora_1`, so `lora_2`; and one
 * that lists only the first (`input1` of ImpactSwitch) is made to grow.
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
