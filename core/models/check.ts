import { meant } from '../comfyui/closest';
import { few, type Finding, firstOf, MOST_KEPT } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import type { InputSpec } from '../comfyui/inputSpec';
import { checkValue, type ValueProblem } from '../comfyui/values';
import { compact, isObject, type JsonObject } from '../json/objects';
import { listFew, shorten } from '../text';
import type { ModelInputs, ModelSpec } from './schema';

/** Everything that does not fit what a model takes, at every depth. @param labels of inputs that have a field */
export function checkInputs(
	inputs: Values,
	known: ModelInputs = ANYTHING,
	labels: ReadonlyMap<string, string> = new Map(),
): Finding[] {
	const labelOf = (path: string) => labels.get(path) ?? `"${shorten(path, LONGEST_LABEL)}"`;
	return firstOf(problemsIn(inputs, known, labelOf, ''));
}

/** What a target takes that does not say so. */
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

/** @param at where the object is, such as `loras[0].`; empty for the inputs themselves */
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
		const given = Object.hasOwn(values, name) && !isBlank(values[name], spec);
		if (given && (values[name] !== null || spec?.inside.nullable)) continue;
		const path = `${at}${name}`;
		yield findingAt(path, 'missing_input', `the model needs ${labelOf(path)}`);
	}
}

/** Whether it is a text without a word in it, and not one that the model itself offers. */
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
	// A deeper place would be hard to find.
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

/** What is wrong with a value itself, apart from what is in it. */
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
	// Only ComfyUI reads a list of two as a link.
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

/** What an input takes; of one of a workflow, and of one that only a host has stored, less is known. */
export type AnySpec = InputSpec & Partial<Pick<ModelSpec, 'inside'>>;

/** What each entry of a list takes. */
export function entryOf(spec: AnySpec): AnySpec | undefined {
	const { kind, many, wrap, choices, moreChoices, inside } = spec;
	const { maxFileBytes, upload, address } = spec;
	if (!many || wrap) return inside?.entry?.();
	return {
		kind: kind === 'media' ? kind : 'choice',
		...compact({ choices, moreChoices, maxFileBytes, upload, address }),
	};
}

/** Whether it is sent as an object: not as bytes, and not as text, as a date is. */
export function holdsFields(value: unknown): value is JsonObject {
	if (!isObject(value) || value instanceof Uint8Array) return false;
	return typeof value['toJSON'] !== 'function';
}

function isListed(name: string, known: ModelInputs): boolean {
	return known.lists(name) || UNLISTED.includes(name);
}

/** What models take although few schemas say so (docs.runcomfy.com/model-apis). */
const UNLISTED = ['lora', 'loras'];

/** Warns of inputs that the schema neither lists nor forbids: most often a name is misspelt. */
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
