import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson, toJson } from '../json.cjs';
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

/** The inputs that a node has with the values it holds. */
interface Expanded {
	required: InputSpecs;
	optional: InputSpecs;
}

/** Writes out the inputs that depend on values: choices with children, groups, growing lists. */
export function expandInputs(definition: NodeClass, values: JsonObject): Expanded {
	const found: Expanded = { required: {}, optional: {} };
	addAll(found, '', definition.input, values);
	if (definition.any_input) {
		for (const name of Object.keys(values)) found.optional[name] ??= ['*'];
		for (const name of Object.keys(found.required)) delete found.optional[name];
	}
	return found;
}

type Groups = { required?: InputSpecs; optional?: InputSpecs };

function addAll(found: Expanded, prefix: string, groups: Groups, values: JsonObject): void {
	for (const group of ['required', 'optional'] as const) {
		for (const [name, spec] of Object.entries(groups[group] ?? {})) {
			const expand = typeof spec[0] === 'string' ? EXPANDERS[spec[0]] : undefined;
			const path = prefix + name;
			if (expand !== undefined) expand(found, path, spec, values, group);
			else found[group][path] = spec;
			if (typeof spec[0] !== 'string') addFormat(found, path, spec, values);
		}
	}
}

type Expander = (
	found: Expanded,
	path: string,
	spec: InputSpec,
	values: JsonObject,
	group: 'required' | 'optional',
) => void;

const EXPANDERS: Record<string, Expander> = {
	COMFY_DYNAMICCOMBO_V3(found, path, spec, values, group) {
		// ComfyUI never misses one that belongs to the choice of another.
		if (path.includes('.') && values[path] === undefined) return;
		const options = listOf(spec[1]?.['options']);
		found[group][path] = [options.map(({ key }) => String(key)), {}];
		const chosen = options.find(({ key }) => key === values[path]);
		if (isObject(chosen?.['inputs'])) addAll(found, `${path}.`, chosen['inputs'] as Groups, values);
	},
	COMFY_AUTOGROW_V3(found, path, spec) {
		const template = objectOf(spec[1]?.['template']);
		const { min, max, prefix } = template;
		const inner = Object.values(objectOf(objectOf(template['input'])['required']))[0] as InputSpec;
		const names =
			(template['names'] as string[] | undefined) ??
			Array.from({ length: Number(max) }, (_, i) => `${String(prefix)}${i}`);
		names.forEach((name, i) => {
			found[i < Number(min) ? 'required' : 'optional'][`${path}.${name}`] = inner;
		});
	},
	COMFY_DYNAMICGROUP_V3(found, path, spec, values) {
		const template = objectOf(spec[1]?.['template']);
		const fields = objectOf(template['input']) as Groups;
		const rows = rowsIn(path, values);
		for (let row = 0; row < Math.max(rows, Number(spec[1]?.min ?? 0)); row += 1) {
			addAll(found, `${path}.${row}.`, fields, values);
		}
	},
};

/** Video Helper Suite: what a format asks for besides, an input each. */
function addFormat(found: Expanded, path: string, spec: InputSpec, values: JsonObject): void {
	const extras = objectOf(spec[1]?.['formats'])[String(values[path])];
	if (!Array.isArray(extras)) return;
	for (const extra of extras as Array<[string, ...InputSpec]>) {
		const [name, type, options] = extra;
		found.optional[name] = options === undefined ? [type] : [type, options];
	}
}

function rowsIn(path: string, values: JsonObject): number {
	const rows = Object.keys(values).flatMap((name) => {
		const row = name.startsWith(`${path}.`) ? name.slice(path.length + 1).split('.')[0] : undefined;
		return row !== undefined && /^\d+$/.test(row) ? [Number(row) + 1] : [];
	});
	return Math.max(0, ...rows);
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): JsonObject[] =>
	Array.isArray(value) ? value.filter(isObject) : [];
