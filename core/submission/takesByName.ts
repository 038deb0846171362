import type { Finding } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import { groupRows, isSet, type Overrides } from '../comfyui/overrides';
import type { KnownWorkflow } from '../deployments/workflow';
import type { InputRef } from '../form/inputSpec';
import { isSeed, RANDOM } from '../form/inputSpec';
import { compact } from '../json/objects';
import { type Model, modelPrice } from '../models/catalog';
import { checkInputs, warnOfUnlisted } from '../models/check';
import { readModelInputs } from '../models/schema';
import type { Labels } from './given';
import { addSeeds } from './seeds';
import type { ReadMode, ReadOptions, Takes } from './takes';

/** Reads which inputs a hosted model takes. */
export async function readModelTakes(
	modelId: string,
	{ readModel }: ReadOptions,
	{ check }: ReadMode,
): Promise<Takes> {
	return takesByName((check && (await readModel?.(modelId))) || { warnings: [] });
}

/** The API does not describe the inputs of a LoRA deployment: only its page on RunComfy lists them. */
export function takesOfLora({ lora, warnings = [] }: Partial<KnownWorkflow> = {}): Takes {
	return takesByName({ warnings: lora ? [] : warnings }, refuseWorkflow);
}

/** What is known about a target with named inputs. */
interface KnownNames {
	model?: Model | undefined;
	/** Warnings that tell the user what could not be read, and why. */
	warnings: readonly string[];
}

/** @param refuse finds further inputs that the service refuses */
function takesByName(
	{ model, warnings }: KnownNames,
	refuse: (inputs: Values, labels: Labels) => Finding[] = () => [],
): Takes {
	const known = model && readModelInputs(model);
	const inputOf = ({ input }: InputRef) => {
		const spec = known?.specOf(input);
		return spec && { spec, typed: true };
	};
	return {
		facts: {
			byName: true,
			known: known !== undefined,
			cached: false,
			warnings: model && !known ? [...warnings, NO_SCHEMA] : warnings,
			workflow: undefined,
		},
		inputs: () => inputOf,
		complete(set, allSeeds, notes) {
			const wanted = allSeeds ? seedsOfNames(known?.names ?? [], set) : {};
			return addSeeds(set, { wanted, inputOf, allSeeds, withoutSeed: NO_SEED }, notes);
		},
		check(set, labels) {
			const { inputs = {} } = set[''] ?? {};
			return {
				findings: [...refuse(inputs, labels), ...checkInputs(inputs, known, labels)],
				warnings: known ? warnOfUnlisted(inputs, known) : [],
				sentWhole: false,
			};
		},
		body: (overrides) => ({
			parts: { inputs: overrides['']?.inputs ?? {} },
			notes: compact({ base_price: model && modelPrice(model) }),
		}),
	};
}

const NO_SCHEMA =
	'The inputs were not checked before the submit: RunComfy does not say what the model takes';

const NO_SEED =
	'No random seed was drawn: it is not known whether the target has one. Set the seed by its name.';

function seedsOfNames(names: readonly string[], set: Overrides): Overrides {
	const wanted = names.filter((input) => isSeed(input) && !isSet(set, { nodeId: '', input }));
	return groupRows(wanted.map((input) => ({ nodeId: '', input, value: RANDOM })));
}

/** Finds inputs that RunComfy refuses for a LoRA deployment. */
function refuseWorkflow(inputs: Values, labels: Labels): Finding[] {
	return ['overrides', 'workflow_api_json']
		.filter((path) => Object.hasOwn(inputs, path))
		.map((path) => {
			const message = `a LoRA deployment takes no ${labels.get(path) ?? `"${path}"`}`;
			return { path, problem: 'unknown_input', message };
		});
}
