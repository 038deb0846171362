import { asObject } from '../json/objects';
import type { WorkflowApiJson } from '../workflow/graph';
import { isSeed } from '../workflow/inputSpec';
import { knownNodes, toldIn } from '../workflow/node';
import type { ObjectInfo } from '../workflow/objectInfo';
import { mergeOverrides, type Overrides, withOverrides } from '../workflow/overrides';

interface KnownGraph {
	workflow?: WorkflowApiJson | undefined;
	info: ObjectInfo;
}

/** Given as the value of a seed: another one for each run. */
const RANDOM = 'random';

export interface Drawn {
	overrides: Overrides;
	/** Node id → seed, of every seed in the overrides; one beyond 2^53 as text. */
	seeds: Record<string, number | string>;
}

/**
 * Draws every seed that is given as "random": a whole number from 0 to 2^53 - 1, or to the maximum
 * that the node's class allows.
 */
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
			const seed = isRandom(value) ? draw(toldIn(nodeOf(nodeId)?.inputs, input), random) : value;
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

/** What to draw, as overrides that say "random". */
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
	const entries = Object.entries(wishes).map(([id, { inputs }]) => {
		const zeros = Object.keys(inputs).map((input) => [input, 0] as const);
		return [id, { inputs: Object.fromEntries(zeros) }] as const;
	});
	if (entries.length === 0) return { workflow, wishes };
	return { workflow: withOverrides(workflow, Object.fromEntries(entries)), wishes };
}

function wishesFor(workflow: WorkflowApiJson, isWanted: (value: unknown) => boolean): Overrides {
	return Object.fromEntries(
		Object.entries(workflow).flatMap(([id, node]) => {
			const seeds = Object.entries(asObject(node.inputs)).flatMap(([input, value]) =>
				isSeed(input) && isWanted(value) ? [[input, RANDOM] as const] : [],
			);
			return seeds.length > 0 ? [[id, { inputs: Object.fromEntries(seeds) }] as const] : [];
		}),
	);
}

function isWhole(value: unknown): boolean {
	return typeof value === 'bigint' || Number.isInteger(value);
}

/** The wishes, without those for inputs that are not there once something else is chosen. */
export function addWishes(overrides: Overrides, wishes: Overrides, known: KnownGraph): Overrides {
	const nodeOf = knownNodes(known, overrides);
	const there = Object.entries(wishes).map(([id, { inputs }]) => {
		const gone = nodeOf(id)?.inputs?.elsewhere;
		const seeds = Object.entries(inputs).filter(([input]) => !gone?.has(input));
		return [id, { inputs: Object.fromEntries(seeds) }] as const;
	});
	const left = there.filter(([, { inputs }]) => Object.keys(inputs).length > 0);
	return mergeOverrides(Object.fromEntries(left), overrides);
}

/** Why no seed was drawn although each should be; nothing if any was. */
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
