import { type Choice, type InputSpec, isChoice } from '../form/inputSpec';
import { asList, asObject, asString, compact } from '../json/objects';
import { type ClassInput, readSpec, typesOf } from './readSpec';

/** An input as its class declares it. `inputsOf` works out which inputs a node has with its values. */
export interface InputDefinition {
	name: string;
	required: boolean;
	/**
	 * The ComfyUI types that the input accepts, such as `IMAGE`. A union has several; a list of choices is `COMBO`.
	 */
	types: string[];
	spec: InputSpec;
	/** The choices, each with the inputs that exist while it is selected. */
	options?: { key: Choice; inputs: InputDefinition[] }[];
	/**
	 * Separator between this input's name and the names in `options`: "." for a dynamic combo, "" for VHS formats,
	 * whose inputs have no prefix at all.
	 */
	prefix?: string;
	/** Rows `<name>.<row>.<field>` of values, at most `max`. */
	group?: { fields: InputDefinition[]; min: number; max: number };
	/** Links `<name>.<slot>`, the first `min` of them required. */
	slots?: { names: string[]; min: number; input: InputDefinition };
	/** Inputs `<name>.<input>` that exist while this one is linked. */
	whileLinked?: InputDefinition[];
}

/** A node class from ComfyUI's `/object_info`. */
export interface NodeClass {
	inputs: InputDefinition[];
	/** The type of each output; a list of choices is `COMBO`. */
	outputs: string[];
	/** Whether this is an output node, which makes ComfyUI run a workflow; undefined if object_info does not say. */
	outputNode?: boolean;
	/** Set for partner nodes, which call a paid service through a Comfy.org account. */
	apiNode?: true;
	displayName?: string;
}

/** Class type → class. A missing class was not read, or the machine does not have it. */
export type ObjectInfo = Record<string, NodeClass>;

/**
 * Reads a class from object_info, whether written for ComfyUI's V1 or V3 API (`node_info` in ComfyUI's server.py).
 */
export function readNodeClass(raw: unknown, classType: string): NodeClass {
	const fields = asObject(raw);
	const module = asString(fields['python_module']);
	const core = module !== undefined && !module.startsWith('custom_nodes');
	return {
		inputs: readInputs(fields['input'], fields['input_order'], { classType, core }),
		outputs: asList(fields['output']).map(outputType),
		...(typeof fields['output_node'] === 'boolean' ? { outputNode: fields['output_node'] } : {}),
		...(fields['api_node'] === true ? { apiNode: true } : {}),
		...compact({ displayName: asString(fields['display_name']) }),
	};
}

function outputType(type: unknown): string {
	return Array.isArray(type) ? 'COMBO' : typeof type === 'string' ? type : '*';
}

/**
 * Reads `{required, optional}` in the order of `input_order`, because JavaScript objects put keys such as "1"
 * first.
 */
function readInputs(input: unknown, order: unknown, owner: Owner): InputDefinition[] {
	return (['required', 'optional'] as const).flatMap((section) => {
		const inputs = asObject(asObject(input)[section]);
		const ordered = asObject(order)[section];
		const names = [
			...asList(ordered).flatMap((name) => asString(name) ?? []),
			...Object.keys(inputs),
		];
		return [...new Set(names)]
			.filter((name) => Object.hasOwn(inputs, name))
			.map((name) => readInput(name, inputs[name], section === 'required', owner));
	});
}

// A definition is [type, options]. For a choice, the type may be the list of choices itself.
function readInput(
	name: string,
	definition: unknown,
	required: boolean,
	owner: Owner,
): InputDefinition {
	const [type, rest] = asList(definition);
	const options = asObject(rest);
	return {
		name,
		required,
		types: typesOf(type, options),
		spec: readSpec(type, options, { ...owner, input: name }),
		...readDynamic(type, options, owner),
	};
}

type Owner = Omit<ClassInput, 'input'>;
type Dynamic = Omit<InputDefinition, 'name' | 'required' | 'types' | 'spec'>;

/** Reads the inputs that depend on values (`_expand_schema_for_dynamic` in comfy_api/latest/_io.py). */
function readDynamic(
	type: unknown,
	options: Record<string, unknown>,
	owner: Owner,
): Dynamic | undefined {
	const { template, min, max } = options;
	const nested = (input: unknown) => readInputs(input, undefined, owner);
	switch (type) {
		case 'COMFY_DYNAMICCOMBO_V3': {
			const keyed = asList(options['options']).flatMap((option) => {
				const { key, inputs } = asObject(option);
				return isChoice(key) ? [{ key, inputs: nested(inputs) }] : [];
			});
			return { prefix: '.', options: keyed };
		}
		case 'COMFY_DYNAMICGROUP_V3': {
			const most = Math.min(MOST_ROWS, countOf(max, MOST_ROWS));
			return { group: { fields: nested(template), min: countOf(min, 0), max: most } };
		}
		case 'COMFY_AUTOGROW_V3': {
			const slots = asObject(template);
			const [input] = nested(slots['input']);
			return input && { slots: readSlots(slots, input) };
		}
		case 'COMFY_DYNAMICSLOT_V3':
			return { whileLinked: nested(options['inputs']) };
		default:
			return typeof type === 'string' && type !== 'COMBO'
				? undefined
				: readFormats(options['formats'], type, owner);
	}
}

const MOST_ROWS = 20;
const MOST_SLOTS = 100;

function readSlots(template: Record<string, unknown>, input: InputDefinition) {
	const { names, prefix, min, max } = template;
	const count = Math.min(countOf(max, 10), MOST_SLOTS);
	return {
		input: { ...input, spec: { ...input.spec, linkOnly: true as const } },
		min: input.required ? countOf(min, 1) : 0,
		names: Array.isArray(names)
			? names.filter((name) => typeof name === 'string')
			: Array.from({ length: count }, (_, index) => `${asString(prefix) ?? ''}${index}`),
	};
}

// VHS_VideoCombine has its formats in the options: {"video/h264-mp4": [["crf", "INT", {…}], ["pix_fmt", ["yuv420p",
// …]]]}. Older versions have them in the list of choices: ["video/h264-mp4", [["crf", …]]].
function readFormats(formats: unknown, type: unknown, owner: Owner): Dynamic | undefined {
	const inList = asList(type).flatMap((entry) =>
		Array.isArray(entry) && isChoice(entry[0])
			? [[String(entry[0]), Array.isArray(entry[1]) ? entry[1] : entry.slice(1)] as const]
			: [],
	);
	const entries = [...inList, ...Object.entries(asObject(formats))];
	if (entries.length === 0) return undefined;
	return {
		prefix: '',
		options: entries.map(([key, inputs]) => ({
			key,
			inputs: asList(inputs).flatMap((one) => {
				const [name, ...definition] = asList(one);
				return typeof name === 'string' ? [readInput(name, definition, false, owner)] : [];
			}),
		})),
	};
}

function countOf(value: unknown, otherwise: number): number {
	return typeof value === 'number' && value >= 0 ? Math.floor(value) : otherwise;
}
