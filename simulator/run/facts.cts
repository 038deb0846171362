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
	/** Frames and seconds, where a node sets them. */
	length?: number;
	seconds?: number;
	/** One line per loaded file: its size and type where they are known. */
	files: string[];
}

const TEXT_INPUTS = ['text', 'tags', 'text_input', 'prompt', 'value'];
const SEED_INPUTS = ['seed', 'noise_seed'];

export function gatherFacts(graph: Graph, id: string, hosted: HostedLookup): Facts {
	const nodes = upstream(graph, id).map(([, node]) => node);
	const number = (name: string): number | undefined => {
		const value = firstValue(nodes, [name]);
		return value === undefined ? undefined : Number(value);
	};
	const length = number('length');
	const seconds = number('seconds');
	return {
		prompt: String(firstValue(nodes, TEXT_INPUTS) ?? ''),
		seed: String(firstValue(nodes, SEED_INPUTS) ?? '0'),
		width: evenSize(number('width') ?? 1024),
		height: evenSize(number('height') ?? 1024),
		batch: number('batch_size') ?? 1,
		...(length !== undefined && { length }),
		...(seconds !== undefined && { seconds }),
		files: nodes.flatMap((node) => describeLoader(node, hosted)),
	};
}

function firstValue(nodes: readonly GraphNode[], names: readonly string[]): unknown {
	for (const { inputs } of nodes) {
		for (const name of names) {
			const value = inputs[name];
			if (value !== undefined && value !== '' && !isLink(value)) return value;
		}
	}
	return undefined;
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
