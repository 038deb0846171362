import type { Finding } from '../comfyui/findings';
import {
	changeInputs,
	groupRows,
	isSet,
	mapInputs,
	mergeOverrides,
	type OverrideRow,
	type Overrides,
	overridesFromRows,
} from '../comfyui/overrides';
import type { InputRef } from '../form/inputSpec';
import { type InputSpec, isChoice, isRandomSeed, isSeed } from '../form/inputSpec';
import { checkValue, fitJsonValue, fitValue, jsonOrText } from '../form/values';
import { findInexactInteger } from '../json/numbers';
import { isObject, type JsonObject } from '../json/objects';
import { unreachable } from '../media/unreachable';
import { findingAt } from '../models/check';
import { shorten } from '../text';
import { type Draft, type FieldValue, oneByOne } from './draft';
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

/** The values that the user set. Values that are clearly files are data URIs. */
export interface UserValues {
	fields: readonly FieldValue[];
	labels: Labels;
	overrides: Overrides;
}

/**
 * Turns values that are clearly files into data URIs right away, so that a file that is too large is refused before
 * any call.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large
 */
export function embedDraft(
	{ fields = [], overrides = {} }: Pick<Draft, 'fields' | 'overrides'>,
	rules: FileRules,
): UserValues {
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

/** Drops the fields of inputs that get a file, because files take precedence. */
export function withoutFiles(set: UserValues, files: readonly InputRef[]): UserValues {
	const paths = new Set(files.map(pathByName));
	return { ...set, fields: set.fields.filter((field) => !paths.has(pathByName(field))) };
}

/**
 * Converts the values of a draft to the types that the target takes; JSON overrides win over fields. Fields that
 * are `null` are left out. Values that cannot be right are left out, too, and reported as findings.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large
 */
export function fitDraft(
	{ fields, overrides: json, labels }: UserValues,
	takes: Takes,
	rules: FileRules,
): { overrides: Overrides; findings: Finding[] } {
	const { rows, findings } = fitFields(fields, json, takes, rules);
	const ofFields = overridesFromRows(rows);
	const inputOf = takes.inputs(mergeOverrides(ofFields, json));
	const fitted = changeInputs(json, (value, place) => {
		// Overrides of a workflow were already checked when they were parsed.
		const isNamed = place.nodeId === '';
		const problem = isNamed && lostDigits(place, value, labels.get(pathByName(place)));
		if (problem) findings.push(problem);
		if (problem) return null;
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
	// The inputs of a node may depend on its choices.
	const choices = fields.filter(({ value }) => isChoice(value));
	const inputOf = takes.inputs(mergeOverrides(groupRows(choices), json));
	for (const field of fields) {
		if (field.value === null || isSet(json, field)) continue;
		const taken = inputOf(field);
		const at = { ...field, spec: taken?.spec ?? storedSpec(field) };
		const given = !taken || taken.spec.kind === 'other' ? guess(at) : field.value;
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

/** The type of an input as the host stored it. If none is stored, a named input may have any type. */
function storedSpec({ nodeId, input, spec }: FieldValue): InputSpec | undefined {
	if (spec || nodeId === '') return spec;
	return { kind: isSeed(input) ? 'integer' : 'other' };
}

/**
 * Guesses the type of a text that a form gives for a named input of unknown type: "1024" is a number, unless the
 * input is a prompt. Even if the host stored that the input takes text, a text that looks like a JSON list or
 * object is parsed.
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

function lostDigits(
	place: InputRef,
	value: unknown,
	label: string | undefined,
): Finding | undefined {
	const path = findInexactInteger({ [place.input]: value });
	if (path === undefined) return undefined;
	const what = (path === place.input ? label : undefined) ?? `"${shorten(path, 80)}"`;
	const why = `${what} is larger than 2^53 and has lost digits: give it as text`;
	return findingAt(pathByName({ ...place, input: path }), 'wrong_type', why);
}

/** If the workflow is not known, only the type is checked: choices that the host has stored may be out of date. */
function unlikely({ label, spec, ...place }: FieldValue, value: unknown): Finding | undefined {
	if (place.nodeId === '' || isRandomSeed(place.input, value)) return undefined;
	const problem = checkValue(value, { kind: spec?.kind ?? 'other' });
	return problem && findingAt(pathByName(place), problem.problem, `${label} ${problem.message}`);
}

/** Finds files that RunComfy cannot fetch: their run would fail, and is billed. */
export function checkAddresses(
	set: Overrides,
	inputOf: ReturnType<Takes['inputs']>,
	labels: Labels,
): Finding[] {
	const findings: Finding[] = [];
	mapInputs(set, (value, place) => {
		const why = unreachable(value);
		if (why === undefined) return;
		const untold = place.nodeId === '' && !namesText(place.input) ? 'media' : 'other';
		const { kind } = inputOf(place)?.spec ?? { kind: untold };
		if (kind !== 'media') return;
		findings.push(findingAt(pathByName(place), 'wrong_type', `${fileLabel(place, labels)} ${why}`));
	});
	return findings;
}

/** `6.inputs.text` for an input of a node, or just the name of a named input. */
function pathByName({ nodeId, input }: InputRef): string {
	return nodeId === '' ? input : `${nodeId}.inputs.${input}`;
}

/** Labels of fields, by path. */
type Labels = ReadonlyMap<string, string>;

function labelsOf(fields: readonly FieldValue[]): Labels {
	return new Map(fields.map((field) => [pathByName(field), field.label]));
}

function fileLabel(place: InputRef, labels: Labels): string {
	const { nodeId, input } = place;
	const where = nodeId === '' ? input : `node ${nodeId}, input ${input},`;
	return labels.get(pathByName(place)) ?? `The file for ${where}`;
}

/** Nesting levels of a value that are converted. Deeper levels are sent unchanged. */
const MOST_LEVELS = 100;

/** Converts a value for its input: `fitValue` for values from a form, `fitJsonValue` for values in JSON. */
type Fit = typeof fitValue;

const unchanged: Fit = (value) => value;

/**
 * Converts a value, or the entries of a list, to the type of its input. Bytes and data URIs at any depth become data
 * URIs, and so does base64 text where the input takes a file.
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
	const fitPart = (part: unknown, where: Omit<InputAt, 'label'>) => {
		const one = embed(part, label, rules);
		return fitInput(one, { label, ...where }, rules, fitJsonValue, levels - 1);
	};
	if (Array.isArray(value)) {
		return value.map((one) => fitPart(one, { input: at.input, spec: spec?.entry }));
	}
	if (isPlainObject(value)) {
		const parts = Object.entries(value).map(([input, one]) => [input, fitPart(one, { input })]);
		return Object.fromEntries(parts) as JsonObject;
	}
	const embedded = embedAs(value, at, rules);
	refuseLargeFor(embedded, spec?.maxFileBytes, label);
	return embedded;
}

/** Whether a value is sent as a JSON object. Bytes are not, and neither is a date, which is sent as text. */
function isPlainObject(value: unknown): value is JsonObject {
	if (!isObject(value) || value instanceof Uint8Array) return false;
	return typeof value['toJSON'] !== 'function';
}

function fitTo(value: unknown, spec: InputSpec | undefined, fit: Fit): unknown {
	if (spec === undefined || value === null) return value;
	if (!spec.many || spec.wrap) return fit(value, spec);
	// A single value becomes a list of one. A list may also come as JSON text.
	const list = typeof value === 'string' && /^\s*\[/.test(value) ? jsonOrText(value) : value;
	return Array.isArray(list) ? list : [list];
}
