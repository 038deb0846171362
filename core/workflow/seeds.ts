import { nodeOf, type WorkflowApiJson } from './graph';
import { isSeed } from './inputNames';
import type { ObjectInfo } from './objectInfo';
import type { Overrides } from './overrides';
import { specFromInfo } from './specOf';

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
	const drawn = Object.entries(overrides).map(([nodeId, { inputs }]) => {
		const node = nodeOf(workflow, nodeId);
		const values = Object.entries(inputs).map(([input, value]) => {
			if (!isSeed(input)) return [input, value] as const;
			const seed = isRandom(value)
				? draw(node && specFromInfo(node, input, info, inputs), random)
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

function draw(limits: { min?: number; max?: number } = {}, random: () => number): number {
	const low = Math.max(0, limits.min ?? 0);
	const high = Math.min(Number.MAX_SAFE_INTEGER, limits.max ?? Infinity);
	return low + Math.floor(random() * (high - low + 1));
}
