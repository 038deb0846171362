import { isObject, type JsonObject } from '../../json/objects';
import { type JsonSource, parseUserJson } from '../../json/userJson';
import type { WorkflowApiJson, WorkflowNode } from '../graph';
import type { KnownWorkflow, WorkflowReader } from '../load';
import type { ObjectInfo } from '../objectInfo';
import { parseWorkflow } from '../overrides';
import { classTypesOfEditor, convertEditor } from './editor/convert';
import { cannotConvert } from './editor/problems';

/** A workflow in one of ComfyUI's two formats: the one that it runs, or the one that its editor saves. */
export type SomeWorkflow =
	| { format: 'api'; workflow: WorkflowApiJson }
	| { format: 'editor'; workflow: JsonObject };

/** A workflow from JSON text or an object. @throws RunComfyError `invalid_input` if it is in neither format */
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
			{ inputs: inputs ?? {}, class_type, ...(_meta === undefined ? {} : { _meta }) },
		]),
	);
}

/**
 * The graph that ComfyUI runs of a workflow in either format. The editor's format is converted by what
 * the machine of the deployment says of its classes, which is asked again before anything is refused.
 * @throws RunComfyError `aborted`, `invalid_input` with the list of what cannot be converted
 */
export async function runnableWorkflow(
	read: WorkflowReader | undefined,
	deploymentId: string,
	given: SomeWorkflow,
): Promise<WorkflowApiJson> {
	if (given.format === 'api') return given.workflow;
	if (!read) throw cannotConvert('its classes are not known.');
	const types = classTypesOfEditor(given.workflow);
	// There is nothing to ask for then: the refusal says so.
	if (types.length === 0) return convertEditor(given.workflow, {});
	const choice = { deploymentId, workflowApiJson: nodePerClass(types) };
	const convert = ({ info, warnings: [warning] }: KnownWorkflow) => {
		// It is not the classes that are missing then, but their description.
		if (warning !== undefined) throw cannotConvert(`its classes are not known. ${warning}`);
		// As of any other graph: a number may have lost digits before it came here.
		return parseWorkflow(convertEditor(given.workflow, info));
	};
	const known = await read(choice);
	try {
		return convert(known);
	} catch (error) {
		if (!known.kept) throw error;
		return convert(await read(choice, true));
	}
}

/** The same, with what the machine says of its classes: for a form. @throws RunComfyError */
export async function readRunnable(
	read: WorkflowReader,
	deploymentId: string,
	given: SomeWorkflow,
): Promise<{ workflow: WorkflowApiJson; info: ObjectInfo }> {
	const workflow = await runnableWorkflow(read, deploymentId, given);
	const { info } = await read({ deploymentId, workflowApiJson: workflow });
	return { workflow, info };
}

function nodePerClass(types: readonly string[]): WorkflowApiJson {
	return Object.fromEntries(types.map((type) => [type, { class_type: type, inputs: {} }]));
}
