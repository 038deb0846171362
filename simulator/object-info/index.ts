import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, toJson } from '../json';
import type { JsonObject } from '../types';

interface InputOptions extends JsonObject {
	default?: unknown;
	min?: number;
	max?: number | bigint;
	options?: readonly unknown[];
}

/** ComfyUI's two ways to declare an input: a type name, or (older) the list of choices itself. */
export type InputSpec = [type: string | readonly string[], options?: InputOptions];
type InputSpecs = Record<string, InputSpec>;

/** A class in nodes.json: its object_info, without the parts that all classes have in common. */
interface NodeClass {
	display_name?: string;
	description?: string;
	input: { required: InputSpecs; optional?: InputSpecs; hidden?: JsonObject };
	output: string[];
	output_node?: boolean;
	/** Whether it uses ComfyUI's newer schema, which also states whether a partner runs it. */
	v3?: true;
	/** Whether it accepts inputs that object_info does not list (keyword arguments in Python). */
	any_input?: true;
	/** Whether a partner runs it, paid for with a comfy.org key. */
	api_node?: boolean;
}

const CLASSES = new Map(
	Object.entries(
		parseJson(readFileSync(join(__dirname, 'nodes.json'), 'utf8')) as Record<string, NodeClass>,
	),
);

export const nodeClass = (name: string): NodeClass | undefined => CLASSES.get(name);

/** ComfyUI's answer to `GET /object_info`, as JSON text. */
export const objectInfoJson = (): string =>
	toJson(Object.fromEntries([...CLASSES].map(([name, node]) => [name, describe(name, node)])));

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

/** The declared inputs of a class, without hidden ones. */
export const inputsOf = ({ input: { required, optional } }: NodeClass): InputSpecs => ({
	...required,
	...optional,
});

/** Whether an input has children that depend on its value: a choice with its own inputs, a group, a growing list. */
export const isDynamic = ([type]: InputSpec): boolean =>
	/^COMFY_(?:DYNAMICCOMBO|DYNAMICGROUP|AUTOGROW)_/.test(String(type));
