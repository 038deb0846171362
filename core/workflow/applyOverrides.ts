import { isObject } from '../json/read';
import { nodeOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import type { Overrides } from './overrides';

/** A graph with the overrides in it, and those that the service has to apply. */
export interface Applied {
	workflow: WorkflowApiJson;
	rest: Overrides;
}

/**
 * Changes a graph that is sent along: sources differ on whether the service takes overrides beside one.
 * Files stay overrides, since only there it is known to fetch and unpack them: a refusal costs nothing, a
 * run without its file does. So do overrides of nodes that the graph does not have.
 */
export function applyOverrides(workflow: WorkflowApiJson, overrides: Overrides): Applied {
	const changed = new Map<string, WorkflowNode>();
	const rest: Array<[string, Overrides[string]]> = [];
	for (const [id, { inputs }] of Object.entries(overrides)) {
		const node = nodeOf(workflow, id);
		const entries = Object.entries(inputs);
		const kept = node ? entries.filter(([, value]) => isFile(value)) : entries;
		if (kept.length > 0 || !node) rest.push([id, { inputs: Object.fromEntries(kept) }]);
		if (!node) continue;
		const own = isObject(node.inputs) ? Object.entries(node.inputs) : [];
		const applied = entries.filter(([, value]) => !isFile(value));
		changed.set(id, { ...node, inputs: Object.fromEntries([...own, ...applied]) });
	}
	const nodes = Object.entries(workflow).map(
		([id, node]) => [id, changed.get(id) ?? node] as const,
	);
	return { workflow: Object.fromEntries(nodes), rest: Object.fromEntries(rest) };
}

function isFile(value: unknown): boolean {
	return typeof value === 'string' && /^\s*(https?:\/\/|data:)/i.test(value);
}
