import {
	isLink,
	nodeOf,
	type PromptRole,
	promptRoles,
	titleOf,
	type WorkflowApiJson,
	type WorkflowNode,
} from './graph';
import { MEDIA_INPUTS } from './inputNames';
import type { InputSpec } from './inputSpec';
import type { ObjectInfo } from './objectInfo';
import { specFromInfo, specOf } from './specOf';

/** One input of a workflow that a run may override. */
export interface WorkflowField {
	nodeId: string;
	input: string;
	classType: string;
	/** The node's title in ComfyUI, or its class type. */
	title: string;
	/** Which of a sampler's prompts the node feeds. */
	role?: PromptRole;
	spec: InputSpec;
	/** What the deployment uses when it is not overridden. */
	saved: unknown;
	/** Whether most flows set it: a form shows it from the start. */
	likely: boolean;
}

/**
 * The overridable inputs of a workflow, the likely ones first. Links between nodes are left out.
 * Where `info` does not know an input, its type is read off the saved value.
 */
export function describeInputs(workflow: WorkflowApiJson, info: ObjectInfo = {}): WorkflowField[] {
	const roles = promptRoles(workflow);
	const ranked = Object.entries(workflow).flatMap(([nodeId, node]) =>
		Object.entries(node.inputs ?? {}).flatMap(([input, saved]) => {
			if (isLink(saved) || saved === null || isOfEditor(node, input, info)) return [];
			const role = TEXTS.includes(input) ? roles.get(nodeId) : undefined;
			const field = {
				nodeId,
				input,
				classType: node.class_type,
				title: titleOf(node),
				...(role ? { role } : {}),
				spec: specOf(node, input, info),
				saved,
			};
			return [{ field, rank: rankOf(field) }];
		}),
	);
	ranked.sort((a, b) => a.rank - b.rank || compareIds(a.field.nodeId, b.field.nodeId));
	const counts = new Map<string, number>();
	const placed = ranked.map(({ field, rank }) => {
		const kind = `${field.input} ${field.role ?? ''}`;
		const count = (counts.get(kind) ?? 0) + 1;
		counts.set(kind, count);
		const likely = rank < SHOWN.length && count <= MOST_OF_A_KIND;
		return { field: { ...field, likely }, last: !likely && count > MOST_OF_A_KIND };
	});
	// A hundred texts must not stand before the one sampler.
	return [...placed.filter(({ last }) => !last), ...placed.filter(({ last }) => last)].map(
		({ field }) => field,
	);
}

/** "6 · Positive Prompt → text": what people see of an input, in both hosts. */
export function fieldLabel(field: {
	nodeId: string;
	title: string;
	input: string;
	role?: PromptRole;
}): string {
	const { nodeId, title, input, role } = field;
	const told = role === undefined || title.toLowerCase().includes(role);
	// At the beginning, since forms cut long names short.
	return [nodeId, ...(told ? [] : [role]), `${title} → ${input}`].join(' · ');
}

/** The label that the input has in the form of the whole workflow. */
export function inputLabel(workflow: WorkflowApiJson, nodeId: string, input: string): string {
	const node = nodeOf(workflow, nodeId);
	const role = TEXTS.includes(input) ? promptRoles(workflow).get(nodeId) : undefined;
	const title = node ? titleOf(node) : '?';
	return fieldLabel({ nodeId, title, input, ...(role ? { role } : {}) });
}

// What ComfyUI's editor keeps beside the inputs and some exports hold.
function isOfEditor(node: WorkflowNode, input: string, info: ObjectInfo): boolean {
	return EDITOR_ONLY.includes(input) && specFromInfo(node, input, info) === undefined;
}

const EDITOR_ONLY = [
	'upload',
	'choose file to upload',
	'control_after_generate',
	'audioUI',
	'videopreview',
];

const TEXTS = [
	...['text', 'prompt', 'positive', 'negative', 'positive_prompt', 'negative_prompt'],
	...['tags', 'lyrics'],
];

const SHOWN = [
	...TEXTS,
	...MEDIA_INPUTS,
	...['seed', 'noise_seed', 'width', 'height', 'length', 'seconds', 'duration', 'steps', 'cfg'],
];

const LIKELY = [
	...SHOWN,
	...['guidance', 'batch_size', 'frame_rate', 'fps', 'denoise', 'sampler_name', 'scheduler'],
	...['ckpt_name', 'unet_name', 'lora_name', 'strength_model'],
];

/** Of more inputs with the same name, these many come before the rest. */
const MOST_OF_A_KIND = 4;

function rankOf({
	classType,
	input,
	title,
	role,
}: Pick<WorkflowField, 'classType' | 'input' | 'title' | 'role'>): number {
	// ComfyUI's primitive nodes hold what the author of the workflow meant to be set.
	const place = /^Primitive/.test(classType) ? 0 : LIKELY.indexOf(input);
	if (place === -1) return LIKELY.length;
	if (!TEXTS.includes(input)) return place;
	return place + (PROMPT_ORDER[role ?? roleOfTitle(title)] ?? 0);
}

const PROMPT_ORDER: Record<string, number> = { positive: -0.5, negative: 0.5 };

function roleOfTitle(title: string): string {
	return /negative/i.test(title) ? 'negative' : /positive|prompt/i.test(title) ? 'positive' : '';
}

function compareIds(a: string, b: string): number {
	return a.localeCompare(b, 'en', { numeric: true });
}
