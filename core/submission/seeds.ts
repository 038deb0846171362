import { isObject } from '../json/objects';
import type { WorkflowApiJson, WorkflowNode } from '../workflow/graph';
import { isSeed } from '../workflow/inputSpec';
import { knownNodes, toldIn } from '../workflow/node';
import type { ObjectInfo } from '../workflow/objectInfo';
import { mergeOverrides, type Overrides } from '../workflow/overrides';

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

function draw(limits: { min?: number; max?: number } = {}, random: () => number): number {
	const low = Math.max(0, limits.min ?? 0);
	const high = Math.min(Number.MAX_SAFE_INTEGER, limits.max ?? Infinity);
	return low + Math.floor(random() * (high - low + 1));
}

interface GraphDraft {
	workflowApiJson?: WorkflowApiJson | undefined;
	overrides?: Overrides | undefined;
	randomSeeds?: boolean | undefined;
}

/**
 * The seeds that are to be drawn in a workflow that is sent along, as overrides: those that say
 * "random" in it, or all of them. The user's own overrides win.
 */
export function withGraphSeeds<T extends GraphDraft>(draft: T): T & Pick<GraphDraft, 'overrides'> {
	const { workflowApiJson, overrides = {}, randomSeeds = false } = draft;
	if (!workflowApiJson) return draft;
	const wishes: Array<[string, Overrides[string]]> = [];
	const nodes = Object.entries(workflowApiJson).map(([id, node]): [string, WorkflowNode] => {
		const seeds = Object.entries(isObject(node.inputs) ? node.inputs : {}).filter(
			([input, value]) => isSeed(input) && (isRandom(value) || (randomSeeds && isWhole(value))),
		);
		if (seeds.length === 0) return [id, node];
		const seedsAs = (value: unknown) => Object.fromEntries(seeds.map(([input]) => [input, value]));
		wishes.push([id, { inputs: seedsAs('random') }]);
		// The check of the graph looks for a number; the one that is drawn takes its place.
		return [id, { ...node, inputs: { ...node.inputs, ...seedsAs(0) } }];
	});
	if (wishes.length === 0) return draft;
	return {
		...draft,
		workflowApiJson: Object.fromEntries(nodes),
		overrides: mergeOverrides(Object.fromEntries(wishes), overrides),
	};
}

function isWhole(value: unknown): boolean {
	return typeof value === 'bigint' || Number.isInteger(value);
}
