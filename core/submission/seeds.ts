import type { WorkflowApiJson } from '../workflow/graph';
import { isSeed } from '../workflow/inputSpec';
import { declaredIn, type KnownGraph, knownNodes } from '../workflow/node';
import type { ObjectInfo } from '../workflow/objectInfo';
import { mapInputs, mergeOverrides, type Overrides, withOverrides } from '../workflow/overrides';

/** As the value of a seed: draw a new one for each run. */
const RANDOM = 'random';

export interface Drawn {
	overrides: Overrides;
	/** Node id → seed, of every seed in the overrides; one beyond 2^53 as text. */
	seeds: Record<string, number | string>;
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
			const seed = isRandom(value)
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

export function isRandom(value: unknown): boolean {
	return typeof value === 'string' && value.trim().toLowerCase() === RANDOM;
}

export function draw(
	limits: { min?: number; max?: number } = {},
	random: () => number = Math.random,
): number {
	const low = Math.max(0, limits.min ?? 0);
	const high = Math.min(Number.MAX_SAFE_INTEGER, limits.max ?? Infinity);
	return low + Math.floor(random() * (high - low + 1));
}

export function savedSeeds(workflow: WorkflowApiJson): Overrides {
	return wishesFor(workflow, isWhole);
}

/**
 * What to draw in a workflow that is sent along: the seeds that say "random" in it, or all of them. The
 * workflow has a number in their place, which is what the check of a graph looks for.
 */
export function graphSeeds(
	workflow: WorkflowApiJson,
	all = false,
): { workflow: WorkflowApiJson; wishes: Overrides } {
	const wishes = wishesFor(workflow, (value) => isRandom(value) || (all && isWhole(value)));
	if (Object.keys(wishes).length === 0) return { workflow, wishes };
	const zeros = mapInputs(wishes, () => 0);
	return { workflow: withOverrides(workflow, zeros), wishes };
}

function wishesFor(workflow: WorkflowApiJson, isWanted: (value: unknown) => boolean): Overrides {
	return mapInputs(workflow, (value, input) =>
		isSeed(input) && isWanted(value) ? RANDOM : undefined,
	);
}

function isWhole(value: unknown): boolean {
	return typeof value === 'bigint' || Number.isInteger(value);
}

/** Adds the wishes, except for inputs that do not exist with the choices of the overrides. */
export function addWishes(overrides: Overrides, wishes: Overrides, known: KnownGraph): Overrides {
	const nodeOf = knownNodes(known, overrides);
	const there = mapInputs(wishes, (wish, input, id) =>
		nodeOf(id)?.inputs?.elsewhere.has(input) ? undefined : wish,
	);
	return mergeOverrides(there, overrides);
}

export function warnOfUndrawn(
	seeds: Drawn['seeds'],
	{ workflow, unread = 'it was not asked for' }: KnownGraph & { unread?: string },
): string[] {
	if (!workflow) {
		return [
			`No random seeds were drawn, and the run has those of the deployment: its workflow could not be read (${unread}).`,
		];
	}
	if (Object.keys(seeds).length > 0) return [];
	return [
		'No random seeds were drawn: no node of the workflow holds a seed of its own as a whole number. If a seed comes from another node, set it there.',
	];
}
