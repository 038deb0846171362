import type { WorkflowApiJson } from '../comfyui/graph';
import { type Overrides, parseOverrides } from '../comfyui/overrides';
import { invalidInput } from '../errors';
import type { InputRef, InputSpec } from '../form/inputSpec';
import { isObject } from '../json/objects';
import { type JsonSource, parseUserJson } from '../json/userJson';
import type { Target } from '../target';

/** A value that the user set in a field of a form or in a row. */
export interface FieldValue extends InputRef {
	/** Further inputs that get the value, unless something else sets them. */
	also?: readonly InputRef[] | undefined;
	/** The field's label, such as "Positive Prompt". */
	label: string;
	/**
	 * The value for this submit. Fields that take expressions may have turned any value into text. `null` leaves an
	 * input as deployed or, for a named input, leaves it out. Bytes become a data URI.
	 */
	value: unknown;
	/** Where the value comes from, as messages call it: `msg.payload`, "its expression". */
	source: string;
	/** Set if the value is what a message carries, which may not be meant for the input. */
	carried?: true | undefined;
	/** The type of the input, if the host has stored it. Used when the target cannot be read. */
	spec?: InputSpec | undefined;
}

/** A file whose bytes are not here yet: they are read once the draft is checked, right before the submit. */
export class FileRef {
	constructor(
		readonly read: () => Promise<Uint8Array>,
		readonly filename: string,
		readonly mimeType: string | undefined,
	) {}
}

/** The files that come with a draft: its values may stand for them. */
export interface Files {
	/**
	 * The file that a value stands for; undefined if it stands for none. The same file is always the same object. Called
	 * with a text only if the input takes files.
	 * @throws RunComfyError `invalid_input` for a file that cannot be sent
	 */
	find(value: unknown): FileRef | undefined;
	/** The ways to give a file, for hints: "Give a file as …". */
	ways(): string;
}

/** What a user wants to submit, as entered in a host's fields. */
export interface Draft {
	target: Target;
	fields?: readonly FieldValue[];
	/** Node id → inputs, which take precedence over the fields. */
	overrides?: Overrides;
	files?: Files;
	/** Another workflow to run on the deployment's machine, instead of the saved one. */
	workflow?: WorkflowApiJson | undefined;
	/**
	 * Whether to draw a random value for every seed that the draft does not set. A seed set to "random" is always
	 * drawn.
	 */
	randomSeeds?: boolean;
	/** URL that RunComfy calls when the request has ended. */
	webhook?: string | undefined;
}

/**
 * Reads inputs of a deployment from an object or JSON text. Node ids and `{ inputs }` are overrides of a workflow, and
 * so is `{}`; anything else are inputs by name, as a LoRA takes them.
 * @throws RunComfyError `invalid_input`, `invalid_overrides`
 */
export function parseInputs(given: unknown, source: JsonSource): Overrides {
	const value = parseUserJson(given, source);
	const entries = isObject(value) && !(value instanceof Uint8Array) ? Object.entries(value) : [];
	const byNode = entries.some(([name, one]) => {
		return /^\d+(:\d+)*$/.test(name) || (isObject(one) && isObject(one['inputs']));
	});
	const read = entries.length === 0 || byNode ? parseOverrides : parseNamedInputs;
	return read(value, source);
}

/**
 * Reads named inputs from an object or JSON text, as overrides of the node ''.
 * @throws RunComfyError `invalid_input`
 */
export function parseNamedInputs(given: unknown, source: JsonSource): Overrides {
	const inputs = parseObject(given, source, 'For example, write {"prompt": "a lighthouse"}.');
	return { '': { inputs: inputs ?? {} } };
}

function parseObject(
	given: unknown,
	source: JsonSource,
	hint: string,
): Record<string, unknown> | undefined {
	const value = parseUserJson(given, source);
	if (value === undefined || value === null) return undefined;
	const isBytes = value instanceof Uint8Array;
	const kind = Array.isArray(value) ? 'a list' : isBytes ? 'bytes' : `a ${typeof value}`;
	if (isObject(value) && !isBytes) return value;
	throw invalidInput(`${source.name} must be a JSON object, not ${kind}`, hint);
}
