import { isLink } from '../form/inputSpec';
import type { PromptRole } from '../form/texts';
import { asObject, asString } from '../json/objects';

/** A ComfyUI workflow in API format: node id → class type and inputs. */
export type WorkflowApiJson = Record<string, WorkflowNode>;

export interface WorkflowNode {
	class_type: string;
	inputs: Record<string, unknown>;
	_meta?: { title?: string };
}

export interface SavedWorkflow {
	/** The deployment's name, or its id if it has no name. */
	name: string;
	workflow: WorkflowApiJson;
	/** URL of ComfyUI's object_info for the deployment, which lists the types and choices of every input. */
	objectInfoUrl?: string;
	/** Identifies the workflow's version. The workflow and object_info of a version never change. */
	version?: string;
}

/** The node with this id, and never an inherited property such as `constructor`. */
export function nodeOf(workflow: WorkflowApiJson, nodeId: string): WorkflowNode | undefined {
	return Object.hasOwn(workflow, nodeId) ? workflow[nodeId] : undefined;
}

export function titleOf(node: WorkflowNode): string {
	return asString(asObject(node._meta)['title']) ?? node.class_type;
}

export function classTypesOf(workflow: WorkflowApiJson): string[] {
	return [...new Set(Object.values(workflow).map((node) => node.class_type))];
}

/**
 * Finds the nodes that feed a sampler's `positive` or `negative` input. ComfyUI gives both prompt nodes the same
 * title, so only the links tell them apart. A node that feeds both inputs has no role.
 */
export function promptRoles(workflow: WorkflowApiJson): Map<string, PromptRole> {
	const positive = upstreamOf(workflow, 'positive');
	const negative = upstreamOf(workflow, 'negative');
	const roles = new Map<string, PromptRole>();
	for (const id of positive) if (!negative.has(id)) roles.set(id, 'positive');
	for (const id of negative) if (!positive.has(id)) roles.set(id, 'negative');
	return roles;
}

function upstreamOf(workflow: WorkflowApiJson, role: PromptRole): Set<string> {
	const reached = new Set<string>();
	const queue = Object.values(workflow).flatMap((node) => linkedIds(node, inputsFor(node, role)));
	for (const id of queue) {
		const node = nodeOf(workflow, id);
		if (!node || reached.has(id)) continue;
		reached.add(id);
		const inputs = Object.keys(node.inputs ?? {});
		// A ControlNet node, for example, passes on both prompts; its own inputs say which is which.
		if (inputs.includes('positive') || inputs.includes('negative')) continue;
		// ConditioningZeroOut discards the text.
		if (node.class_type.endsWith('ZeroOut')) continue;
		queue.push(...linkedIds(node, inputs));
	}
	return reached;
}

// Guiders without a negative prompt, such as Flux's, call the input for the prompt `conditioning`.
function inputsFor({ class_type: type, inputs }: WorkflowNode, role: PromptRole): string[] {
	if (role === 'negative' || !type.endsWith('Guider')) return [role];
	return [role, ...Object.keys(inputs ?? {}).filter((input) => /^cond(itioning)?\d?$/.test(input))];
}

function linkedIds(node: WorkflowNode, inputs: readonly string[]): string[] {
	return inputs.flatMap((input) => {
		const value = node.inputs?.[input];
		return isLink(value) ? [value[0]] : [];
	});
}

/** The given nodes and all nodes that they depend on, in linear time. */
export function reachedFrom(workflow: WorkflowApiJson, ids: readonly string[]): Set<string> {
	const reached = new Set<string>();
	const queue = [...ids];
	for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
		if (reached.has(id) || !nodeOf(workflow, id)) continue;
		reached.add(id);
		for (const source of sourcesOf(workflow, id)) queue.push(source);
	}
	return reached;
}

/** The first cycle of nodes that feed each other; undefined if there is none. */
export function findCycle(workflow: WorkflowApiJson, ids: readonly string[]): string[] | undefined {
	const done = new Set<string>();
	for (const start of ids) {
		const path: { id: string; sources: string[] }[] = [];
		const onPath = new Set<string>();
		const enter = (id: string) => {
			path.push({ id, sources: sourcesOf(workflow, id) });
			onPath.add(id);
		};
		if (!done.has(start)) enter(start);
		for (let top = path.at(-1); top; top = path.at(-1)) {
			const next = top.sources.pop();
			if (next === undefined) {
				path.pop();
				onPath.delete(top.id);
				done.add(top.id);
			} else if (onPath.has(next)) {
				const circle = path.slice(path.findIndex(({ id }) => id === next)).map(({ id }) => id);
				// In the order of the links, from source to target.
				return circle.reverse();
			} else if (!done.has(next) && nodeOf(workflow, next)) {
				enter(next);
			}
		}
	}
	return undefined;
}

export function sourcesOf(workflow: WorkflowApiJson, id: string): string[] {
	const inputs = nodeOf(workflow, id)?.inputs ?? {};
	return Object.values(inputs).flatMap((value) => (isLink(value) ? [value[0]] : []));
}
