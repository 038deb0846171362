import type { TakenInput } from '../comfyui/knownGraph';
import { changeInputs, mergeOverrides, type Overrides } from '../comfyui/overrides';
import { type InputRef, isRandomSeed, isSeed } from '../form/inputSpec';
import { fitValue } from '../form/values';
import type { Notes } from '../request/receipt';

/** The seeds of a target. */
export interface SeedsToDraw {
	/** The seeds to draw besides those set to "random"; undefined if the seeds of the target are not known. */
	wanted: Overrides | undefined;
	/** Whether the user wants every seed drawn. */
	allSeeds: boolean;
	/** The input of a seed, whose spec limits the drawn number. */
	inputOf(at: InputRef): TakenInput | undefined;
	/** The warning if no seed could be drawn. */
	withoutSeed: string;
}

/** Draws every seed that is set to "random" by the user, and those that the target wants drawn. */
export function addSeeds(set: Overrides, target: SeedsToDraw, notes: Notes): Overrides {
	const { wanted, allSeeds, inputOf, withoutSeed } = target;
	const { overrides, seeds } = drawSeeds(mergeOverrides(set, wanted ?? {}), inputOf);
	if (Object.keys(seeds).length > 0) notes.seeds = seeds;
	if (allSeeds && !(wanted && holdsSeed(overrides))) notes.warnings.push(withoutSeed);
	return overrides;
}

function holdsSeed(overrides: Overrides): boolean {
	return Object.values(overrides).some(({ inputs }) => Object.keys(inputs).some(isSeed));
}

type Seeds = NonNullable<Notes['seeds']>;

/**
 * Draws every seed given as "random". `seeds` lists all seeds of the overrides, drawn or not; those beyond 2^53 as
 * text.
 */
export function drawSeeds(
	set: Overrides,
	inputOf: SeedsToDraw['inputOf'],
	random: () => number = Math.random,
): { overrides: Overrides; seeds: Seeds } {
	const seeds: Seeds = {};
	const overrides = changeInputs(set, (given, place) => {
		const { nodeId, input } = place;
		if (!isSeed(input)) return given;
		const seed = isRandomSeed(input, given) ? draw(nodeId, inputOf(place), random) : given;
		if (!isWholeNumber(seed)) return seed;
		const key =
			nodeId === '' ? input : Object.hasOwn(seeds, nodeId) ? `${nodeId}.${input}` : nodeId;
		seeds[key] = Number.isSafeInteger(Number(seed)) ? Number(seed) : String(seed);
		return seed;
	});
	return { overrides, seeds };
}

export function isWholeNumber(value: unknown): value is number | bigint {
	return typeof value === 'bigint' || Number.isInteger(value);
}

/** Some models refuse larger seeds, and no model needs them. */
const HIGHEST_OF_MODEL = 2 ** 31 - 1;

/** Draws a whole number within the input's limits (0 or more), in the type of the input. */
function draw(nodeId: string, taken: TakenInput | undefined, random: () => number): unknown {
	const { spec = { kind: 'integer' } } = taken ?? {};
	const most = nodeId === '' ? HIGHEST_OF_MODEL : Number.MAX_SAFE_INTEGER;
	const low = Math.max(0, spec.min ?? 0);
	const high = Math.min(Number.MAX_SAFE_INTEGER, spec.max ?? most);
	return fitValue(low + Math.floor(random() * (high - low + 1)), spec);
}
