import { nodeOf, type WorkflowApiJson } from '../workflow/graph';
import type { Overrides } from '../workflow/overrides';
import { listFew } from './fields';
import { nameOf } from './findings';

/** Inputs that the overrides set and the workflow's nodes lack: RunComfy may refuse these (422001). */
export function newInputs(
	workflow: WorkflowApiJson,
	overrides: Overrides,
): { nodeId: string; input: string }[] {
	return Object.entries(overrides).flatMap(([nodeId, { inputs }]) => {
		const node = nodeOf(workflow, nodeId);
		if (!node) return [];
		return Object.keys(inputs)
			.filter((input) => !Object.hasOwn(node.inputs ?? {}, input))
			.map((input) => ({ nodeId, input }));
	});
}

/** What the user should know of inputs that the workflow lacks; nothing where there are none. */
export function warnOfNewInputs(
	inputs: readonly { nodeId: string; input: string }[],
	workflow: WorkflowApiJson,
): string[] {
	if (inputs.length === 0) return [];
	const names = inputs.map(({ nodeId, input }) => `${nameOf(nodeId, workflow)} → ${input}`);
	return [
		`The saved workflow holds no value yet for ${listFew(names)}. RunComfy may refuse overrides of such inputs, so that the whole workflow was sent with the changes in it (workflow_api_json).`,
	];
}
