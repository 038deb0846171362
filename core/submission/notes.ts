import type { Client } from '../http/client';
import { isObject } from '../json/objects';
import type { OutputNode } from '../request/receipt';
import { listFew } from '../text';
import { printable } from '../workflow/form/words';
import { nodeOf, titleOf, type WorkflowApiJson } from '../workflow/graph';
import type { KnownWorkflow } from '../workflow/load';
import { classOf } from '../workflow/node';
import type { ObjectInfo } from '../workflow/objectInfo';
import type { Overrides } from '../workflow/overrides';
import { givesPartnerKey, hasNoPartnerNodes, partnerNodesOf } from '../workflow/partner';
import type { Draft } from './draft';
import { few, type Finding, nameOf } from './findings';

/**
 * Why the whole workflow must be sent with the overrides in it, as warnings: they set inputs that its nodes
 * lack, and RunComfy may refuse these (422001); or a node has no inputs at all, and ComfyUI refuses it.
 */
export function whySentWhole(workflow: WorkflowApiJson, overrides: Overrides): string[] {
	const added = Object.entries(overrides).flatMap(([id, { inputs }]) => {
		const node = nodeOf(workflow, id);
		const names = node ? Object.keys(inputs) : [];
		return names
			.filter((input) => !Object.hasOwn(node?.inputs ?? {}, input))
			.map((input) => `${nameOf(id, workflow)} → ${input}`);
	});
	const bare = Object.keys(workflow).filter((id) => !isObject(workflow[id]?.inputs));
	const warnings: string[] = [];
	if (added.length > 0) {
		warnings.push(
			`The saved workflow holds no value yet for ${listFew(added)}. RunComfy may refuse overrides of such inputs, so the whole workflow was sent with the changes in it (workflow_api_json).`,
		);
	}
	if (bare.length > 0) {
		const names = listFew(bare.map((id) => nameOf(id, workflow)));
		warnings.push(
			`The saved workflow has no "inputs" at ${names}, and ComfyUI refuses such a node, so the whole workflow was sent with empty ones (workflow_api_json).`,
		);
	}
	return warnings;
}

/** ComfyUI's own classes that run without anything in the result. */
const SILENT =
	/^((Checkpoint|Model|CLIP|VAE|Lora)Save|Save(Image(Text)?DataSetToFolder|TrainingDataset))$/;

export function outputNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): OutputNode[] {
	return Object.entries(workflow)
		.filter(([, node]) => classOf(node, info)?.outputNode && !SILENT.test(node.class_type))
		.map(([id, node]) => ({ id, title: printable(titleOf(node)) }));
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
