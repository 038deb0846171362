import { meant } from '../comfyui/closest';
import { few, type Finding, firstOf, MOST_KEPT } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import type { Model } from '../models/catalog';
import type { ModelInputs, ModelSpec } from '../models/schema';
import { listFew, shorten } from '../text';
import { checkDirectValue, holdsFields } from './directValues';

export interface Takes {
	model?: Model;
	inputs?: ModelInputs;
	base_price?: string;
	warnings: readonly string[];
}

/** What is sent, with placeholders for files that are not read yet. */
export interface Sent {
	inputs: Values;
	/** The labels of inputs that have a field. */
	labels: ReadonlyMap<string, string>;
}

export function checkInputs(sent: Sent, takes: Takes): Finding[] {
	return firstOf(problemsOf(sent, takes));
}

function* problemsOf(
	{ inputs, labels }: Sent,
	{ model, inputs: known = ANYTHING }: Takes,
): Generator<Finding> {
	const labelOf = (path: string) => labels.get(path) ?? `"${shorten(path, LONGEST_LABEL)}"`;
	for (const path of model ? [] : OF_WORKFLOWS.filter((name) => Object.hasOwn(inputs, name))) {
		yield { path, problem: 'unknown_input', message: `direct inputs have no ${labelOf(path)}` };
	}
	yield* problemsIn(inputs, known, labelOf, '');
}

/** Checks a LoRA deployment's inputs, or those of a model whose schema cannot be read. */
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
		const given = Object.hasOwn(values, name) && !isBlank(values[name], known.specOf(name));
		if (given && (values[name] !== null || known.specOf(name)?.inside.nullable)) continue;
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
	const problem = checkDirectValue(value, spec);
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

function isListed(name: string, known: ModelInputs): boolean {
	return known.lists(name) || UNLISTED.includes(name);
}

/** Warns of inputs that the schema neither lists nor forbids: most often a name is misspelt. */
export function warnOfUnlisted({ inputs }: Pick<Sent, 'inputs'>, known: ModelInputs): string[] {
	if (known.open !== undefined) return [];
	const unlisted = Object.keys(inputs).filter((name) => !isListed(name, known));
	if (unlisted.length === 0) return [];
	const named = unlisted.slice(0, MOST_KEPT).map((name) => {
		return `"${shorten(name, LONGEST_LABEL)}"${meant(name, known.names, '').ending}`;
	});
	return [
		`The schema of the model does not list these inputs, which are sent all the same: ${listFew(named)}`,
	];
}

/** RunComfy refuses these for a LoRA deployment. */
const OF_WORKFLOWS = ['overrides', 'workflow_api_json'];

/** What models take although few schemas say so (docs.runcomfy.com/model-apis). */
const UNLISTED = ['lora', 'loras'];

export function findingAt(path: string, problem: Finding['problem'], message: string): Finding {
	return { path: shorten(path, LONGEST_PATH), problem, message };
}
