import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../json';
import type { Graph, GraphNode } from '../types';

/** `[node id, output index]` */
export type Link = [string, number];

export const isLink = (value: unknown): value is Link =>
	Array.isArray(value) &&
	value.length === 2 &&
	typeof value[0] === 'string' &&
	typeof value[1] === 'number';

export const isGraphNode = (value: unknown): value is GraphNode =>
	isObject(value) && typeof value['class_type'] === 'string' && isObject(value['inputs']);

/**
 * The node and everything it depends on, nearest first. The negative branch comes last, so that the first text is the
 * prompt.
 */
export function upstream(graph: Graph, start: string): Array<[string, GraphNode]> {
	const found = new Map<string, GraphNode>();
	const visit = (id: string): void => {
		const node = graph[id];
		if (node === undefined || found.has(id)) return;
		found.set(id, node);
		const links = Object.entries(node.inputs).filter((entry) => isLink(entry[1]));
		links.sort(([a], [b]) => Number(a === 'negative') - Number(b === 'negative'));
		for (const [, value] of links) if (isLink(value)) visit(value[0]);
	};
	visit(start);
	return [...found];
}

/** The nodes whose cached results are still valid: neither they nor their inputs have changed. */
export function unchanged(graph: Graph, before: Graph): Set<string> {
	const needed = (of: Graph, id: string) =>
		upstream(of, id).map(([at, { class_type, inputs }]) => ({ at, class_type, inputs }));
	return new Set(
		Object.keys(graph).filter((id) => isDeepStrictEqual(needed(graph, id), needed(before, id))),
	);
}
