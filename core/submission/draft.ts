import type { InputRef } from '../comfyui/form/constants';
import type { WorkflowApiJson } from '../comfyui/graph';
import type { InputSpec } from '../comfyui/inputSpec';
import type { Overrides } from '../comfyui/overrides';
import { invalidInput } from '../errors';
import type { MediaInput } from '../files/media';
import { isObject } from '../json/objects';
import { type JsonSource, parseUserJson } from '../json/userJson';
import type { DeploymentTarget, ModelTarget } from '../service/ref';

/** An input that the user set in a field of its own: in a form or a row. */
export interface FieldValue {
	nodeId: string;
	input: string;
	/** Further inputs that get the value, unless something else sets them. */
	also?: readonly InputRef[];
	/** Its label, such as "Positive Prompt". */
	label: string;
	/**
	 * What the field holds for this submit; in a field that takes expressions everything may have become
	 * text. `null` leaves the input as deployed; bytes become a data URI.
	 */
	value: unknown;
	/** Where the value comes from, for people: `msg.payload`, "its expression". */
	source: string;
	/** The type of the input as the host stored it, for when the workflow cannot be read. */
	spec: InputSpec;
}

/** A file for one input. Nothing is read before its turn to be submitted. */
export interface InputFile {
	/** Without `nodeId` and `input`, the file is for the workflow's only image input or, if it has none, its only file input. */
	nodeId?: string;
	input?: string;
	/** Where the user gave it, such as "Input Files, From URL 1". */
	label: string;
	/** @param text whether the input takes text and no file: see `MediaOptions` */
	read(text: boolean): Promise<MediaInput>;
}

/** A file whose input is known. */
export type PlacedFile = InputFile & Required<Pick<InputFile, 'nodeId' | 'input'>>;

/** What a user wants to submit, as the fields of a host hold it. */
export interface Draft {
	deploymentId: string;
	fields?: readonly FieldValue[];
	/** Overrides, which take precedence over the fields. */
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

/** An input that the user set in a field of its own; a row without a type has no spec. */
export type DirectField = Pick<FieldValue, 'input' | 'label' | 'value' | 'source'> & {
	spec?: FieldValue['spec'] | undefined;
};

/** What a user wants to submit to a model or a LoRA deployment, which take inputs by name. */
export interface DirectDraft extends Pick<Draft, 'files' | 'randomSeeds' | 'warnings' | 'webhook'> {
	target: DeploymentTarget | ModelTarget;
	/** An input that is null is left out. */
	fields?: readonly DirectField[];
	/** Overrides, which take precedence over the fields. */
	inputs?: Record<string, unknown>;
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
	const value = typeof given === 'string' ? parseText(given, source) : given;
	if (value === undefined || value === null) return undefined;
	if (isObject(value)) return Object.keys(value).length > 0 ? value : undefined;
	const kind = Array.isArray(value) ? 'a list' : `a ${typeof value}`;
	throw invalidInput(
		`${source.name} must be a JSON object, not ${kind}`,
		'For example, write {"api_key_comfy_org": "…"}, or leave the field empty.',
	);
}

function parseText(text: string, source: JsonSource): unknown {
	if (text.trim() === '') return undefined;
	return parseUserJson(text, { ...source, confidential: true });
}
