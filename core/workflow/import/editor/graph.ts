import {
	asId,
	asList,
	asObject,
	asText,
	isObject,
	type JsonObject,
	toNumber,
} from '../../../json/objects';

export interface Slot {
	name: string;
	/** ComfyUI's type; of several, with commas between them. */
	type: string;
	link: string | undefined;
	/** Whether the editor also shows a widget for it; undefined if it lists no such input. */
	widget: boolean;
}

export interface EditorNode {
	id: string;
	classType: string;
	title: string;
	state: 'active' | 'muted' | 'bypassed';
	inputs: Slot[];
	outputs: Slot[];
	/** `widgets_values`: a list, or an object. */
	values: unknown;
	/** `widgets_values_named`, of a recent editor. */
	named: JsonObject | undefined;
	properties: JsonObject;
}

export interface Origin {
	node: string;
	slot: number;
}

/** A workflow as the editor saves it, or one of its subgraphs. */
export interface EditorGraph {
	nodes: Map<string, EditorNode>;
	links: Map<string, Origin>;
	/** The names of its inputs, if this is a subgraph. */
	inputs: (string | undefined)[];
	/** Where each of its outputs comes from, if this is a subgraph. */
	outputs: Map<number, Origin>;
	/** The node id of links that begin at the inputs of a subgraph. */
	inputNode: string;
	/** The nodes that set a variable, by its name. */
	setters: Map<unknown, EditorNode>;
}

export interface EditorWorkflow {
	root: EditorGraph;
	/** By their ids, which are the class types of the nodes that stand for them. */
	subgraphs: Map<string, EditorGraph>;
}

/** Ids of the two ends of a subgraph if it does not say otherwise. */
const INPUT_NODE = '-10';
const OUTPUT_NODE = '-20';

/**
 * ComfyUI's editor format, versions 0.4 and 1 (ComfyUI_frontend, `workflowSchema.ts`), without trusting
 * its form. What is broken in it is left out.
 */
export function readEditorWorkflow(given: JsonObject): EditorWorkflow {
	const subgraphs = new Map<string, EditorGraph>();
	const queue: unknown[] = [given];
	// Older editors kept the definitions of nested subgraphs within those of the outer ones.
	for (const holder of queue) {
		for (const definition of asList(asObject(asObject(holder)['definitions'])['subgraphs'])) {
			const id = asId(asObject(definition)['id']);
			if (id === undefined || subgraphs.has(id)) continue;
			subgraphs.set(id, readGraph(asObject(definition)));
			queue.push(definition);
		}
	}
	return { root: readGraph(given), subgraphs };
}

function readGraph(given: JsonObject): EditorGraph {
	const outputNode = asId(asObject(given['outputNode'])['id']) ?? OUTPUT_NODE;
	const graph: EditorGraph = {
		nodes: new Map(),
		links: new Map(),
		inputs: asList(given['inputs']).map((input) => asText(asObject(input)['name'])),
		outputs: new Map(),
		inputNode: asId(asObject(given['inputNode'])['id']) ?? INPUT_NODE,
		setters: new Map(),
	};
	for (const one of asList(given['nodes'])) {
		const node = isObject(one) ? readNode(one) : undefined;
		if (!node) continue;
		graph.nodes.set(node.id, node);
		const isFirst = isSetter(node) && !graph.setters.has(variableOf(node));
		if (isFirst) graph.setters.set(variableOf(node), node);
	}
	const links = isObject(given['links']) ? Object.values(given['links']) : asList(given['links']);
	for (const one of links) {
		const link = readLink(one);
		if (!link) continue;
		graph.links.set(link.id, link.origin);
		if (link.target === outputNode) graph.outputs.set(link.targetSlot, link.origin);
	}
	return graph;
}

const STATES: Record<number, EditorNode['state'] | undefined> = { 2: 'muted', 4: 'bypassed' };

function readNode(given: JsonObject): EditorNode | undefined {
	const id = asId(given['id']);
	const classType = asText(given['type']);
	if (id === undefined || classType === undefined) return undefined;
	const named = given['widgets_values_named'];
	return {
		id,
		classType,
		title: asText(given['title']) ?? classType,
		state: STATES[toNumber(given['mode'])] ?? 'active',
		inputs: asList(given['inputs']).map(readSlot),
		outputs: asList(given['outputs']).map(readSlot),
		values: given['widgets_values'],
		named: isObject(named) ? named : undefined,
		properties: asObject(given['properties']),
	};
}

function readSlot(given: unknown): Slot {
	const { name, type, link, widget } = asObject(given);
	return {
		name: asText(name) ?? '',
		type: asText(type) ?? '*',
		link: asId(link),
		widget: isObject(widget),
	};
}

// [id, origin, its slot, target, its slot, type], or the same as an object.
function readLink(given: unknown) {
	const { id, origin_id, origin_slot, target_id, target_slot } = asObject(given);
	const parts = Array.isArray(given)
		? (given as unknown[])
		: [id, origin_id, origin_slot, target_id, target_slot];
	const [link, node] = [asId(parts[0]), asId(parts[1])];
	if (link === undefined || node === undefined) return undefined;
	return {
		id: link,
		origin: { node, slot: toNumber(parts[2]) },
		target: asId(parts[3]),
		targetSlot: toNumber(parts[4]),
	};
}

/** The name under which a SetNode keeps what comes in, and a GetNode asks for it. */
export function variableOf({ values }: EditorNode): unknown {
	return Array.isArray(values) ? values[0] : undefined;
}

function isSetter({ classType }: EditorNode): boolean {
	return classType === 'SetNode' || classType === 'easy setNode';
}

/** What a node that only the editor knows stands for in the graph that runs. */
type Role =
	/** Nothing: a note, or a switch for other nodes whose state is saved with them. */
	| 'nothing'
	/** What comes in. */
	| 'wire'
	/** The value that it holds. */
	| 'value'
	/** What comes in at the node that sets the same name. */
	| 'get'
	/** Links that are drawn nowhere. */
	| 'broadcast'
	/** A group of nodes in one, of before there were subgraphs. */
	| 'group';

const ROLES: readonly [RegExp, Role][] = [
	[/^(Markdown)?Note( Plus \(mtb\))?$/, 'nothing'],
	[/^Label \(rgthree\)$/, 'nothing'],
	[/^(Fast|Random|Mute|Bookmark|Node Collector)\b.*\(rgthree\)$/, 'nothing'],
	[/^Reroute( \(rgthree\))?$/, 'wire'],
	[/^(Set|easy set)Node$/, 'wire'],
	[/^(Get|easy get)Node$/, 'get'],
	[/^PrimitiveNode$/, 'value'],
	[/^(Anything|Prompts|Seed) Everywhere/, 'broadcast'],
	[/^workflow[>/]/, 'group'],
];

/** The role of a node that only the editor knows; undefined for one that ComfyUI runs. */
export function roleOf({ classType }: Pick<EditorNode, 'classType'>): Role | undefined {
	return ROLES.find(([pattern]) => pattern.test(classType))?.[1];
}
