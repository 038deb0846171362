import { asObject, textOf } from '../answers';
import type { WorkflowApiJson, WorkflowNode } from '../overrides';
import type { InputSpec, ObjectInfo } from './objectInfo';

/** One input of a workflow that a run may override. */
export interface WorkflowField {
	nodeId: string;
	input: string;
	classType: string;
	/** The node's title in ComfyUI, or its class type. */
	title: string;
	spec: InputSpec;
	/** Whether `spec` is ComfyUI's own word, and not read off the saved value. */
	certain: boolean;
	/** What the deployment uses when it is not overridden. */
	saved: unknown;
	/** The lower, the likelier that a flow sets it. */
	rank: number;
}

/**
 * The overridable inputs of a workflow, the likely ones first. Links between nodes are left out.
 * Without `info` the types are read off the saved values.
 */
export function describeInputs(workflow: WorkflowApiJson, info: ObjectInfo = {}): WorkflowField[] {
	const fields = Object.entries(workflow).flatMap(([nodeId, node]) =>
		Object.entries(node.inputs ?? {}).flatMap(([input, saved]) =>
			isLink(saved, workflow) ? [] : [describe(nodeId, node, input, saved, info)],
		),
	);
	return fields.sort((a, b) => a.rank - b.rank || compareIds(a.nodeId, b.nodeId));
}

/** "6 · Positive Prompt → text": what people see of a field, in both hosts. */
export function fieldLabel({ nodeId, title, input }: WorkflowField): string {
	return `${nodeId} · ${title} → ${input}`;
}

/** `["11", 0]`: the output of another node of the workflow. */
export function isLink(value: unknown, workflow: WorkflowApiJson): value is [string, number] {
	return (
		Array.isArray(value) &&
		value.length === 2 &&
		typeof value[1] === 'number' &&
		String(value[0]) in workflow
	);
}

function describe(
	nodeId: string,
	node: WorkflowNode,
	input: string,
	saved: unknown,
	info: ObjectInfo,
): WorkflowField {
	const known = info[node.class_type]?.[input];
	return {
		nodeId,
		input,
		classType: node.class_type,
		title: textOf(asObject(node._meta)['title']) ?? node.class_type,
		spec: known ?? infer(node.class_type, input, saved),
		certain: known !== undefined,
		saved,
		rank: rankOf(input, node),
	};
}

function infer(classType: string, input: string, saved: unknown): InputSpec {
	if (typeof saved === 'boolean') return { kind: 'boolean' };
	if (typeof saved === 'bigint') return { kind: 'integer' };
	// A saved 1 may stand for 1.0: only a decimal is certain, and integers go for both.
	if (typeof saved === 'number') return { kind: SEEDS.has(input) ? 'integer' : 'float' };
	if (/^(Load|VHS_Load)(Image|Video|Audio)/.test(classType) && MEDIA.has(input)) {
		return { kind: 'media' };
	}
	return { kind: 'string', ...(TEXTS.has(input) ? { multiline: true } : {}) };
}

const MEDIA = new Set(['image', 'video', 'audio', 'file', 'mask']);
const SEEDS = new Set(['seed', 'noise_seed']);
const TEXTS = new Set(['text', 'prompt', 'positive', 'negative', 'string', 'value']);

/** Whether "random each run" makes sense for the field. */
export function isSeed({ input }: { input: string }): boolean {
	return SEEDS.has(input);
}

const LIKELY = [
	...['text', 'prompt', 'positive', 'negative', 'image', 'video', 'audio', 'file', 'mask'],
	...['seed', 'noise_seed', 'width', 'height', 'batch_size', 'length', 'frame_rate', 'duration'],
	...['steps', 'cfg', 'guidance', 'denoise', 'sampler_name', 'scheduler'],
	...['ckpt_name', 'unet_name', 'lora_name', 'strength_model'],
];

// The prompt of a title that says so comes before the other texts.
function rankOf(input: string, node: WorkflowNode): number {
	const place = LIKELY.indexOf(input);
	if (place === -1) return LIKELY.length;
	const title = textOf(asObject(node._meta)['title']) ?? '';
	return place - (/positive|prompt/i.test(title) && !/negative/i.test(title) ? 0.5 : 0);
}

function compareIds(a: string, b: string): number {
	return a.localeCompare(b, 'en', { numeric: true });
}
