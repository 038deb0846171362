import type { WorkflowApiJson } from '../graph';
import { parseWorkflow } from '../overrides';
import type { KnownWorkflow, WorkflowReader } from '../reader';
import { classTypesOfEditor, convertEditor } from './editor/convert';
import { cannotConvert } from './editor/problems';
import type { SomeWorkflow } from './someWorkflow';

/**
 * The graph that ComfyUI runs of a workflow in either format. The editor's format is converted by what
 * the machine of the deployment says of its classes; that is asked for anew before anything is refused.
 * @throws RunComfyError `aborted`, `invalid_input` with the list of what cannot be converted
 */
export async function runnableWorkflow(
	read: WorkflowReader,
	deploymentId: string,
	given: SomeWorkflow,
): Promise<WorkflowApiJson> {
	if (given.format === 'api') return given.workflow;
	const types = classTypesOfEditor(given.workflow);
	// There is nothing to ask for then: the refusal says so.
	if (types.length === 0) return convertEditor(given.workflow, {});
	const choice = { deploymentId, workflowApiJson: nodePerClass(types) };
	const convert = ({ info, warnings: [warning] }: KnownWorkflow) => {
		// Not the classes are missing then, but whatever says what they are.
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

/** A graph to ask for these classes with. */
function nodePerClass(types: readonly string[]): WorkflowApiJson {
	return Object.fromEntries(types.map((type) => [type, { class_type: type, inputs: {} }]));
}
