import type { Finding } from '../comfyui/findings';
import { type InputSpec, isChoice, isRandomSeed, isSeed } from '../comfyui/inputSpec';
import {
	groupRows,
	isSet,
	mergeOverrides,
	type OverrideRow,
	type Overrides,
	overridesFromRows,
} from '../comfyui/overrides';
import { checkValue, fitJsonValue, fitValue, jsonOrText } from '../comfyui/values';
import { findInexactInteger } from '../json/numbers';
import { type AnySpec, entryOf, findingAt, holdsFields } from '../models/check';
import { shorten } from '../text';
import { type Draft, type FieldValue, oneByOne, type Place } from './draft';
import {
	embed,
	embedAs,
	type FileRules,
	type InputAt,
	namesText,
	readBytes,
	refuseLargeFor,
} from './files';
import type { Takes } from './takes';

/** What the user set, with everything that is clearly a file as a data URI. */
export interface Given {
	fields: readonly FieldValue[];
	labels: Labels;
	overrides: Overrides;
}

/**
 * Values that are clearly files become data URIs at once, so that a large one is refused before any call.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large
 */
export function embedDraft(
	{ fields = [], overrides = {} }: Pick<Draft, 'fields' | 'overrides'>,
	rules: FileRules,
): Given {
	const embedded = oneByOne(fields).map((field) => {
		return { ...field, value: embed(field.value, () => field.label, rules) };
	});
	const labels = labelsOf(embedded);
	return {
		fields: embedded,
		labels,
		overrides: changeInputs(overrides, (value, place) => {
			return embed(value, () => fileLabel(place, labels), rules);
		}),
	};
}

/** Without the fields of inputs that get a file, which takes precedence. */
export function withoutFiles(set: Given, files: readonly Place[]): Given {
	const paths = new Set(files.map(pathByName));
	return { ...set, fields: set.fields.filter((field) => !paths.has(pathByName(field))) };
}

/**
 * Everything that is set, in the types that the target takes; JSON wins over fields. Without what is `null` in a field,
 * and what cannot be right, which are the findings.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large
 */
export function fitDraft(
	{ fields, overrides: json, labels }: Given,
	takes: Takes,
	rules: FileRules,
): { overrides: Overrides; findings: Finding[] } {
	const { rows, findings } = fitFields(fields, json, takes, rules);
	const ofFields = overridesFromRows(rows);
	const inputOf = takes.inputs(mergeOverrides(ofFields, json));
	const fitted = changeInputs(json, (value, place) => {
		// Those of a workflow were looked at when they were parsed.
		const isNamed = place.nodeId === '';
		const problem = isNamed && lostDigits(place, value, labels.get(pathByName(place)));
		if (problem) findings.push(problem);
		if (problem) return REFUSED;
		const taken = inputOf(place);
		const at = { input: place.input, label: () => fileLabel(place, labels), spec: taken?.spec };
		return fitInput(value, at, rules, taken?.typed ? fitJsonValue : unchanged);
	});
	return { overrides: mergeOverrides(ofFields, fitted), findings };
}

function fitFields(
	fields: readonly FieldValue[],
	json: Overrides,
	takes: Takes,
	rules: FileRules,
): { rows: OverrideRow[]; findings: Finding[] } {
	const rows: OverrideRow[] = [];
	const findings: Finding[] = [];
	// Which inputs a node has may depend on these.
	const choices = fields.filter(({ value }) => isChoice(value));
	const inputOf = takes.inputs(mergeOverrides(groupRows(choices), json));
	for (const field of fields) {
		if (field.value === null || isSet(json, field.nodeId, field.input)) continue;
		const taken = inputOf(field);
		const at = { ...field, spec: taken?.spec ?? storedSpec(field) };
		const given = taken ? field.value : guess(at);
		const problem = noValue(at) ?? lostDigits(at, given, at.label);
		const value = problem
			? undefined
			: fitInput(given, { ...at, label: () => at.label }, rules, fitValue);
		const found = problem ?? (takes.known ? undefined : unlikely(at, value));
		if (found) findings.push(found);
		else rows.push({ nodeId: at.nodeId, input: at.input, value });
	}
	return { rows, findings };
}

/** The type of an input as the host has stored it. An input by name may be of any. */
function storedSpec({ nodeId, input, spec }: FieldValue): InputSpec | undefined {
	if (spec || nodeId === '') return spec;
	return { kind: isSeed(input) ? 'integer' : 'other' };
}

/**
 * A form's text for an input by name whose type is not known: "1024" means a number, unless a prompt takes it. If the
 * host has stored that the field takes a text, that may still stand for a list or an object.
 */
function guess({ nodeId, input, value, spec: { kind } = { kind: 'other' } }: FieldValue): unknown {
	if (nodeId !== '' || typeof value !== 'string' || namesText(input)) return value;
	const isJson = /^\s*[[{][^]*[\]}]\s*$/.test(value);
	const isScalar = kind === 'other' && /^\s*(-?\d+(\.\d+)?|true|false)\s*$/.test(value);
	return isScalar || (isJson && ['other', 'string'].includes(kind)) ? jsonOrText(value) : value;
}

function noValue({ label, source, value, spec, ...place }: FieldValue): Finding | undefined {
	const mayBeEmpty = spec === undefined || spec.kind === 'string' || spec.choices?.includes('');
	const without = (why: string) =>
		findingAt(pathByName(place), 'no_value', `${label} has no value: ${source} gives ${why}`);
	if (value === undefined || (value === '' && !mayBeEmpty)) {
		const left = place.nodeId === '' ? 'leaves it out' : 'leaves the input as deployed';
		return without(`none (null ${left})`);
	}
	const isNumber = typeof value !== 'number' || Number.isFinite(value);
	return isNumber ? undefined : without(`${value}, which is not a number`);
}

function lostDigits(place: Place, value: unknown, label: string | undefined): Finding | undefined {
	const path = findInexactInteger({ [place.input]: value });
	if (path === undefined) return undefined;
	const what = (path === place.input ? label : undefined) ?? `"${shorten(path, 80)}"`;
	const why = `${what} is larger than 2^53 and has lost digits: give it as text`;
	return findingAt(pathByName({ ...place, input: path }), 'wrong_type', why);
}

/** If the workflow is not known, only the kind counts: a list of choices that a host has stored may be old. */
function unlikely({ label, spec, ...place }: FieldValue, value: unknown): Finding | undefined {
	if (place.nodeId === '' || isRandomSeed(place.input, value)) return undefined;
	const problem = checkValue(value, { kind: spec?.kind ?? 'other' });
	return problem && findingAt(pathByName(place), problem.problem, `${label} ${problem.message}`);
}

/** Such as `6.inputs.text`, or just the name. */
function pathByName({ nodeId, input }: Place): string {
	return nodeId === '' ? input : `${nodeId}.inputs.${input}`;
}

/** The labels of fields, by their paths. */
type Labels = ReadonlyMap<string, string>;

function labelsOf(fields: readonly FieldValue[]): Labels {
	return new Map(fields.map((field) => [pathByName(field), field.label]));
}

function fileLabel(place: Place, labels: Labels): string {
	const { nodeId, input } = place;
	const where = nodeId === '' ? input : `node ${nodeId}, input ${input},`;
	return labels.get(pathByName(place)) ?? `The file for ${where}`;
}

const REFUSED = Symbol('refused');

/** A copy, so that it stays what it is, with `change` applied to each input, and without what it refuses. */
function changeInputs(
	overrides: Overrides,
	change: (value: unknown, place: Place) => unknown,
): Overrides {
	const nodes = Object.entries(overrides).map(([nodeId, { inputs }]) => {
		const values = Object.entries(inputs)
			.map(([input, value]) => [input, change(value, { nodeId, input })] as const)
			.filter(([, value]) => value !== REFUSED);
		return [nodeId, { inputs: Object.fromEntries(values) }] as const;
	});
	return Object.fromEntries(nodes);
}

/** Levels of a value that are converted. Deeper ones are sent unchanged. */
const MOST_LEVELS = 100;

/** How a value is converted for its input: one from a form with `fitValue`, one in JSON with `fitJsonValue`. */
type Fit = typeof fitValue;

const unchanged: Fit = (value) => value;

/**
 * A value in the types of its input, at every depth that the target tells. Bytes and data URIs in it and, if an input
 * takes a file, base64 text become data URIs.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or larger than a limit
 */
function fitInput(
	given: unknown,
	at: InputAt,
	rules: FileRules,
	fit: Fit,
	levels = MOST_LEVELS,
): unknown {
	if (levels === 0) return given;
	const { spec, label } = at;
	const value = fitTo(readBytes(given, at, rules), spec, fit);
	const fitPart = (part: unknown, where: Partial<InputAt>) => {
		const one = embed(part, label, rules);
		return fitInput(one, { ...at, ...where }, rules, fitJsonValue, levels - 1);
	};
	if (Array.isArray(value)) {
		const entry = spec && entryOf(spec);
		return value.map((one) => fitPart(one, { spec: entry }));
	}
	if (holdsFields(value)) {
		const fields = spec?.inside?.fields?.();
		const parts = Object.entries(value).map(([name, one]) => {
			return [name, fitPart(one, { input: name, spec: fields?.specOf(name) })] as const;
		});
		return Object.fromEntries(parts);
	}
	const embedded = embedAs(value, at, rules);
	refuseLargeFor(embedded, spec?.maxFileBytes, label);
	return embedded;
}

function fitTo(value: unknown, spec: AnySpec | undefined, fit: Fit): unknown {
	if (spec === undefined || value === null) return value;
	if (!spec.many || spec.wrap) return fit(value, spec);
	// One file or choice is a list of one; a list may come as JSON text.
	const list = typeof value === 'string' && /^\s*\[/.test(value) ? jsonOrText(value) : value;
	return Array.isArray(list) ? list : [list];
}
