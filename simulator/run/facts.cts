import { nodeClass } from '../object-info/index.cjs';
import type { Graph, GraphNode } from '../types.cjs';
import { isLink, upstream } from './graph.cjs';
import type { HostedLookup } from './input-file.cjs';
import { LOADERS, readInputFile } from './input-file.cjs';

/** What an output depends on, gathered from the nodes before it. */
export interface Facts {
	prompt: string;
	seed: string;
	width: number;
	height: number;
	batch: number;
	/** One line per loaded file: its size and type if they are known. */
	files: string[];
}

const TEXT_INPUTS = ['text', 't5xxl', 'clip_l', 'tags', 'text_input', 'prompt', 'value'];
const SEED_INPUTS = ['seed', 'noise_seed'];

export function gatherFacts(graph: Graph, id: string, hosted: HostedLookup): Facts {
	const nodes = upstream(graph, id).map(([, node]) => node);
	const number = (...names: string[]): number | undefined => {
		const value = firstValue(graph, nodes, names);
		return value === undefined ? undefined : Number(value);
	};
	return {
		prompt: String(
			firstValue(graph, nodes, TEXT_INPUTS, (value) => typeof value === 'string') ?? '',
		),
		seed: String(firstValue(graph, nodes, SEED_INPUTS) ?? '0'),
		width: evenSize(number('width', 'model.width') ?? 1024),
		height: evenSize(number('height', 'model.height') ?? 1024),
		batch: number('batch_size', 'model.max_images') ?? 1,
		files: nodes.flatMap((node) => describeLoader(node, hosted)),
	};
}

function firstValue(
	graph: Graph,
	nodes: readonly GraphNode[],
	names: readonly string[],
	fits = (_value: unknown): boolean => true,
): unknown {
	for (const { inputs } of nodes) {
		for (const name of names) {
			const value = valueBehind(graph, inputs[name]);
			if (value !== undefined && value !== '' && fits(value)) return value;
		}
	}
	return undefined;
}

/** The value itself, or that of the primitive it is linked to. */
function valueBehind(graph: Graph, value: unknown): unknown {
	if (!isLink(value)) return value;
	const source = graph[value[0]];
	const primitive = source?.class_type.startsWith('Primitive') ? source.inputs['value'] : undefined;
	return isLink(primitive) ? undefined : primitive;
}

/** Latents come in steps of eight pixels. */
const evenSize = (pixels: number): number => Math.max(16, Math.floor(pixels / 8) * 8);

function describeLoader(node: GraphNode, hosted: HostedLookup): string[] {
	const wanted = LOADERS[node.class_type];
	if (wanted === undefined) return [];
	const known = nodeClass(node.class_type)?.required[wanted]?.[0] ?? [];
	const file = readInputFile(String(node.inputs[wanted]), wanted, [known].flat(), hosted);
	if (!file.ok) return [];
	const size = file.bytes === undefined ? '' : `, ${file.bytes} bytes`;
	const type = file.type === undefined ? '' : `, ${file.type}`;
	return [`input ${file.label}${size}${type}`];
}
