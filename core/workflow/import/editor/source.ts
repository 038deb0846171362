import { asId } from '../../../json/objects';
import type { Link } from '../../graph';
import {
	type EditorGraph,
	type EditorNode,
	type Origin,
	roleOf,
	type Slot,
	variableOf,
} from './graph';
import { DEEPEST, type Placed, type Scope, within } from './scopes';
import { promotedValue } from './values';

/** What an input gets in the graph that runs. */
export type Source =
	| { link: Link }
	/** Of a primitive, or of the node of a subgraph. */
	| { value: unknown }
	/** Nothing, so that the value of its own widget counts. */
	| 'own'
	/** Nothing, since what it was linked to is muted or cannot run. */
	| 'gone'
	/** It cannot be said; goes on after the name of the node. */
	| { problem: string };

/** Steps after which a path through nodes of the editor must be a circle. */
const LONGEST_WAY = 1_000;

/**
 * Where an input gets its value from, through whatever only the editor knows: reroutes, variables,
 * bypassed nodes, and in and out of subgraphs (ComfyUI_frontend, `ExecutableNodeDTO.resolveInput`).
 */
export function sourceOf(
	{ scope, node }: Placed,
	input: Slot,
	subgraphs: ReadonlyMap<string, EditorGraph>,
): Source {
	let at: Step = { scope, node, input };
	let held: unknown;
	for (let step = 0; step < LONGEST_WAY; step += 1) {
		const { input: slot, scope: here } = at;
		const origin = slot.link === undefined ? undefined : here.graph.links.get(slot.link);
		if (!origin) return held === undefined ? 'own' : { value: held };
		const next: Step | Source = stepTo(here, origin, input.type, subgraphs);
		if (typeof next === 'string' || !('input' in next)) return next;
		if (next.entered) held = promotedValue(next.node, next.input.name) ?? held;
		at = next;
	}
	return { problem: `has an input ${input.name} that is fed by a circle of links` };
}

interface Step extends Placed {
	input: Slot;
	/** Whether the way has left a subgraph by this input of the node that stands for it. */
	entered?: boolean;
}

function stepTo(
	start: Scope,
	from: Origin,
	type: string,
	subgraphs: ReadonlyMap<string, EditorGraph>,
): Step | Source {
	let scope = start;
	let origin = from;
	for (let depth = 0; depth <= DEEPEST; depth += 1) {
		if (origin.node === scope.graph.inputNode && scope.outer) {
			return leave(scope.outer, scope.graph, origin.slot);
		}
		const node = scope.graph.nodes.get(origin.node);
		if (!node) return 'gone';
		if (node.state === 'bypassed') {
			const input = bypassed(node, origin.slot, type);
			return input ? { scope, node, input } : 'own';
		}
		const role = roleOf(node);
		if (role !== undefined) return FOLLOW[role]?.({ scope, node }) ?? 'own';
		if (node.state === 'muted') return 'gone';
		const inner = subgraphs.get(node.classType);
		if (!inner) return { link: [`${scope.prefix}${node.id}`, origin.slot] };
		const output = inner.outputs.get(origin.slot);
		if (!output) return 'own';
		scope = within(scope, node, inner);
		origin = output;
	}
	return { problem: 'is fed by a subgraph that contains itself' };
}

/** From the input of a subgraph to that of the node which stands for it. */
function leave(outer: Placed, graph: EditorGraph, slot: number): Step | Source {
	const name = graph.inputs[slot];
	const input = outer.node.inputs.find((one) => one.name === name);
	if (input) return { ...outer, input, entered: true };
	const value = name === undefined ? undefined : promotedValue(outer.node, name);
	return value === undefined ? 'own' : { value };
}

const FOLLOW: Record<string, ((placed: Placed) => Step | Source) | undefined> = {
	wire: ({ scope, node }) => {
		const [input] = node.inputs;
		return input ? { scope, node, input } : 'own';
	},
	value: ({ node: { values } }) =>
		Array.isArray(values) && values.length > 0 ? { value: values[0] as unknown } : 'own',
	get: ({ scope, node }) => {
		const name = variableOf(node);
		for (let place: Scope | undefined = scope; place; place = place.outer?.scope) {
			const setter = place.graph.setters.get(name);
			const input = setter?.inputs[0];
			if (setter && input) return { scope: place, node: setter, input };
		}
		return { problem: `gets the variable "${asId(name) ?? ''}", which no node sets` };
	},
	group: ({ node }) => ({ problem: `is fed by the group node ${node.id}` }),
};

/** A bypassed node hands on the input whose type fits, the one in the place of the output first. */
function bypassed({ inputs, outputs }: EditorNode, slot: number, type: string): Slot | undefined {
	const beside = inputs[slot];
	if (type === '*') return beside ?? inputs[0];
	const output = outputs[slot]?.type ?? type;
	const fits = (input: Slot) => isCompatible(input.type, output) && isCompatible(input.type, type);
	if (beside && fits(beside)) return beside;
	return inputs.find((input) => input.type === type) ?? inputs.find(fits);
}

function isCompatible(one: string, other: string): boolean {
	if (one === '*' || other === '*') return true;
	const types = (text: string) => text.toLowerCase().split(',');
	const others = new Set(types(other));
	return types(one).some((type) => others.has(type));
}
