/** An input of a node. The named inputs of a hosted model or a LoRA deployment belong to the node ''. */
export interface InputRef {
	nodeId: string;
	input: string;
}

export type Choice = string | number | boolean;

/**
 * The type and limits of an input. Saved flows store specs in their rows, so every field but `kind` may be absent.
 */
export interface InputSpec {
	/**
	 * `media`: a file, given as a URL, a data URI or the name of a file on the machine. `json`: a list or an
	 * object. `other`: any other type, most often one that only links carry.
	 */
	kind: 'string' | 'integer' | 'float' | 'boolean' | 'choice' | 'media' | 'json' | 'other';
	/** Further kinds that an input of several types takes. */
	also?: InputSpec['kind'][];
	/** All choices; for media, the files on the machine. Empty if not known. */
	choices?: Choice[];
	/** The machine has more choices than the list, so a value that is not in the list may still be valid. */
	moreChoices?: true;
	/** The input takes a list: of choices, of files if it is of the kind `media`, or, for a model, of any `entry`. */
	many?: true;
	/** For the list of a model: the spec of each entry. */
	entry?: InputSpec;
	minItems?: number;
	maxItems?: number;
	maxFileBytes?: number;
	/** Lists are sent as `{"__value__": [...]}`, because ComfyUI reads a bare list of two as a link. */
	wrap?: true;
	min?: number;
	/**
	 * Inclusive, unless it is not a safe integer: such a limit was rounded up, for example from 2^64 - 1, and is
	 * exclusive.
	 */
	max?: number;
	step?: number;
	default?: unknown;
	/** The kind of file that the input takes (in ComfyUI, the kind that its upload button accepts). */
	upload?: 'image' | 'video' | 'audio' | 'file';
	/** Set if a hosted model's schema says that the input takes a URL or a file, and not a file name. */
	address?: true;
	multiline?: true;
	placeholder?: string;
	/** Label shown instead of the input's name. */
	displayName?: string;
	tooltip?: string;
	/** ComfyUI's editor shows the input only on request. */
	advanced?: true;
	/** ComfyUI's editor never shows the input. */
	hidden?: true;
	/** The input takes only links to other nodes, never a value. */
	linkOnly?: true;
	/** ComfyUI's editor only draws something for this input, which has neither a value nor a link. */
	noValue?: true;
}

/** Whether a value can be an entry in a list of choices. */
export function isChoice(value: unknown): value is Choice {
	return ['string', 'number', 'boolean'].includes(typeof value);
}

/** The list in `{"__value__": [...]}`, or the value itself. */
export function unwrap(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	return Object.hasOwn(value, '__value__') ? (value as { __value__: unknown }).__value__ : value;
}

/** A link to the output of another node, such as `["11", 0]`. ComfyUI, too, recognizes links by this form alone. */
export type Link = [nodeId: string, output: number];

export function isLink(value: unknown): value is Link {
	return (
		Array.isArray(value) &&
		value.length === 2 &&
		typeof value[0] === 'string' &&
		typeof value[1] === 'number'
	);
}

/** Names of inputs that take an image, video or audio file. */
export const MEDIA_INPUTS = ['image', 'video', 'audio', 'file', 'mask', 'audio_file'];

/** Whether the input is a seed, such as `seed`, `noise_seed` and `model.seed`. */
export function isSeed(input: string): boolean {
	return /(^|[ _.])seed$/i.test(input);
}

/** The value of a seed that asks for a new random number on each run. */
export const RANDOM = 'random';

export function isRandomSeed(input: string, value: unknown): boolean {
	return isSeed(input) && typeof value === 'string' && value.trim().toLowerCase() === RANDOM;
}
