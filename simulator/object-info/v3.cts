import type { InputSpec, InputSpecs } from './define.cjs';

/** One choice of a dynamic combo, with the inputs that it brings along. */
export interface DynamicOption {
	key: string;
	inputs: { required?: InputSpecs; optional?: InputSpecs };
}

/** A combo whose choice decides which further inputs the node has: `<combo>.<input>`. */
export const dynamicCombo = (options: DynamicOption[], tooltip?: string): InputSpec => [
	'COMFY_DYNAMICCOMBO_V3',
	{ ...(tooltip !== undefined && { tooltip }), options },
];

/** Links by any number, named `<input>.<prefix>0`, `<input>.<prefix>1`, … */
export const autogrow = (type: string, prefix: string, min: number, max: number): InputSpec => [
	'COMFY_AUTOGROW_V3',
	{ template: { input: { required: { [prefix]: [type, {}] } }, prefix, min, max } },
];

/** Links by any number out of a list of names: `<input>.a`, `<input>.b`, … */
export const autogrowNames = (type: string, names: string[], min: number): InputSpec => [
	'COMFY_AUTOGROW_V3',
	{ template: { input: { required: { value: [type, {}] } }, names, min } },
];

/** Rows of values: `<group>.<row>.<field>`. */
export const dynamicGroup = (required: InputSpecs, min: number, max: number): InputSpec => [
	'COMFY_DYNAMICGROUP_V3',
	{ template: { input: { required } }, min, max },
];

/** A link of one of some types; an output of the same template has the type that came in. */
export const matchType = (template_id: string, allowed_types: string): InputSpec => [
	'COMFY_MATCHTYPE_V3',
	{ template: { template_id, allowed_types } },
];
