import { isObject, type JsonObject } from '../../json/read';
import { type JsonSource, parseUserJson } from '../../json/userJson';
import type { WorkflowApiJson, WorkflowNode } from '../graph';
import { parseWorkflow } from '../overrides';

/** A workflow in one of ComfyUI's two formats: the one that it runs, or the one that its editor saves. */
export type SomeWorkflow =
	| { format: 'api'; workflow: WorkflowApiJson }
	| { format: 'editor'; workflow: JsonObject };

/**
 * A workflow in either format, from JSON text or an object.
 * @throws RunComfyError `invalid_input` when it is neither
 */
export function someWorkflow(given: unknown, source: JsonSource): SomeWorkflow {
	const value =
		typeof given === 'string' && given.trim() !== '' ? parseUserJson(given, source) : given;
	if (isEditorFormat(value)) return { format: 'editor', workflow: value };
	return { format: 'api', workflow: withoutTraces(parseWorkflow(value, source)) };
}

function isEditorFormat(value: unknown): value is JsonObject {
	return isObject(value) && Array.isArray(value['nodes']);
}

/** Without what ComfyUI notes at a node while it runs, such as `is_changed`. */
function withoutTraces(workflow: WorkflowApiJson): WorkflowApiJson {
	return Object.fromEntries(
		Object.entries(workflow).map(([id, { class_type, inputs, _meta }]): [string, WorkflowNode] => [
			id,
			{ inputs, class_type, ...(_meta === undefined ? {} : { _meta }) },
		]),
	);
}
