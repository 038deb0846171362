import type { Finding } from '../comfyui/findings';
import { isRandomSeed, isSeed, RANDOM } from '../comfyui/inputSpec';
import { fitValue } from '../comfyui/values';
import { findInexactInteger } from '../json/numbers';
import { shorten } from '../text';
import { findingAt, type Takes } from './checkDirect';
import { guess, readDirect } from './directValues';
import type { DirectDraft, DirectField } from './draft';
import type { FileRules } from './embed';
import { placeDirectFiles, PLACEHOLDER } from './files';
import { draw } from './seeds';

/** Fields, then JSON, then placeholders for files, each in the type that the input takes. */
export async function gatherInputs(draft: DirectDraft, takes: Takes, rules: FileRules) {
	const { fields = [], inputs: json = {}, randomSeeds } = draft;
	const values = new Map<string, unknown>();
	const labels = new Map<string, string>();
	const problems: Finding[] = [];
	const { warnings } = rules;
	for (const field of fields) {
		const { input, label, value: given } = field;
		labels.set(input, label);
		if (given === null || Object.hasOwn(json, input)) continue;
		const asked = takes.inputs?.specOf(input);
		const spec = takes.inputs ? asked : field.spec;
		const problem = withoutValue(field, spec) ?? lostDigits(input, given, label);
		if (problem) {
			problems.push(problem);
			continue;
		}
		const value = seedOf(input, asked ? given : guess(input, given, spec?.kind), spec);
		values.set(input, await readDirect(value, { input, spec, label }, rules, fitValue));
	}
	for (const [input, given] of Object.entries(json)) {
		const spec = takes.inputs?.specOf(input);
		const problem = lostDigits(input, given, labels.get(input));
		if (problem) {
			problems.push(problem);
			continue;
		}
		const label = labels.get(input) ?? `The file for ${input}`;
		const value = seedOf(input, given, spec);
		values.set(input, await readDirect(value, { input, spec, label }, rules));
	}
	if (randomSeeds) warnings.push(...drawRest(values, takes));
	const files = placeDirectFiles(draft.files ?? [], takes);
	for (const { input, many, sources } of files) {
		values.set(input, many ? sources.map(() => PLACEHOLDER) : PLACEHOLDER);
	}
	const inputs: Record<string, unknown> = Object.fromEntries(values);
	return { inputs, labels, seeds: seedsIn(values), warnings, files, problems };
}

function withoutValue(
	{ input, label, source, value }: DirectField,
	spec: DirectField['spec'],
): Finding | undefined {
	const mayBeEmpty = spec === undefined || spec.kind === 'string' || spec.choices?.includes('');
	if (value !== undefined && (value !== '' || mayBeEmpty)) return undefined;
	const message = `${label} has no value: ${source} gives none (null leaves it out)`;
	return { path: input, problem: 'no_value', message };
}

function lostDigits(input: string, value: unknown, label: string | undefined): Finding | undefined {
	const path = findInexactInteger({ [input]: value });
	if (path === undefined) return undefined;
	const what = (path === input ? label : undefined) ?? `"${shorten(path, 80)}"`;
	const why = `${what} is larger than 2^53 and has lost digits: give it as text`;
	return findingAt(path, 'wrong_type', why);
}

/** Some models refuse seeds beyond it, and no model needs them. */
const HIGHEST_SEED = 2 ** 31 - 1;

function seedOf(input: string, value: unknown, spec: DirectField['spec']): unknown {
	return isRandomSeed(input, value) ? draw({ max: HIGHEST_SEED, ...spec }) : value;
}

function drawRest(values: Map<string, unknown>, { inputs }: Takes): string[] {
	const seeds = (inputs?.names ?? []).filter(isSeed);
	for (const input of seeds) {
		if (!values.has(input)) values.set(input, seedOf(input, RANDOM, inputs?.specOf(input)));
	}
	if (seeds.length > 0 || [...values.keys()].some(isSeed)) return [];
	return [
		'No random seed was drawn: it is not known whether the target has one. Set the seed by its name.',
	];
}

/** Input → seed, for every seed that is set; a seed beyond 2^53 is text. */
function seedsIn(values: ReadonlyMap<string, unknown>): Record<string, number | string> {
	const seeds = [...values].flatMap(([input, value]) => {
		const whole = typeof value === 'bigint' || Number.isInteger(value);
		if (!isSeed(input) || !whole) return [];
		return [[input, Number.isSafeInteger(value) ? Number(value) : String(value)] as const];
	});
	return Object.fromEntries(seeds);
}
