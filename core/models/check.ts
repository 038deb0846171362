import { few, type Finding, firstOf, MOST_KEPT } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import { meant } from '../form/closest';
import type { InputSpec } from '../form/inputSpec';
import { checkValue, type ValueProblem } from '../form/values';
import { nameInWords } from '../form/words';
import { listFew, shorten } from '../text';
import type { ModelInputs } from './schema';

/**
 * Lists every value that does not fit a model's schema.
 * @param known undefined if the target has no schema, and so takes any input
 * @param labels the labels of inputs that have a field
 */
export function checkInputs(
	inputs: Values,
	known: ModelInputs | undefined,
	labels: ReadonlyMap<string, string>,
): Finding[] {
	return firstOf(problemsIn(inputs, known, labels));
}

const LONGEST_LABEL = 80;
const LONGEST_PATH = 250;

function* problemsIn(
	inputs: Values,
	known: ModelInputs | undefined,
	labels: ReadonlyMap<string, string>,
): Generator<Finding> {
	const quoted = (name: string) => `"${shorten(name, LONGEST_LABEL)}"`;
	const labelOf = (name: string) => {
		const label = labels.get(name) ?? nameInWords(name, known?.specOf(name)?.displayName);
		return `${label} (${shorten(name, LONGEST_LABEL)})`;
	};
	for (const [name, value] of Object.entries(inputs)) {
		const spec = known?.specOf(name);
		const problem = spec && checkOne(value, spec);
		if (typeof value === 'number' && !Number.isFinite(value)) {
			yield findingAt(name, 'no_value', `${labelOf(name)} is not a number: ${value}`);
		} else if (problem) {
			yield {
				...problem,
				...findingAt(name, problem.problem, `${labelOf(name)} ${problem.message}`),
			};
		} else if (known?.open === false && !spec && !isListed(name, known)) {
			const { ending, ...suggestion } = meant(name, known.names, `; it has ${few(known.names)}`);
			const message = `the model has no input ${quoted(name)}${ending}`;
			yield { ...findingAt(name, 'unknown_input', message), ...suggestion };
		}
	}
	for (const name of known?.required ?? []) {
		const spec = known?.specOf(name);
		const isSet = Object.hasOwn(inputs, name) && !isBlank(inputs[name], spec);
		if (isSet && (inputs[name] !== null || spec?.nullable)) continue;
		yield findingAt(name, 'missing_input', `the model needs ${labelOf(name)}`);
	}
}

/** Whether a value is an empty or blank text that the model does not itself offer as a choice or default. */
function isBlank(value: unknown, spec: InputSpec | undefined): boolean {
	if (typeof value !== 'string' || value.trim() !== '') return false;
	return spec?.default !== value && !spec?.choices?.includes(value);
}

/** Checks a value or, for a list, its entries and their number. */
function checkOne(value: unknown, spec: InputSpec): ValueProblem | undefined {
	if (value === null || (value !== undefined && value === spec.default)) return undefined;
	const { entry } = spec;
	// A list of one, because `checkValue` would take a list of two for one of ComfyUI's links.
	if (!entry) return checkValue(Array.isArray(value) ? value.slice(0, 1) : value, spec);
	const list: unknown[] = Array.isArray(value) ? value : [value];
	const problems = list.map((one) => checkOne(one, entry));
	return problems.find((problem) => problem !== undefined) ?? checkLength(list.length, spec);
}

function checkLength(
	length: number,
	{ minItems = 0, maxItems = Infinity }: InputSpec,
): ValueProblem | undefined {
	if (length >= minItems && length <= maxItems) return undefined;
	const [word, limit] = length < minItems ? ['at least', minItems] : ['at most', maxItems];
	return {
		problem: 'out_of_range',
		message: `takes ${word} ${limit} ${limit === 1 ? 'entry' : 'entries'}, not ${length}`,
	};
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
