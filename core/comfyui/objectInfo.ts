import { asList, asObject, asText, compact } from '../json/objects';
import {
	type Choice,
	type ClassInput,
	type InputSpec,
	isChoice,
	readSpec,
	typesOf,
} from './inputSpec';

/** One input of a class before its values are known: see `inputsOf`. */
export interface InputDefinition {
	name: string;
	required: boolean;
	/** ComfyUI's types, such as `IMAGE`; a union has several, and lists of choices are `COMBO`. */
	types: string[];
	spec: InputSpec;
	/** Choice → the inputs that exist while it is chosen, by their names in the node. */
	options?: { key: Choice; inputs: InputDefinition[] }[];
	/** What precedes the names in `options`: a dot after the name of a dynamic combo, nothing for VHS's formats. */
	prefix?: string;
	/** Rows `<name>.<row>.<field>` of values, at most `max`. */
	group?: { fields: InputDefinition[]; min: number; max: number };
	/** Links `<name>.<slot>`, the first `min` of them required. */
	slots?: { names: string[]; min: number; input: InputDefinition };
	/** Inputs `<name>.<input>` that exist while this one is linked. */
	whileLinked?: InputDefinition[];
}

/** One class of ComfyUI's `/object_info`. */
export interface NodeClass {
	inputs: InputDefinition[];
	/** The type of each output; a list of choices is `COMBO`. */
	outputs: string[];
	/** Whether ComfyUI runs a workflow for the sake of this node; undefined if it does not say. */
	outputNode?: boolean;
	/** A partner's service, paid through an account at Comfy.org. */
	apiNode?: true;
	displayName?: string;
}

/** Class type → class. A missing class was not read, or the machine does not have it. */
export type ObjectInfo = Record<string, NodeClass>;

/** A class as object_info describes it: V1 and V3 alike (ComfyUI, `node_info` in server.py). */
export function readNodeClass(raw: unknown, classType: string): NodeClass {
	const given = asObject(raw);
	const module = asText(given['python_module']);
	const core = module !== undefined && !module.startsWith('custom_nodes');
	return {
		inputs: readInputs(given['input'], given['input_order'], { classType, core }),
		outputs: asList(given['output']).map(outputType),
		...(typeof given['output_node'] === 'boolean' ? { outputNode: given['output_node'] } : {}),
		...(given['api_node'] === true ? { apiNode: true } : {}),
		...compact({ displayName: asText(given['display_name']) }),
	};
}

function outputType(type: unknown): string {
	return Array.isArray(type) ? 'COMBO' : typeof type === 'string' ? type : '*';
}

/** `{required, optional}` in the order that `input_order` gives, since objects put "1" before "a". */
function readInputs(input: unknown, order: unknown, owner: Owner): InputDefinition[] {
	return (['required', 'optional'] as const).flatMap((section) => {
		const inputs = asObject(asObject(input)[section]);
		const ordered = asObject(order)[section];
		const names = [
			...asList(ordered).flatMap((name) => asText(name) ?? []),
			...Object.keys(inputs),
		];
		return [...new Set(names)]
			.filter((name) => Object.hasOwn(inputs, name))
			.map((name) => readInput(name, inputs[name], section === 'required', owner));
	});
}

// [type, options]; the type of a choice may be the list of choices itself.
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

/** What depends on values (comfy_api/latest/_io.py, `_expand_schema_for_dynamic`). */
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
		input,
		min: input.required ? countOf(min, 1) : 0,
		names: Array.isArray(names)
			? names.filter((name) => typeof name === 'string')
			: Array.from({ length: count }, (_, index) => `${asText(prefix) ?? ''}${index}`),
	};
}

// VHS_VideoCombine: {"video/h264-mp4": [["crf", "INT", {…}], ["pix_fmt", ["yuv420p", …]]]} beside the
// list; older ones in the list itself: ["video/h264-mp4", [["crf", …]]].
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
