import type { InputRef } from '../comfyui/form/constants';
import type { WorkflowApiJson } from '../comfyui/graph';
import type { InputSpec } from '../comfyui/inputSpec';
import type { Overrides } from '../comfyui/overrides';
import { invalidInput } from '../errors';
import { isObject } from '../json/objects';
import { type JsonSource, parseUserJson } from '../json/userJson';
import type { MediaInput } from '../media/mediaInput';
import { type Target, traitsOf } from '../service/ref';

/** An input of a workflow's node. An input by name, of a hosted model or a LoRA deployment, is one of the node ''. */
export type Place = InputRef;

/** What the user set in a field of its own: in a form or a row. */
export interface FieldValue extends Place {
	/** Further inputs that get the value, unless something else sets them. */
	also?: readonly InputRef[] | undefined;
	/** Its label, such as "Positive Prompt". */
	label: string;
	/**
	 * What the field holds for this submit; in a field that takes expressions everything may have become
	 * text. `null` leaves the input as deployed, or out; bytes become a data URI.
	 */
	value: unknown;
	/** Where the value comes from, for people: `msg.payload`, "its expression". */
	source: string;
	/** The type of the input as the host stored it, if it did: for when the target cannot be read. */
	spec?: InputSpec | undefined;
}

/** A file for one input. Nothing is read before its turn to be submitted. */
export interface InputFile extends Partial<Place> {
	/**
	 * Where the user gave it, such as "Input Files, From URL 1". Without a place it is for the only input for an image or,
	 * if there is none, the only input for a file.
	 */
	label: string;
	/** @param text whether the input takes text and no file: see `MediaOptions` */
	read(text: boolean): Promise<MediaInput>;
}

/** What a user wants to submit, as the fields of a host hold it. */
export interface Draft {
	target: Target;
	/** Whether a deployment takes its inputs by name, as a LoRA does. */
	byName?: boolean;
	fields?: readonly FieldValue[];
	/** Node id → inputs, which take precedence over the fields. */
	overrides?: Overrides;
	/** Take precedence over both. */
	files?: readonly InputFile[];
	/** Another workflow to run on the deployment's machine. */
	workflow?: WorkflowApiJson | undefined;
	/** Whether to draw every seed that is not set here. Seeds that say "random" are always drawn. */
	randomSeeds?: boolean;
	extraData?: Record<string, unknown> | undefined;
	/** Address that RunComfy calls when the request has ended. */
	webhook?: string | undefined;
	/** Fields that were shown with the deployment's own value and not changed: not sent, but compared with it. */
	untouched?: readonly Pick<FieldValue, 'nodeId' | 'input' | 'also' | 'label' | 'value'>[];
	/** Messages for the user about what the host read. */
	warnings?: readonly string[];
}

/** A field for each input. Those that set several come first, so that a field for one of these takes precedence. */
export function oneByOne(fields: readonly FieldValue[]): FieldValue[] {
	const isWhole = ({ also = [] }: FieldValue) => also.length > 0;
	const ordered = [...fields.filter(isWhole), ...fields.filter((field) => !isWhole(field))];
	return ordered.flatMap(({ also = [], ...field }) => [
		field,
		...also.map((other) => ({ ...field, ...other })),
	]);
}

/** Whether the inputs go by name, as those of the node ''. */
export function goesByName({ target, byName = false }: Draft): boolean {
	return byName || traitsOf(target).byName;
}

/**
 * Inputs by name, as overrides of the node '': from an object, or JSON text of one.
 * @throws RunComfyError `invalid_input`
 */
export function parseNamedInputs(given: unknown, source: JsonSource): Overrides {
	const inputs = parseObject(given, source, 'For example, write {"prompt": "a lighthouse"}.');
	return { '': { inputs: inputs ?? {} } };
}

/**
 * What ComfyUI gets in addition to the inputs, such as the key of its partner nodes: an object, or
 * JSON text of one. Undefined if nothing is given, or an object without entries.
 * @throws RunComfyError `invalid_input`
 */
export function parseExtraData(
	given: unknown,
	source: JsonSource,
): Record<string, unknown> | undefined {
	const hint = 'For example, write {"api_key_comfy_org": "…"}, or leave the field empty.';
	const value = parseObject(given, { ...source, confidential: true }, hint);
	return value && Object.keys(value).length > 0 ? value : undefined;
}

function parseObject(
	given: unknown,
	source: JsonSource,
	hint: string,
): Record<string, unknown> | undefined {
	const isText = typeof given === 'string';
	if (isText && given.trim() === '') return undefined;
	const value = isText ? parseUserJson(given, source) : given;
	if (value === undefined || value === null) return undefined;
	const isBytes = value instanceof Uint8Array;
	const kind = Array.isArray(value) ? 'a list' : isBytes ? 'bytes' : `a ${typeof value}`;
	if (isObject(value) && !isBytes) return value;
	throw invalidInput(`${source.name} must be a JSON object, not ${kind}`, hint);
}
