import { asObject } from '../json/objects';
import type { WorkflowApiJson, WorkflowNode } from './graph';
import { missingInputs } from './inputsOf';
import { fitAsTold, nodeInputs } from './node';
import type { ObjectInfo } from './objectInfo';

/**
 * A workflow with its values in the types of their inputs, as the check counts them, and with what
 * only the editor has no value for but ComfyUI misses. What needs no change stays the same object.
 */
export function fitWorkflow(workflow: WorkflowApiJson, info: ObjectInfo): WorkflowApiJson {
	const nodes = Object.entries(workflow).map(([id, node]) => [id, fitNode(node, info)] as const);
	return nodes.every(([id, node]) => workflow[id] === node) ? workflow : Object.fromEntries(nodes);
}

function fitNode(node: WorkflowNode, info: ObjectInfo): WorkflowNode {
	const held = asObject(node.inputs);
	const inputs = nodeInputs(node, info);
	const fitted = Object.entries(held).map(([input, value]) => [
		input,
		inputs ? fitAsTold({ node, inputs }, input, value) : value,
	]);
	const drawn = (inputs ? missingInputs(inputs, held) : []).filter(({ spec }) => spec.noValue);
	const same = fitted.every(([input, value]) => held[input as string] === value);
	if (same && drawn.length === 0 && held === node.inputs) return node;
	const added = drawn.map(({ name }) => [name, {}] as const);
	return { ...node, inputs: Object.fromEntries([...fitted, ...added]) };
}
