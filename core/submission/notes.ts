import type { OutputNode } from '../files/outputs';
import type { Client } from '../http/client';
import { isObject } from '../json/objects';
import { listFew } from '../text';
import { nodeOf, titleOf, type WorkflowApiJson } from '../workflow/graph';
import type { KnownWorkflow } from '../workflow/load';
import type { ObjectInfo } from '../workflow/objectInfo';
import type { Overrides } from '../workflow/overrides';
import { givesPartnerKey, hasNoPartnerNodes, partnerNodesOf } from '../workflow/partner/nodes';
import type { Draft } from './draft';
import { few, type Finding, nameOf, shortName } from './findings';

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

/** Warns of inputs that the workflow lacks. */
export function warnOfNewInputs(
	inputs: readonly { nodeId: string; input: string }[],
	workflow: WorkflowApiJson,
): string[] {
	if (inputs.length === 0) return [];
	const names = inputs.map(({ nodeId, input }) => `${nameOf(nodeId, workflow)} → ${input}`);
	return [
		`The saved workflow holds no value yet for ${listFew(names)}. RunComfy may refuse overrides of such inputs, so the whole workflow was sent with the changes in it (workflow_api_json).`,
	];
}

/** The nodes of a workflow that have no inputs at all: ComfyUI refuses what needs them. */
export function withoutInputs(workflow: WorkflowApiJson): string[] {
	return Object.keys(workflow).filter((id) => !isObject(workflow[id]?.inputs));
}

/** Warns of such nodes. */
export function warnOfNoInputs(nodeIds: readonly string[], workflow: WorkflowApiJson): string[] {
	if (nodeIds.length === 0) return [];
	const names = listFew(nodeIds.map((id) => nameOf(id, workflow)));
	return [
		`The saved workflow has no "inputs" at ${names}, and ComfyUI refuses such a node, so the whole workflow was sent with empty ones (workflow_api_json).`,
	];
}

/** ComfyUI's own classes that run without anything in the result. */
const SILENT =
	/^((Checkpoint|Model|CLIP|VAE|Lora)Save|Save(Image(Text)?DataSetToFolder|TrainingDataset))$/;

/** Output nodes that are kept with the request: a workflow may have thousands. */
const MOST = 100;

/** The output nodes of a workflow, as far as their classes are known. */
export function outputNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): OutputNode[] {
	return Object.entries(workflow)
		.filter(([, { class_type }]) => Object.hasOwn(info, class_type) && info[class_type]?.outputNode)
		.filter(([, { class_type }]) => !SILENT.test(class_type))
		.slice(0, MOST)
		.map(([id, node]) => ({ id, title: shortName(titleOf(node)) }));
}

/**
 * Finds a workflow with partner nodes and no key for them: ComfyUI accepts such a run, which fails once its
 * machine is up and paid for. Finds nothing if the workflow or its classes are not known.
 */
export function checkPartnerKey(
	{ host }: Client,
	{ extraData }: Pick<Draft, 'extraData'>,
	{ workflow, info }: KnownWorkflow,
): Finding[] {
	if (!workflow || host.partnerKey || givesPartnerKey(extraData)) return [];
	const nodes = partnerNodesOf(workflow, info);
	const [first] = nodes;
	if (!first) return [];
	const names = few(nodes.map(({ nodeId }) => nameOf(nodeId, workflow)));
	const message =
		nodes.length === 1
			? `The node ${names} runs at a partner of ComfyUI, which takes an API key of comfy.org, and there is none`
			: `The nodes ${names} run at partners of ComfyUI, which take an API key of comfy.org, and there is none`;
	return [{ path: first.nodeId, problem: 'no_partner_key', message }];
}

/** Keeps the key for partner nodes from a workflow that has none. */
export function partnerNodesIn(
	{ host }: Client,
	{ workflow, info }: KnownWorkflow,
): { partnerNodes?: false } {
	const useless = host.partnerKey && workflow && hasNoPartnerNodes(workflow, info);
	return useless ? { partnerNodes: false } : {};
}
