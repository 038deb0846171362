import type { JsonObject } from '../types.cjs';

export interface InputOptions extends JsonObject {
	default?: unknown;
	min?: number;
	max?: number | bigint;
	step?: number;
	tooltip?: string;
	multiline?: boolean;
	options?: readonly unknown[];
}

/** ComfyUI's two ways to declare an input: a type name, or (older) the list of choices itself. */
export type InputSpec = [type: string | readonly string[], options?: InputOptions];
export type InputSpecs = Record<string, InputSpec>;
/** As a definition here says it: of a link the type alone will do. */
type Declared = Record<string, InputSpec | string>;

export interface NodeClass {
	name: string;
	displayName: string;
	description: string;
	required: InputSpecs;
	optional: InputSpecs;
	hidden: Record<string, string>;
	outputs: string[];
	outputNode: boolean;
	/** Written by ComfyUI's newer schema: object_info carries more about the class. */
	v3: boolean;
	/** Takes inputs that object_info does not list (keyword arguments in Python). */
	anyInput: boolean;
	/** Runs at a partner, paid with a key of comfy.org. */
	apiNode: boolean;
	priceBadge?: PriceBadge;
}

/** What a run of a partner node costs: JSONata over the widgets. */
interface PriceBadge {
	expr: string;
	/** The widgets that the expression reads, with their types. */
	widgets: Record<string, string>;
}

interface Definition extends Partial<Omit<NodeClass, 'name' | 'required' | 'optional'>> {
	required: Declared;
	optional?: Declared;
}

const specsOf = (declared: Declared = {}): InputSpecs =>
	Object.fromEntries(
		Object.entries(declared).map(([name, spec]) => [
			name,
			typeof spec === 'string' ? [spec] : spec,
		]),
	);

export const defineNode = (name: string, definition: Definition): NodeClass => ({
	displayName: name,
	description: '',
	hidden: {},
	outputs: [],
	outputNode: false,
	v3: false,
	anyInput: false,
	apiNode: false,
	...definition,
	name,
	required: specsOf(definition.required),
	optional: specsOf(definition.optional),
});

const hinted = (options: InputOptions, tooltip?: string): InputOptions =>
	tooltip === undefined ? options : { ...options, tooltip };

export const link = (type: string, tooltip: string): InputSpec => [type, { tooltip }];

export const int = (
	value: number,
	min: number,
	max: number | bigint,
	tooltip?: string,
	step = 1,
): InputSpec => ['INT', hinted({ default: value, min, max, step }, tooltip)];

export const float = (
	value: number,
	min: number,
	max: number,
	step: number,
	tooltip?: string,
): InputSpec => ['FLOAT', hinted({ default: value, min, max, step }, tooltip)];

export const string = (value: string, multiline = false, tooltip?: string): InputSpec => [
	'STRING',
	hinted({ default: value, multiline }, tooltip),
];

export const boolean = (value: boolean, tooltip?: string): InputSpec => [
	'BOOLEAN',
	hinted({ default: value }, tooltip),
];

export const choice = (choices: readonly string[], tooltip?: string): InputSpec =>
	tooltip === undefined ? [choices] : [choices, { tooltip }];

/** The newer declaration: type COMBO with the choices among the options. */
export const combo = (options: readonly string[], value: string, tooltip?: string): InputSpec => [
	'COMBO',
	hinted({ default: value, multiselect: false, options }, tooltip),
];

/** Seeds are unsigned 64-bit integers. */
export const seed = (tooltip = 'The random seed used for creating the noise.'): InputSpec => [
	'INT',
	{
		default: 0,
		min: 0,
		max: 18_446_744_073_709_551_615n,
		control_after_generate: true,
		tooltip,
	},
];

/** One choice of a dynamic combo, with the inputs that it brings along. */
interface DynamicOption {
	key: string;
	inputs: { required?: InputSpecs; optional?: InputSpecs };
}

/** A combo whose choice decides which further inputs the node has: `<combo>.<input>`. */
export const dynamicCombo = (options: DynamicOption[], tooltip?: string): InputSpec => [
	'COMFY_DYNAMICCOMBO_V3',
	{ ...(tooltip !== undefined && { tooltip }), options },
];

/** Any number of links, named `<input>.<prefix>0`, `<input>.<prefix>1`, … */
export const autogrow = (type: string, prefix: string, min: number, max: number): InputSpec => [
	'COMFY_AUTOGROW_V3',
	{ template: { input: { required: { [prefix]: [type, {}] } }, prefix, min, max } },
];

/** Any number of links, named from a list: `<input>.a`, `<input>.b`, … */
export const autogrowNames = (type: string, names: string[], min: number): InputSpec => [
	'COMFY_AUTOGROW_V3',
	{ template: { input: { required: { value: [type, {}] } }, names, min } },
];

/** Rows of values: `<group>.<row>.<field>`. */
export const dynamicGroup = (required: InputSpecs, min: number, max: number): InputSpec => [
	'COMFY_DYNAMICGROUP_V3',
	{ template: { input: { required } }, min, max },
];

/** A link of one of several types; an output of the same template has the type that came in. */
export const matchType = (template_id: string, allowed_types: string): InputSpec => [
	'COMFY_MATCHTYPE_V3',
	{ template: { template_id, allowed_types } },
];
