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

export interface NodeClass {
	name: string;
	displayName: string;
	category: string;
	description: string;
	module: string;
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

interface Definition extends Partial<Omit<NodeClass, 'name' | 'required'>> {
	required: InputSpecs;
}

export const defineNode = (name: string, definition: Definition): NodeClass => ({
	displayName: name,
	category: 'simulator',
	description: '',
	module: 'nodes',
	optional: {},
	hidden: {},
	outputs: [],
	outputNode: false,
	v3: false,
	anyInput: false,
	apiNode: false,
	...definition,
	name,
});

const hinted = (options: InputOptions, tooltip?: string): InputOptions =>
	tooltip === undefined ? options : { ...options, tooltip };

export const link = (type: string, tooltip?: string): InputSpec =>
	tooltip === undefined ? [type] : [type, { tooltip }];

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
