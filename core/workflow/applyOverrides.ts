import { nodeOf, type WorkflowApiJson } from './graph';
import { currentInputs } from './inputsOf';
import type { Overrides } from './overrides';

/** The workflow with the overrides in it; of nodes that it lacks nothing. Neither is changed. */
export function withOverrides(workflow: WorkflowApiJson, overrides: Overrides): WorkflowApiJson {
	return Object.fromEntries(
		Object.entries(workflow).map(([nodeId, node]) => {
			const override = Object.hasOwn(overrides, nodeId) ? overrides[nodeId] : undefined;
			return [nodeId, override ? { ...node, inputs: currentInputs(node, override.inputs) } : node];
		}),
	);
}

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
	const stays = (nodeId: string, value: unknown) => !nodeOf(workflow, nodeId) || isFile(value);
	return {
		workflow: withOverrides(
			workflow,
			filtered(overrides, (nodeId, value) => !stays(nodeId, value)),
		),
		rest: filtered(overrides, stays),
	};
}

/** Without the nodes of which nothing is left. */
function filtered(
	overrides: Overrides,
	isKept: (nodeId: string, value: unknown) => boolean,
): Overrides {
	const entries = Object.entries(overrides).flatMap(([nodeId, { inputs }]) => {
		const kept = Object.entries(inputs).filter(([, value]) => isKept(nodeId, value));
		return kept.length > 0 ? [[nodeId, { inputs: Object.fromEntries(kept) }] as const] : [];
	});
	return Object.fromEntries(entries);
}

function isFile(value: unknown): boolean {
	return typeof value === 'string' && /^\s*(https?:\/\/|data:)/i.test(value);
}
