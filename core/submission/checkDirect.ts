import type { Model } from '../models/catalog';
import type { ModelInputs } from '../models/schema';
import { shorten } from '../text';
import { meant } from '../workflow/closest';
import type { Values } from '../workflow/inputsOf';
import { checkDirectValue } from './directValues';
import { few, type Finding, firstOf } from './findings';

export interface Takes {
	model?: Model;
	inputs?: ModelInputs;
	base_price?: string;
	warnings: readonly string[];
}

/** What is sent, with what stands for files that are not read yet. */
export interface Sent {
	inputs: Values;
	/** What people see of inputs that have a field. */
	labels: ReadonlyMap<string, string>;
}

export function checkInputs(sent: Sent, takes: Takes): Finding[] {
	return firstOf(problemsOf(sent, takes));
}

function* problemsOf(
	{ inputs, labels }: Sent,
	{ model, inputs: known }: Takes,
): Generator<Finding> {
	const labelOf = (name: string) => labels.get(name) ?? `"${shorten(name, 80)}"`;
	for (const [input, value] of Object.entries(inputs)) {
		const path = shorten(input, 250);
		const number = typeof value === 'number' && !Number.isFinite(value);
		const spec = known?.specOf(input);
		if (number) {
			yield { path, problem: 'no_value', message: `${labelOf(input)} is not a number: ${value}` };
		} else if (!model && OF_WORKFLOWS.includes(input)) {
			yield { path, problem: 'unknown_input', message: `direct inputs have no ${labelOf(input)}` };
		} else if (spec) {
			const problem = value === null ? undefined : checkDirectValue(value, spec);
			if (problem) yield { path, ...problem, message: `${labelOf(input)} ${problem.message}` };
		} else if (known && !known.open && !UNLISTED.includes(input)) {
			yield unknownInput(path, input, known);
		}
	}
	for (const name of known?.required ?? []) {
		if (Object.hasOwn(inputs, name)) continue;
		const message = `the model needs ${labelOf(name)}`;
		yield { path: shorten(name, 250), problem: 'missing_input', message };
	}
}

/** RunComfy refuses these from a LoRA deployment. */
const OF_WORKFLOWS = ['overrides', 'workflow_api_json'];

/** What models take although few schemas say so (docs.runcomfy.com/model-apis). */
const UNLISTED = ['lora', 'loras'];

function unknownInput(path: string, input: string, { names }: ModelInputs): Finding {
	const { ending, ...suggestion } = meant(input, names, `; it has ${few(names)}`);
	const message = `the model has no input "${shorten(input, 80)}"${ending}`;
	return { path, problem: 'unknown_input', message, ...suggestion };
}
