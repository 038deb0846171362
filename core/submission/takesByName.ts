import type { Finding } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import { isSeed, RANDOM } from '../comfyui/inputSpec';
import { groupRows, isSet, type Overrides } from '../comfyui/overrides';
import type { Client } from '../http/client';
import { compact } from '../json/objects';
import { type Model, modelPrice } from '../models/catalog';
import { checkInputs, warnOfUnlisted } from '../models/check';
import { describeModelInputs } from '../models/fields';
import { readInputs } from '../models/schema';
import type { Target } from '../service/ref';
import type { Draft, Place } from './draft';
import { wrongMode } from './refuse';
import type { ReadMode, ReadOptions, Takes } from './takes';

/** What a hosted model takes, which its schema tells, or a LoRA deployment, which does not tell. */
export async function readNamed(
	client: Client,
	{ target }: Draft,
	{ readWorkflow, readModel }: ReadOptions,
	{ check }: ReadMode,
): Promise<Takes> {
	if (!check) return takesByName(target, undefined, []);
	if (target.service === 'model') {
		const { model, warnings = [] } = (await readModel?.(target.modelId)) ?? {};
		return takesByName(target, model, warnings);
	}
	const { deploymentId } = target;
	const { workflow, lora, warnings = [] } = (await readWorkflow?.({ deploymentId })) ?? {};
	if (workflow) throw wrongMode(deploymentId, 'not_lora', client.host.labels);
	// Only its page lists its inputs.
	return takesByName(target, undefined, lora ? [] : warnings);
}

function takesByName(
	{ service }: Target,
	model: Model | undefined,
	warnings: readonly string[],
): Takes {
	const known = model && readInputs(model);
	const inputOf = ({ input }: Place) => {
		const spec = known?.specOf(input);
		return spec && { spec, typed: true };
	};
	return {
		byName: true,
		owner: model ? 'the model' : 'what takes it',
		known: known !== undefined,
		cached: false,
		warnings: model && !known ? [...warnings, NO_SCHEMA] : warnings,
		workflow: undefined,
		fields: () => model && describeModelInputs(model),
		inputs: () => inputOf,
		withDefaults: (set) => set,
		seeds: (set, all) => ({ wanted: all ? seedsIn(known?.names ?? [], set) : {}, inputOf }),
		withoutSeed:
			'No random seed was drawn: it is not known whether the target has one. Set the seed by its name.',
		check(set, labels) {
			const { inputs = {} } = set[''] ?? {};
			return {
				findings: [
					...(service === 'model' ? [] : refuseWorkflow(inputs, labels)),
					...checkInputs(inputs, known, labels),
				],
				warnings: known ? warnOfUnlisted(inputs, known) : [],
				sentWhole: false,
			};
		},
		parts: () => ({}),
		notes: () => compact({ base_price: model && modelPrice(model) }),
	};
}

const NO_SCHEMA =
	'The inputs were not checked before the submit: RunComfy does not say what the model takes';

function seedsIn(names: readonly string[], set: Overrides): Overrides {
	const wanted = names.filter((input) => isSeed(input) && !isSet(set, '', input));
	return groupRows(wanted.map((input) => ({ nodeId: '', input, value: RANDOM })));
}

/** What RunComfy refuses for a LoRA deployment. */
function refuseWorkflow(inputs: Values, labels: ReadonlyMap<string, string>): Finding[] {
	return ['overrides', 'workflow_api_json']
		.filter((path) => Object.hasOwn(inputs, path))
		.map((path) => {
			const message = `direct inputs have no ${labels.get(path) ?? `"${path}"`}`;
			return { path, problem: 'unknown_input', message };
		});
}
