import { few, type Finding, firstOf, MOST_KEPT } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import { meant } from '../form/closest';
import type { InputSpec } from '../form/inputSpec';
import { checkValue, type ValueProblem } from '../form/values';
import { compact, isObject, type JsonObject } from '../json/objects';
import { listFew, shorten } from '../text';
import type { ModelInputs, ModelSpec } from './schema';

/**
 * Lists every value that does not fit a model's schema, at any depth.
 * @param labels the labels of inputs that have a field, by path
 */
export function checkInputs(
	inputs: Values,
	known: ModelInputs = ANYTHING,
	labels: ReadonlyMap<string, string> = new Map(),
): Finding[] {
	const labelOf = (path: string) => labels.get(path) ?? `"${shorten(path, LONGEST_LABEL)}"`;
	return firstOf(problemsIn(inputs, known, labelOf, ''));
}

/** Stands in for the schema of a target that has none, and allows any input. */
const ANYTHING: ModelInputs = {
	names: [],
	required: [],
	specOf: () => undefined,
	lists: () => true,
	open: true,
};

type LabelOf = (path: string) => string;

const LONGEST_LABEL = 80;
const LONGEST_PATH = 250;

/** @param at prefix of the paths in this object, such as `loras[0].`; empty at the top level */
function* problemsIn(
	values: Values,
	known: ModelInputs,
	labelOf: LabelOf,
	at: string,
): Generator<Finding> {
	for (const [name, value] of Object.entries(values)) {
		const path = `${at}${name}`;
		const spec = known.specOf(name);
		if (typeof value === 'number' && !Number.isFinite(value)) {
			yield findingAt(path, 'no_value', `${labelOf(path)} is not a number: ${value}`);
		} else if (spec) {
			yield* problemsWith(value, spec, labelOf, path);
		} else if (known.open === false && !isListed(name, known)) {
			const { ending, ...suggestion } = meant(name, known.names, `; it has ${few(known.names)}`);
			const message = `the model has no input "${shorten(path, LONGEST_LABEL)}"${ending}`;
			yield { ...findingAt(path, 'unknown_input', message), ...suggestion };
		}
	}
	for (const name of known.required) {
		const spec = known.specOf(name);
		const isSet = Object.hasOwn(values, name) && !isBlank(values[name], spec);
		if (isSet && (values[name] !== null || spec?.inside.nullable)) continue;
		const path = `${at}${name}`;
		yield findingAt(path, 'missing_input', `the model needs ${labelOf(path)}`);
	}
}

/** Whether a value is an empty or blank text that the model does not itself offer as a choice or default. */
function isBlank(value: unknown, spec: ModelSpec | undefined): boolean {
	if (typeof value !== 'string' || value.trim() !== '') return false;
	return spec?.default !== value && !spec?.choices?.includes(value);
}

function* problemsWith(
	value: unknown,
	spec: ModelSpec,
	labelOf: LabelOf,
	at: string,
): Generator<Finding> {
	if (value === null) return;
	const problem = checkOne(value, spec);
	// Deeper values are not checked, because their long paths would be hard to read.
	const { entry, fields }: Partial<ModelSpec['inside']> =
		at.length < LONGEST_PATH ? spec.inside : {};
	if (problem) {
		yield { ...problem, ...findingAt(at, problem.problem, `${labelOf(at)} ${problem.message}`) };
	} else if (Array.isArray(value) && entry && !spec.many) {
		const one = entry();
		for (const [index, part] of value.entries()) {
			yield* problemsWith(part, one, labelOf, `${at}[${index}]`);
		}
	} else if (holdsFields(value) && fields) {
		yield* problemsIn(value, fields(), labelOf, `${at}.`);
	}
}

/** Checks a value itself, but not the values inside it. */
function checkOne(value: unknown, spec: ModelSpec): ValueProblem | undefined {
	if (value !== undefined && value === spec.default) return undefined;
	const list = Array.isArray(value) ? (value as unknown[]) : undefined;
	const entry = spec.many && entryOf(spec);
	if (entry) {
		const problems = (list ?? [value]).map((one) => checkValue(one, entry));
		return problems.find((problem) => problem !== undefined) ?? checkLength(list, spec);
	}
	const { only } = spec.inside;
	if (only && (list ? only === 'object' : only === 'list' && holdsFields(value))) {
		const [wanted, other] = only === 'list' ? ['a list', 'an object'] : ['an object', 'a list'];
		return { problem: 'wrong_type', message: `takes ${wanted}, not ${other}` };
	}
	// Checks a list of one, because `checkValue` would take a list of two for one of ComfyUI's links.
	const problem = list && checkValue(list.slice(0, 1), spec);
	return problem ?? checkValue(value, spec) ?? checkLength(list, spec);
}

function checkLength(
	list: readonly unknown[] | undefined,
	{ minItems = 0, maxItems = Infinity }: InputSpec,
): ValueProblem | undefined {
	if (!list || (list.length >= minItems && list.length <= maxItems)) return undefined;
	const [word, limit] = list.length < minItems ? ['at least', minItems] : ['at most', maxItems];
	return {
		problem: 'out_of_range',
		message: `takes ${word} ${limit} ${limit === 1 ? 'entry' : 'entries'}, not ${list.length}`,
	};
}

/**
 * The spec of any input. Only a model's schema gives `inside`; specs of workflow inputs and specs stored by a host
 * lack it.
 */
export type AnySpec = InputSpec & Partial<Pick<ModelSpec, 'inside'>>;

/** The spec of each entry of a list. */
export function entryOf(spec: AnySpec): AnySpec | undefined {
	const { kind, many, wrap, choices, moreChoices, inside } = spec;
	const { maxFileBytes, upload, address } = spec;
	if (!many || wrap) return inside?.entry?.();
	return {
		kind: kind === 'media' ? kind : 'choice',
		...compact({ choices, moreChoices, maxFileBytes, upload, address }),
	};
}

/** Whether a value is sent as a JSON object. Bytes are not, and neither is a date, which is sent as text. */
export function holdsFields(value: unknown): value is JsonObject {
	if (!isObject(value) || value instanceof Uint8Array) return false;
	return typeof value['toJSON'] !== 'function';
}

function isListed(name: string, known: ModelInputs): boolean {
	return known.lists(name) || UNLISTED.includes(name);
}

/** Inputs that models take although few schemas list them (docs.runcomfy.com/model-apis). */
const UNLISTED = ['lora', 'loras'];

/** Warns of inputs that the schema neither lists nor forbids, usually because of a misspelt name. */
export function warnOfUnlisted(inputs: Values, known: ModelInputs): string[] {
	if (known.open !== undefined) return [];
	const unlisted = Object.keys(inputs).filter((name) => !isListed(name, known));
	if (unlisted.length === 0) return [];
	const named = unlisted.slice(0, MOST_KEPT).map((name) => {
		return `"${shorten(name, LONGEST_LABEL)}"${meant(name, known.names, '').ending}`;
	});
	return [`Sent anyway, though not in the model's schema: ${listFew(named)}`];
}

export function findingAt(path: string, problem: Finding['problem'], message: string): Finding {
	return { path: shorten(path, LONGEST_PATH), problem, message };
}
