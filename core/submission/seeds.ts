import type { WorkflowApiJson } from '../comfyui/graph';
import { isRandomSeed, isSeed, RANDOM } from '../comfyui/inputSpec';
import { declaredIn, type KnownGraph, knownNodes } from '../comfyui/node';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { mapInputs, mergeOverrides, type Overrides } from '../comfyui/overrides';
import type { KnownWorkflow, WorkflowReader } from '../deployments/workflow';
import type { Draft } from './draft';

export interface Drawn {
	overrides: Overrides;
	/** Node id → seed, for every seed in the overrides; a seed beyond 2^53 is text. */
	seeds: Record<string, number | string>;
}

/**
 * Draws the seeds that say "random", in what the user set and in a workflow that is sent along, and with
 * `randomSeeds` every one that the user has not set.
 * @param known what the draft was compared with; `read` asks for the deployment's workflow if that lacks it
 * @throws RunComfyError `aborted`
 */
export async function addSeeds(
	draft: Draft,
	overrides: Overrides,
	known: KnownWorkflow,
	read: WorkflowReader | undefined,
): Promise<Drawn & { warnings: string[] }> {
	const { workflow: graph, randomSeeds = false } = draft;
	const holder = await holderOfSeeds(draft, known, read);
	const { workflow = {}, info } = holder;
	const wishes = graph || randomSeeds ? wishesFor(workflow, randomSeeds) : {};
	const drawn = drawSeeds(addWishes(overrides, wishes, holder), workflow, info);
	return { ...drawn, warnings: randomSeeds ? warnOfUndrawn(drawn.seeds, holder) : [] };
}

async function holderOfSeeds(
	{ deploymentId, workflow, randomSeeds }: Draft,
	known: KnownWorkflow,
	read: WorkflowReader | undefined,
): Promise<KnownWorkflow> {
	if (workflow) return { ...known, workflow };
	if (known.workflow || !randomSeeds || !read) return known;
	return read({ deploymentId });
}

/** Draws every seed given as "random": a whole number from 0 to 2^53 - 1, or to the maximum of its class. */
export function drawSeeds(
	overrides: Overrides,
	workflow: WorkflowApiJson = {},
	info: ObjectInfo = {},
	random: () => number = Math.random,
): Drawn {
	const seeds: Drawn['seeds'] = {};
	const nodeOf = knownNodes({ workflow, info }, overrides);
	const drawn = Object.entries(overrides).map(([nodeId, { inputs }]) => {
		const values = Object.entries(inputs).map(([input, value]) => {
			if (!isSeed(input)) return [input, value] as const;
			const seed = isRandomSeed(input, value)
				? draw(declaredIn(nodeOf(nodeId)?.inputs, input), random)
				: value;
			if (typeof seed === 'number' || typeof seed === 'bigint') {
				seeds[nodeId] = Number.isSafeInteger(seed) ? Number(seed) : String(seed);
			}
			return [input, seed] as const;
		});
		return [nodeId, { inputs: Object.fromEntries(values) }] as const;
	});
	return { overrides: Object.fromEntries(drawn), seeds };
}

export function draw(
	limits: { min?: number; max?: number } = {},
	random: () => number = Math.random,
): number {
	const low = Math.max(0, limits.min ?? 0);
	const high = Math.min(Number.MAX_SAFE_INTEGER, limits.max ?? Infinity);
	return low + Math.floor(random() * (high - low + 1));
}

/** What to draw in a workflow: the seeds that say "random" in it, or all of them. */
function wishesFor(workflow: WorkflowApiJson, all: boolean): Overrides {
	return mapInputs(workflow, (value, input) => {
		const wanted = isRandomSeed(input, value) || (all && isSeed(input) && isWhole(value));
		return wanted ? RANDOM : undefined;
	});
}

function isWhole(value: unknown): boolean {
	return typeof value === 'bigint' || Number.isInteger(value);
}

/** Adds the seeds to draw, except for inputs that the choices in the overrides remove. */
function addWishes(overrides: Overrides, wishes: Overrides, known: KnownGraph): Overrides {
	const nodeOf = knownNodes(known, overrides);
	const there = mapInputs(wishes, (wish, input, id) =>
		nodeOf(id)?.inputs?.elsewhere.has(input) ? undefined : wish,
	);
	return mergeOverrides(there, overrides);
}

function warnOfUndrawn(
	seeds: Drawn['seeds'],
	{ workflow, unread = 'it was not asked for' }: KnownGraph & { unread?: string },
): string[] {
	if (!workflow) {
		return [
			`No random seeds were drawn, and the run uses the seeds of the deployment: its workflow could not be read (${unread}).`,
		];
	}
	if (Object.keys(seeds).length > 0) return [];
	return [
		'No random seeds were drawn: no node of the workflow holds a seed of its own as a whole number. If a seed comes from another node, set it there.',
	];
}
