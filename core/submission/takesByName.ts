import type { Finding } from '../comfyui/findings';
import type { Values } from '../comfyui/inputsOf';
import { groupRows, isSet, type Overrides } from '../comfyui/overrides';
import type { InputRef } from '../form/inputSpec';
import { isSeed, RANDOM } from '../form/inputSpec';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import { compact } from '../json/objects';
import { type Model, modelPrice } from '../models/catalog';
import { checkInputs, warnOfUnlisted } from '../models/check';
import { describeModelInputs } from '../models/fields';
import { readModelInputs } from '../models/schema';
import { serviceOf, targetId } from '../service/ref';
import type { Service } from '../targets';
import type { Draft } from './draft';
import { wrongMode } from './refuse';
import type { ReadMode, ReadOptions, Takes } from './takes';

/** Reads which inputs a target with named inputs takes. */
export async function readNamed(
	{ host }: Client,
	{ target }: Draft,
	options: ReadOptions,
	{ check }: ReadMode,
): Promise<Takes> {
	const { read, refuse = () => [] } = NAMED[serviceOf(target)];
	const id = targetId(target)!;
	return takesByName(check ? await read(id, options, host.labels) : NOTHING, refuse);
}

/** What is known about a target with named inputs. */
interface KnownNames {
	model?: Model | undefined;
	/** Warnings that tell the user what could not be read, and why. */
	warnings: readonly string[];
}

interface NamedKind {
	read(id: string, options: ReadOptions, labels: HostLabels | undefined): Promise<KnownNames>;
	/** Finds further inputs that the service refuses. */
	refuse?: (inputs: Values, labels: ReadonlyMap<string, string>) => Finding[];
}

const NOTHING: KnownNames = { warnings: [] };

const NAMED: Record<Service, NamedKind> = {
	deployment: { read: readLora, refuse: refuseWorkflow },
	model: { read: async (id, { readModel }) => (await readModel?.(id)) ?? NOTHING },
};

/** The API does not describe the inputs of a LoRA deployment: only its page on RunComfy lists them. */
async function readLora(
	deploymentId: string,
	{ readWorkflow }: ReadOptions,
	labels: HostLabels | undefined,
): Promise<KnownNames> {
	const { workflow, lora, warnings = [] } = (await readWorkflow?.({ deploymentId })) ?? {};
	if (workflow) throw wrongMode(deploymentId, 'not_lora', labels);
	return { warnings: lora ? [] : warnings };
}

function takesByName(
	{ model, warnings }: KnownNames,
	refuse: NonNullable<NamedKind['refuse']>,
): Takes {
	const known = model && readModelInputs(model);
	const inputOf = ({ input }: InputRef) => {
		const spec = known?.specOf(input);
		return spec && { spec, typed: true };
	};
	return {
		byName: true,
		owner: model ? 'the model' : 'the input that takes it',
		known: known !== undefined,
		cached: false,
		warnings: model && !known ? [...warnings, NO_SCHEMA] : warnings,
		workflow: undefined,
		fields: () => model && describeModelInputs(model),
		inputs: () => inputOf,
		withDefaults: (set) => set,
		seeds: (set, all) => ({ wanted: all ? seedsOfNames(known?.names ?? [], set) : {}, inputOf }),
		withoutSeed:
			'No random seed was drawn: it is not known whether the target has one. Set the seed by its name.',
		check(set, labels) {
			const { inputs = {} } = set[''] ?? {};
			return {
				findings: [...refuse(inputs, labels), ...checkInputs(inputs, known, labels)],
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

function seedsOfNames(names: readonly string[], set: Overrides): Overrides {
	const wanted = names.filter((input) => isSeed(input) && !isSet(set, { nodeId: '', input }));
	return groupRows(wanted.map((input) => ({ nodeId: '', input, value: RANDOM })));
}

/** Finds inputs that RunComfy refuses for a LoRA deployment. */
function refuseWorkflow(inputs: Values, labels: ReadonlyMap<string, string>): Finding[] {
	return ['overrides', 'workflow_api_json']
		.filter((path) => Object.hasOwn(inputs, path))
		.map((path) => {
			const message = `direct inputs have no ${labels.get(path) ?? `"${path}"`}`;
			return { path, problem: 'unknown_input', message };
		});
}
