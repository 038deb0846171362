import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, toJson } from '../json.cjs';
import type { JsonObject } from '../types.cjs';

interface InputOptions extends JsonObject {
	default?: unknown;
	min?: number;
	max?: number | bigint;
	options?: readonly unknown[];
}

/** ComfyUI's two ways to declare an input: a type name, or (older) the list of choices itself. */
export type InputSpec = [type: string | readonly string[], options?: InputOptions];
type InputSpecs = Record<string, InputSpec>;

/** A class in nodes.json: what object_info says of it, without the parts that are the same for all. */
interface NodeClass {
	display_name?: string;
	description?: string;
	input: { required: InputSpecs; optional?: InputSpecs; hidden?: JsonObject };
	output: string[];
	output_node?: boolean;
	/** Whether it is written with ComfyUI's newer schema, which says whether it is a partner's. */
	v3?: true;
	/** Whether it takes inputs that object_info does not list (keyword arguments in Python). */
	any_input?: true;
	/** Whether it runs at a partner, paid for with a key of comfy.org. */
	api_node?: boolean;
}

const CLASSES = new Map(
	Object.entries(
		parseJson(readFileSync(join(__dirname, 'nodes.json'), 'utf8')) as Record<string, NodeClass>,
	),
);

export const nodeClass = (name: string): NodeClass | undefined => CLASSES.get(name);

/** What ComfyUI answers to `GET /object_info`, as JSON text of at least so many bytes. */
export function objectInfoJson(leastBytes = 0): string {
	const own = toJson(describeAll(CLASSES));
	if (own.length >= leastBytes) return own;
	const filler = toJson(describeAll(fillerClasses(leastBytes - own.length)));
	return `${own.slice(0, -1)},${filler.slice(1)}`;
}

const describeAll = (classes: Iterable<[string, NodeClass]>): JsonObject =>
	Object.fromEntries([...classes].map(([name, node]) => [name, describe(name, node)]));

function describe(name: string, node: NodeClass): JsonObject {
	const { input, output, display_name = name, description = '', output_node = false } = node;
	const { v3, api_node = false } = node;
	const groups = Object.entries(input);
	return {
		input,
		input_order: Object.fromEntries(
			groups.map(([group, inputs]) => [group, Object.keys(inputs as object)]),
		),
		output,
		output_is_list: output.map(() => false),
		output_name: output,
		name,
		display_name,
		description,
		python_module: 'nodes',
		category: 'simulator',
		output_node,
		...(v3 && { api_node }),
	};
}

/** The JSON of one filler class; most of it is the names of the models. */
const CLASS_BYTES = 5600;
const MODEL_COUNT = 90;

/** Hundreds of custom nodes with long lists of model files, as a well-used instance has. */
function fillerClasses(bytes: number): Array<[string, NodeClass]> {
	const models = Array.from(
		{ length: MODEL_COUNT },
		(_, i) =>
			`community/collection_${i % 9}/style-model-${String(i).padStart(4, '0')}_v2.safetensors`,
	);
	const required: InputSpecs = {
		image: ['IMAGE'],
		model_name: [models, { tooltip: 'The model file this tool applies.' }],
		strength: ['FLOAT', { default: 1, min: 0, max: 2, step: 0.01 }],
		steps: ['INT', { default: 10, min: 1, max: 100, tooltip: 'How many passes the tool makes.' }],
		note: ['STRING', { default: '', multiline: true, tooltip: 'A remark for the workflow.' }],
	};
	const description = 'Adjusts one aspect of an image; strength and model decide how much.';
	return Array.from({ length: Math.ceil(bytes / CLASS_BYTES) }, (_, i) => [
		`Pack${i % 30}_Tool${i}`,
		{ display_name: `Tool ${i}`, description, input: { required }, output: ['IMAGE'] },
	]);
}

/** The inputs that a class declares, without hidden ones. */
export const inputsOf = ({ input: { required, optional } }: NodeClass): InputSpecs => ({
	...required,
	...optional,
});

/** Whether the inputs below its name depend on values: a choice with children, a group, a list that grows. */
export const isDynamic = ([type]: InputSpec): boolean =>
	/^COMFY_(?:DYNAMICCOMBO|DYNAMICGROUP|AUTOGROW)_/.test(String(type));
