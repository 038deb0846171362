import { listFew, valueText } from '../text';
import { nameOf } from './findings';
import { nodeOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import {
	currentInputs,
	missingInputs,
	type NodeInput,
	type NodeInputs,
	type Values,
} from './inputsOf';
import type { InputSpec } from './inputSpec';
import { choosesInputs, nodeInputs } from './node';
import type { ObjectInfo } from './objectInfo';
import { mergeOverrides, type Overrides } from './overrides';
import { checkValue } from './values';
import { fitValue } from './values';

/**
 * Completes overrides that choose another option of a dynamic combo. An input of the new option gets its default if
 * the workflow has no value for that input, or only a value that was meant for the old option and does not fit.
 * ComfyUI's editor does the same, and ComfyUI itself refuses to run without these inputs.
 */
export function addChoiceDefaults(
	overrides: Overrides,
	workflow: WorkflowApiJson = {},
	info: ObjectInfo = {},
): { overrides: Overrides; warnings: string[] } {
	const added: Overrides = Object.fromEntries(
		Object.entries(overrides).flatMap(([nodeId, { inputs }]) => {
			const node = nodeOf(workflow, nodeId);
			const defaults = node ? defaultsFor(node, inputs, info) : {};
			return Object.keys(defaults).length > 0 ? [[nodeId, { inputs: defaults }]] : [];
		}),
	);
	const lines = Object.entries(added).map(([nodeId, { inputs }]) => {
		const values = Object.entries(inputs).map(([name, value]) => `${name} = ${valueText(value)}`);
		return `${nameOf(nodeId, workflow)}: ${listFew(values)}`;
	});
	if (lines.length === 0) return { overrides, warnings: [] };
	return {
		overrides: mergeOverrides(added, overrides),
		warnings: [`Your choice adds inputs, which are set to their defaults: ${lines.join('; ')}`],
	};
}

function defaultsFor(
	node: WorkflowNode,
	override: Values,
	info: ObjectInfo,
): Record<string, unknown> {
	if (!choosesInputs(node, info, override)) return {};
	const before = nodeInputs(node, info);
	let defaults: Record<string, unknown> = {};
	for (;;) {
		const all = currentInputs({ inputs: defaults }, override);
		const held = currentInputs(node, all);
		const now = nodeInputs(node, info, all);
		const found = comeByChoice(now, before).flatMap(({ name, required, mayLack, spec }) => {
			if (Object.hasOwn(all, name) || spec.linkOnly) return [];
			// Older workflows may hold the value under the last part of the name: `codec` of SaveVideo instead of
			// `format.codec`.
			const flat = mayLack ? held[name.slice(name.lastIndexOf('.') + 1)] : undefined;
			const value = flat === undefined || checkValue(flat, spec) ? defaultOf(spec) : flat;
			const keeps = Object.hasOwn(held, name) ? !checkValue(held[name], spec) : !required;
			return keeps || value === undefined ? [] : [[name, fitValue(value, spec)] as const];
		});
		if (found.length === 0) return defaults;
		defaults = Object.fromEntries([...Object.entries(defaults), ...found]);
	}
}

/** Required inputs that the choices of an override bring in, and that have neither a value nor a default. */
export function missingByChoice(
	node: WorkflowNode,
	override: Values,
	now: NodeInputs | undefined,
	before: NodeInputs | undefined,
): NodeInput[] {
	if (now === before) return [];
	const held = currentInputs(node, override);
	return missingInputs(comeByChoice(now, before), held).filter(
		({ spec }) => !spec.noValue && (spec.linkOnly || defaultOf(spec) === undefined),
	);
}

function comeByChoice(now: NodeInputs | undefined, before: NodeInputs | undefined): NodeInput[] {
	return [...(now?.inputs.values() ?? [])].filter(({ name, parent, spec }) => {
		const isChosen = parent !== undefined && now?.inputs.get(parent)?.spec.kind === 'choice';
		return isChosen && before?.inputs.get(name)?.spec !== spec;
	});
}

function defaultOf({ default: preset, kind, choices = [], moreChoices, min }: InputSpec): unknown {
	if (preset !== undefined) return preset;
	if (kind === 'choice') return moreChoices ? undefined : choices[0];
	if (kind === 'boolean') return false;
	if (kind === 'string') return '';
	return kind === 'integer' || kind === 'float' ? (min ?? 0) : undefined;
}
