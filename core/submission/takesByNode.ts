import { checkOverrides } from '../comfyui/checkOverrides';
import { checkComplete, checkWorkflow } from '../comfyui/checkWorkflow';
import { addChoiceDefaults } from '../comfyui/choices';
import { describeInputs } from '../comfyui/fields';
import { few, type Finding } from '../comfyui/findings';
import { nodeOf, titleOf, type WorkflowApiJson } from '../comfyui/graph';
import { fitWorkflow, KnownGraph } from '../comfyui/knownGraph';
import { isSet, mapInputs, type Overrides } from '../comfyui/overrides';
import { hasNoPartnerNodes, partnerNodesOf } from '../comfyui/partner';
import type { KnownWorkflow } from '../deployments/workflow';
import { isRandomSeed, isSeed, RANDOM } from '../form/inputSpec';
import { printable } from '../form/words';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import { isObject } from '../json/objects';
import type { OutputNode } from '../request/receipt';
import { listFew } from '../text';
import { isWholeNumber } from './seeds';
import type { Checked, SeedsToDraw, Takes } from './takes';

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
	const runs = sent ?? found?.workflow;
	const seeds = runs && new KnownGraph(runs, found?.info);
	// A workflow that is sent along is compared as it will be sent.
	const fits = check && sent && seeds;
	return takesByNode({
		known: (check && found) || UNKNOWN,
		graph: fits ? new KnownGraph(fitWorkflow(seeds), seeds.info) : check ? seeds : undefined,
		sent,
		seeds,
		unread: found?.unread,
		labels: host.labels,
		hasKey: Boolean(host.partnerKey),
	});
}

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

interface Nodes {
	known: KnownWorkflow;
	/** The workflow that the draft is compared with, if it is known. */
	graph: KnownGraph | undefined;
	/** The workflow that is sent along. */
	sent: WorkflowApiJson | undefined;
	/** The workflow that holds the seeds. Random seeds are drawn even if the check is off. */
	seeds: KnownGraph | undefined;
	/** Why the deployment's workflow could not be read. */
	unread: string | undefined;
	labels: HostLabels | undefined;
	/** Whether the account has a key for partner nodes. */
	hasKey: boolean;
}

function takesByNode(nodes: Nodes): Takes {
	const { known, graph, sent, seeds, hasKey } = nodes;
	const { warnings, cached = false } = known;
	const runs = graph?.base ?? sent;
	return {
		byName: false,
		owner: 'the workflow',
		known: graph !== undefined,
		cached,
		warnings,
		workflow: runs,
		fields: () => graph && describeInputs(graph.base, graph.info),
		inputs: (set) => inputsWith(graph, set),
		withDefaults(set, notes) {
			if (!graph) return set;
			const { overrides, warnings } = addChoiceDefaults(graph.with(set));
			notes.warnings.push(...warnings);
			return overrides;
		},
		seeds: (set, all) => ({
			wanted: all || sent ? seeds && seedsOf(seeds.with(set), all) : {},
			inputOf: inputsWith(seeds, set),
		}),
		withoutSeed: seeds ? NO_SEED : noSeedRead(nodes),
		check: (set) => (graph ? check(graph.with(set), nodes) : UNCHECKED),
		parts: (sentWhole) => ({
			// `fitWorkflow` gives each node an `inputs` object: ComfyUI refuses a node without one.
			...(runs && (sentWhole || sent) && { workflowApiJson: fitWorkflow(new KnownGraph(runs)) }),
			// A workflow without partner nodes does not get the key for them.
			...(hasKey && graph && hasNoPartnerNodes(graph) && { partnerNodes: false }),
		}),
		notes() {
			const outputNodes = graph ? outputNodesOf(graph) : [];
			return outputNodes.length > 0 ? { outputNodes } : {};
		},
	};
}

function inputsWith(graph: KnownGraph | undefined, set: Overrides): SeedsToDraw['inputOf'] {
	const changed = graph?.with(set);
	return (place) => changed?.taken(place);
}

/** The seeds to draw, without inputs that the choices in the overrides remove. @param all whether to draw all seeds */
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

function noSeedRead({ unread = 'it was not asked for' }: Nodes): string {
	return `No random seeds were drawn, and the run uses the seeds of the deployment: its workflow could not be read (${unread}).`;
}

const UNCHECKED: Checked = { findings: [], warnings: [], sentWhole: false };

/** Checks overrides against the workflow that will run, and warns of outputs that ComfyUI would skip. */
function check(graph: KnownGraph, { known, sent, labels, hasKey }: Nodes): Checked {
	const complete = checkComplete(graph);
	const ofOverrides = checkOverrides(graph, labels);
	const reported = new Set(ofOverrides.map(({ path }) => path));
	// A deployment's own workflow is trusted to be valid: it only needs to have an output left.
	const ofSaved = complete.certain ? complete.findings : [];
	const whole = sent ? checkWorkflow(graph, known) : ofSaved;
	const reasons = whySentWhole(graph);
	return {
		findings: [
			...whole.filter(({ path }) => !reported.has(path)),
			...ofOverrides,
			...(hasKey ? [] : checkPartnerKey(graph)),
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
