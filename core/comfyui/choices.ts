import type { InputSpec } from '../form/inputSpec';
import { checkValue, fitValue } from '../form/values';
import { listFew, valueText } from '../text';
import { missingInputs, type NodeInput } from './inputsOf';
import type { KnownGraph } from './knownGraph';
import { isSet, mergeOverrides, type Overrides } from './overrides';

/**
 * Completes overrides that choose another option of a dynamic combo. An input of the new option gets its default if
 * the workflow has no value for that input, or only a value that was meant for the old option and does not fit.
 * ComfyUI's editor does the same, and ComfyUI itself refuses to run without these inputs.
 */
export function addChoiceDefaults(graph: KnownGraph): { overrides: Overrides; warnings: string[] } {
	const { overrides } = graph;
	const added: Overrides = Object.fromEntries(
		Object.keys(overrides).flatMap((nodeId) => {
			const inputs = defaultsFor(graph, nodeId);
			return Object.keys(inputs).length > 0 ? [[nodeId, { inputs }]] : [];
		}),
	);
	const lines = Object.entries(added).map(([nodeId, { inputs }]) => {
		const values = Object.entries(inputs).map(([name, value]) => `${name} = ${valueText(value)}`);
		return `${graph.nameOf(nodeId)}: ${listFew(values)}`;
	});
	if (lines.length === 0) return { overrides, warnings: [] };
	return {
		overrides: mergeOverrides(added, overrides),
		warnings: [`Your choice adds inputs, which are set to their defaults: ${lines.join('; ')}`],
	};
}

/** Adds defaults until no choice brings in a further input. */
function defaultsFor(graph: KnownGraph, nodeId: string): Record<string, unknown> {
	const set = graph.overrides[nodeId]?.inputs ?? {};
	let defaults: Record<string, unknown> = {};
	for (let now = graph; ; ) {
		const chosen = comeByChoice(now, nodeId);
		if (chosen.length === 0) return defaults;
		const held = now.node(nodeId)?.inputs ?? {};
		const found = chosen.flatMap(({ name, required, mayLack, spec }) => {
			if (isSet(now.overrides, { nodeId, input: name }) || spec.linkOnly) return [];
			// Older workflows may hold the value under the last part of the name: `codec` of SaveVideo instead of
			// `format.codec`.
			const flat = mayLack ? held[name.slice(name.lastIndexOf('.') + 1)] : undefined;
			const value = flat === undefined || checkValue(flat, spec) ? defaultOf(spec) : flat;
			const keeps = Object.hasOwn(held, name) ? !checkValue(held[name], spec) : !required;
			return keeps || value === undefined ? [] : [[name, fitValue(value, spec)] as const];
		});
		if (found.length === 0) return defaults;
		defaults = Object.fromEntries([...Object.entries(defaults), ...found]);
		now = graph.with({ [nodeId]: { inputs: { ...defaults, ...set } } });
	}
}

/** Required inputs that the choices of an override bring in, and that have neither a value nor a default. */
export function missingByChoice(graph: KnownGraph, nodeId: string): NodeInput[] {
	const chosen = comeByChoice(graph, nodeId).filter(
		({ spec }) => !spec.noValue && (spec.linkOnly || defaultOf(spec) === undefined),
	);
	return chosen.length > 0 ? missingInputs(chosen, graph.node(nodeId)?.inputs ?? {}) : [];
}

/** The inputs of a node that exist because an override has changed a choice. */
function comeByChoice(graph: KnownGraph, nodeId: string): NodeInput[] {
	const [now, before] = [graph.inputsOf(nodeId), graph.with({}).inputsOf(nodeId)];
	if (!now || now === before) return [];
	return [...now.inputs.values()].filter(({ name, parent, spec }) => {
		const isChosen = parent !== undefined && now.inputs.get(parent)?.spec.kind === 'choice';
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
