import { checkOverrides } from '../comfyui/checkOverrides';
import { checkComplete, checkWorkflow } from '../comfyui/checkWorkflow';
import { addChoiceDefaults } from '../comfyui/choices';
import { few, type Finding } from '../comfyui/findings';
import { nodeOf, titleOf, type WorkflowApiJson } from '../comfyui/graph';
import { fitWorkflow, KnownGraph } from '../comfyui/knownGraph';
import { isSet, mapInputs, type Overrides } from '../comfyui/overrides';
import { hasNoPartnerNodes, partnerNodesOf } from '../comfyui/partner';
import type { KnownWorkflow } from '../deployments/workflow';
import { type InputRef, isRandomSeed, isSeed, RANDOM } from '../form/inputSpec';
import { printable } from '../form/words';
import type { Host } from '../host';
import type { Client } from '../http/client';
import { isObject } from '../json/objects';
import type { OutputNode } from '../request/receipt';
import { listFew } from '../text';
import { addSeeds, isWholeNumber } from './seeds';
import type { Checked, Takes } from './takes';

/**
 * The inputs that the nodes of a workflow take, as ComfyUI declares them. The workflow is the deployment's own, or one
 * that is sent along.
 * @param found what is known about it, if it was read
 */
export function takesOfWorkflow(
	{ host }: Client,
	sent: WorkflowApiJson | undefined,
	found: KnownWorkflow | undefined,
	check: boolean,
): Takes {
	const { partnerKey } = host;
	const known = (check && found) || UNKNOWN;
	const runs = sent ?? found?.workflow;
	// Random seeds are drawn even if the check is off.
	const seeds = runs && new KnownGraph(runs, found?.info);
	const graph = check && seeds ? asSent(seeds, sent) : undefined;
	return {
		facts: {
			byName: false,
			known: graph !== undefined,
			cached: known.cached ?? false,
			warnings: known.warnings,
			workflow: graph?.base ?? sent,
		},
		inputs(set) {
			const changed = graph?.with(set);
			return (at) => changed?.taken(at);
		},
		complete(set, allSeeds, notes) {
			const added = graph && addChoiceDefaults(graph.with(set));
			const { overrides, warnings } = added ?? { overrides: set, warnings: [] };
			notes.warnings.push(...warnings);
			const withSeeds = seeds?.with(overrides);
			const wanted = allSeeds || sent ? withSeeds && seedsOf(withSeeds, allSeeds) : {};
			const inputOf = (at: InputRef) => withSeeds?.taken(at);
			const withoutSeed = seeds ? NO_SEED : noSeedRead(found);
			return addSeeds(overrides, { wanted, inputOf, allSeeds, withoutSeed }, notes);
		},
		check: (set) =>
			graph ? checkGraph(graph.with(set), known, sent !== undefined, host) : UNCHECKED,
		body(overrides, sentWhole) {
			const whole = sentWhole || sent ? (graph?.base ?? sent) : undefined;
			const outputNodes = graph ? outputNodesOf(graph) : [];
			const parts = {
				overrides,
				// `fitWorkflow` gives each node an `inputs` object: ComfyUI refuses a node without one.
				...(whole && { workflowApiJson: fitWorkflow(new KnownGraph(whole)) }),
				// A workflow without partner nodes does not get the key for them.
				...(partnerKey && graph && hasNoPartnerNodes(graph) && { partnerNodes: false }),
			};
			return { parts, notes: outputNodes.length > 0 ? { outputNodes } : {} };
		},
	};
}

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

/** A workflow that is sent along is compared as it will be sent. */
function asSent(graph: KnownGraph, sent: WorkflowApiJson | undefined): KnownGraph {
	return sent ? new KnownGraph(fitWorkflow(graph), graph.info) : graph;
}

/**
 * The seeds to draw, without inputs that the choices in the overrides remove.
 * @param all whether to draw also those that are not set to "random"
 */
function seedsOf(graph: KnownGraph, all: boolean): Overrides {
	return mapInputs(graph.base, (value, place) => {
		const { nodeId, input } = place;
		const drawn = isRandomSeed(input, value) || (all && isSeed(input) && isWholeNumber(value));
		if (!drawn || isSet(graph.overrides, place)) return undefined;
		return graph.inputsOf(nodeId)?.elsewhere.has(input) ? undefined : RANDOM;
	});
}

const NO_SEED =
	'No random seeds were drawn: no node of the workflow has a whole number as its own seed. If a seed comes from another node, set it there.';

function noSeedRead({ unread = 'it was not asked for' }: Partial<KnownWorkflow> = {}): string {
	return `No random seeds were drawn, and the run uses the seeds of the deployment: its workflow could not be read (${unread}).`;
}

const UNCHECKED: Checked = { findings: [], warnings: [], sentWhole: false };

/** Checks overrides against the workflow that will run, and warns of outputs that ComfyUI would skip. */
function checkGraph(
	graph: KnownGraph,
	known: KnownWorkflow,
	isSent: boolean,
	{ labels, partnerKey }: Host,
): Checked {
	const complete = checkComplete(graph);
	const ofOverrides = checkOverrides(graph, labels);
	const reported = new Set(ofOverrides.map(({ path }) => path));
	// A deployment's own workflow is trusted to be valid: it only needs to have an output left.
	const ofSaved = complete.certain ? complete.findings : [];
	const whole = isSent ? checkWorkflow(graph, known) : ofSaved;
	const reasons = whySentWhole(graph);
	return {
		findings: [
			...whole.filter(({ path }) => !reported.has(path)),
			...ofOverrides,
			...(partnerKey ? [] : checkPartnerKey(graph)),
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
function whySentWhole(graph: KnownGraph): string[] {
	const { base } = graph;
	const added = Object.entries(graph.overrides).flatMap(([id, { inputs }]) => {
		const names = nodeOf(base, id) ? Object.keys(inputs) : [];
		return names
			.filter((input) => !Object.hasOwn(base[id]?.inputs ?? {}, input))
			.map((input) => `${graph.nameOf(id)} → ${input}`);
	});
	const bare = Object.keys(base).filter((id) => !isObject(base[id]?.inputs));
	const warnings: string[] = [];
	if (added.length > 0) {
		warnings.push(
			`The saved workflow has no value yet for ${listFew(added)}. RunComfy may refuse overrides of such inputs, so the whole workflow was sent with the changes in it (workflow_api_json).`,
		);
	}
	if (bare.length > 0) {
		const names = listFew(bare.map((id) => graph.nameOf(id)));
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
function checkPartnerKey({ base, info }: KnownGraph): Finding[] {
	const nodes = partnerNodesOf(base, info);
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

function outputNodesOf(graph: KnownGraph): OutputNode[] {
	return Object.entries(graph.base)
		.filter(([id, node]) => graph.classOf(id)?.outputNode && !SILENT.test(node.class_type))
		.map(([id, node]) => ({ id, title: printable(titleOf(node)) }));
}
