import { checkOverrides } from '../comfyui/checkOverrides';
import { checkComplete, checkWorkflow } from '../comfyui/checkWorkflow';
import { addChoiceDefaults } from '../comfyui/choices';
import { few, type Finding, nameOf } from '../comfyui/findings';
import { describeInputs } from '../comfyui/form/describe';
import { printable } from '../comfyui/form/words';
import { nodeOf, titleOf, type WorkflowApiJson } from '../comfyui/graph';
import { isRandomSeed, isSeed, RANDOM } from '../comfyui/inputSpec';
import { classOf, fitWorkflow, inputsIn, type KnownGraph, knownNodes } from '../comfyui/node';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { isSet, mapInputs, type Overrides, withOverrides } from '../comfyui/overrides';
import { givesPartnerKey, hasNoPartnerNodes, partnerNodesOf } from '../comfyui/partner';
import type { KnownWorkflow } from '../deployments/workflow';
import type { Client } from '../http/client';
import { isObject } from '../json/objects';
import type { OutputNode } from '../request/receipt';
import { listFew } from '../text';
import type { Draft } from './draft';
import { wrongMode } from './refuse';
import type { Checked, ReadMode, ReadOptions, SeedsToDraw, Takes } from './takes';

/**
 * Reads which inputs the nodes of a workflow take, as ComfyUI declares them. The workflow is the deployment's own,
 * or one that is sent along.
 */
export async function readNodes(
	{ host }: Client,
	draft: Draft,
	{ readWorkflow: read, needsKey = true }: ReadOptions,
	{ fresh, check }: ReadMode,
): Promise<Takes> {
	const { target, workflow: graph, randomSeeds = false } = draft;
	const { deploymentId = '' } = target;
	const choice = { deploymentId, workflowApiJson: graph };
	const asks = check || (randomSeeds && !graph);
	const found = asks ? await (fresh ? read?.(choice, true) : read?.(choice)) : undefined;
	if (check && found?.lora === 'certain') throw wrongMode(deploymentId, 'lora', host.labels);
	const known = (check && found) || UNKNOWN;
	const hasKey = Boolean(host.partnerKey) || givesPartnerKey(draft.extraData);
	return takesByNode({
		draft,
		// Converted as it will be sent, so that the checks see the same values.
		known: found && graph && check ? { ...known, workflow: fitWorkflow(graph, known.info) } : known,
		seeds: { workflow: graph ?? found?.workflow, info: found?.info ?? {}, unread: found?.unread },
		lacksKey: needsKey && !hasKey,
		givesKey: Boolean(host.partnerKey),
	});
}

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

interface Nodes {
	draft: Draft;
	/** The workflow and the classes that the draft is compared with. */
	known: KnownWorkflow;
	/** The workflow that holds the seeds. Random seeds are drawn even if the check is off. */
	seeds: KnownGraph & { unread?: string | undefined };
	/** `lacksKey`: partner nodes need a key, and the submit has none. `givesKey`: the account has a key. */
	lacksKey: boolean;
	givesKey: boolean;
}

function takesByNode({ draft, known, seeds, lacksKey, givesKey }: Nodes): Takes {
	const { workflow, info, warnings, cached = false } = known;
	const runs = workflow ?? draft.workflow;
	return {
		byName: false,
		owner: 'the workflow',
		known: workflow !== undefined,
		cached,
		warnings,
		workflow: runs,
		fields: () => workflow && describeInputs(workflow, info),
		inputs: (set) => inputsIn(known, set),
		withDefaults(set, notes) {
			const { overrides, warnings } = addChoiceDefaults(set, workflow, info);
			notes.warnings.push(...warnings);
			return overrides;
		},
		seeds: (set, all) => seedsOfNodes(seeds, set, all, draft.workflow !== undefined),
		withoutSeed: whyNoSeed(seeds),
		check: (set) => check(set, known, draft.workflow !== undefined, lacksKey),
		parts: (sentWhole) => ({
			// `fitWorkflow` gives each node an `inputs` object: ComfyUI refuses a node without one.
			...(runs && (sentWhole || draft.workflow) && { workflowApiJson: fitWorkflow(runs, {}) }),
			// A workflow without partner nodes does not get the key for them.
			...(givesKey && workflow && hasNoPartnerNodes(workflow, info) && { partnerNodes: false }),
		}),
		notes() {
			const outputNodes = runs ? outputNodesOf(runs, info) : [];
			return outputNodes.length > 0 ? { outputNodes } : {};
		},
	};
}

/** The seeds of a workflow to draw, without inputs that the choices in the overrides remove. */
function seedsOfNodes(
	held: Nodes['seeds'],
	set: Overrides,
	all: boolean,
	sent: boolean,
): SeedsToDraw {
	const inputOf = inputsIn(held, set);
	const { workflow } = held;
	if (!all && !sent) return { wanted: {}, inputOf };
	const nodeWith = knownNodes(held, set);
	const wanted =
		workflow &&
		mapInputs(workflow, (value, input, id) => {
			const drawn = isRandomSeed(input, value) || (all && isSeed(input) && isWhole(value));
			if (!drawn || isSet(set, id, input)) return undefined;
			return nodeWith(id)?.inputs?.elsewhere.has(input) ? undefined : RANDOM;
		});
	return { wanted, inputOf };
}

function isWhole(value: unknown): boolean {
	return typeof value === 'bigint' || Number.isInteger(value);
}

function whyNoSeed({ workflow, unread = 'it was not asked for' }: Nodes['seeds']): string {
	return workflow
		? 'No random seeds were drawn: no node of the workflow holds a seed of its own as a whole number. If a seed comes from another node, set it there.'
		: `No random seeds were drawn, and the run uses the seeds of the deployment: its workflow could not be read (${unread}).`;
}

/**
 * Checks overrides against the workflow that will run, and warns of outputs that ComfyUI would skip. Finds nothing
 * if the workflow is not known.
 */
function check(
	overrides: Overrides,
	{ workflow, info, typed, saved, labels }: KnownWorkflow,
	isSent: boolean,
	lacksKey: boolean,
): Checked {
	if (!workflow) return { findings: [], warnings: [], sentWhole: false };
	const changed = withOverrides(workflow, overrides);
	const complete = checkComplete(changed, info);
	const ofOverrides = checkOverrides(overrides, workflow, info, labels);
	const reported = new Set(ofOverrides.map(({ path }) => path));
	// A deployment's own workflow is trusted to be valid: it only needs to have an output left.
	const ofSaved = complete.certain ? complete.findings : [];
	const whole = isSent ? checkWorkflow(changed, info, { typed, saved }) : ofSaved;
	const reasons = whySentWhole(workflow, overrides);
	return {
		findings: [
			...whole.filter(({ path }) => !reported.has(path)),
			...ofOverrides,
			...(lacksKey ? checkPartnerKey(workflow, info) : []),
		],
		warnings: [...reasons, ...complete.warnings],
		sentWhole: reasons.length > 0,
	};
}

/**
 * Warnings that say why the whole workflow must be sent with the overrides applied: the overrides set inputs that
 * the saved nodes lack, and RunComfy may refuse such overrides (422001); or a node has no `inputs` at all, and
 * ComfyUI refuses such a node.
 */
function whySentWhole(workflow: WorkflowApiJson, overrides: Overrides): string[] {
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

/**
 * Finds partner nodes in a workflow if there is no key for them: ComfyUI accepts such a run, which then fails after
 * its machine has started and is billed. Finds nothing if the classes are not known.
 */
function checkPartnerKey(workflow: WorkflowApiJson, info: ObjectInfo): Finding[] {
	const nodes = partnerNodesOf(workflow, info);
	const [first] = nodes;
	if (!first) return [];
	const names = few(nodes.map(({ label }) => label));
	const message =
		nodes.length === 1
			? `The node ${names} calls a partner service, which needs a Comfy.org API key, and none is set`
			: `The nodes ${names} call partner services, which need a Comfy.org API key, and none is set`;
	return [{ path: first.nodeId, problem: 'no_partner_key', message }];
}

/** Built-in output classes that add nothing to the result. */
const SILENT =
	/^((Checkpoint|Model|CLIP|VAE|Lora)Save|Save(Image(Text)?DataSetToFolder|TrainingDataset))$/;

function outputNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): OutputNode[] {
	return Object.entries(workflow)
		.filter(([, node]) => classOf(node, info)?.outputNode && !SILENT.test(node.class_type))
		.map(([id, node]) => ({ id, title: printable(titleOf(node)) }));
}
