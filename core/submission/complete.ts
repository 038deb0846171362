import { printable } from '../comfyui/form/words';
import { nodeOf, titleOf, type WorkflowApiJson } from '../comfyui/graph';
import { classOf, fitWorkflow, knownNodes, specIn } from '../comfyui/node';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { mergeOverrides, type Overrides } from '../comfyui/overrides';
import { hasNoPartnerNodes } from '../comfyui/partner';
import type { KnownWorkflow } from '../deployments/workflow';
import type { Client } from '../http/client';
import { asObject } from '../json/objects';
import type { Notes, OutputNode } from '../request/receipt';
import type { SubmitInput } from '../service/body';
import { listFew, valueText } from '../text';
import type { Draft, PlacedFile } from './draft';
import { readFiles } from './files';
import type { Drawn } from './seeds';

/** Everything that one submit sends, files included. */
export interface Submission {
	input: SubmitInput;
	/** The workflow that will run, if it is known: it names the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/** Reads the files of a checked draft, and makes a submit of it. @throws RunComfyError that names the file */
export async function complete(
	client: Client,
	{ deploymentId, workflow: graph, extraData, webhook, untouched = [] }: Draft,
	checked: Drawn & {
		known: KnownWorkflow;
		files: readonly PlacedFile[];
		sentWhole: boolean;
		warnings: readonly string[];
	},
): Promise<Submission> {
	const { known, overrides, seeds } = checked;
	const nodeOf = knownNodes(known, overrides);
	const read = await readFiles(checked.files, ({ nodeId, input }) => {
		const node = nodeOf(nodeId);
		return node && specIn(node, input);
	});
	const workflow = known.workflow ?? graph;
	const outputNodes = workflow ? outputNodesOf(workflow, known.info) : [];
	const isSent = workflow && (checked.sentWhole || graph);
	return {
		input: {
			deploymentId,
			overrides: mergeOverrides(overrides, read.overrides),
			extraData,
			webhook,
			// With inputs at each node: ComfyUI refuses one without.
			workflowApiJson: isSent ? fitWorkflow(workflow, {}) : undefined,
			...partnerNodesIn(client, known),
		},
		workflow,
		notes: {
			warnings: [
				...checked.warnings,
				...warnOfChanges(untouched, overrides, known),
				...read.warnings,
			],
			...(Object.keys(seeds).length > 0 ? { seeds } : {}),
			...(outputNodes.length > 0 ? { outputNodes } : {}),
		},
	};
}

/** ComfyUI's own classes that run without leaving anything in the result. */
const SILENT =
	/^((Checkpoint|Model|CLIP|VAE|Lora)Save|Save(Image(Text)?DataSetToFolder|TrainingDataset))$/;

function outputNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): OutputNode[] {
	return Object.entries(workflow)
		.filter(([, node]) => classOf(node, info)?.outputNode && !SILENT.test(node.class_type))
		.map(([id, node]) => ({ id, title: printable(titleOf(node)) }));
}

function warnOfChanges(
	untouched: NonNullable<Draft['untouched']>,
	overrides: Overrides,
	{ workflow }: KnownWorkflow,
): string[] {
	const changed = untouched.flatMap(({ nodeId, input, also = [], label, value }) => {
		const open = [{ nodeId, input }, ...also].filter(
			(one) => !Object.hasOwn(overrides[one.nodeId]?.inputs ?? {}, one.input),
		);
		const saved = open.flatMap((one) => {
			const now = workflow && asObject(nodeOf(workflow, one.nodeId)?.inputs)[one.input];
			return now === undefined ? [] : [valueText(now)];
		});
		const isSame = saved.length === 0 || saved.includes(String(value));
		return isSame ? [] : [`${label} is ${saved[0]} now`];
	});
	if (changed.length === 0) return [];
	return [
		`The deployment has changed since its form was loaded, and runs with its new values: ${listFew(changed)}. Choose the deployment again to see them.`,
	];
}

/** Keeps the key for partner nodes from a workflow that has none. */
function partnerNodesIn(
	{ host }: Client,
	{ workflow, info }: KnownWorkflow,
): { partnerNodes?: false } {
	const useless = host.partnerKey && workflow && hasNoPartnerNodes(workflow, info);
	return useless ? { partnerNodes: false } : {};
}
