import { asObject, isObject, numberOf } from '../json/read';

export type Choice = string | number | boolean;

/** What an input takes. */
export interface InputSpec {
	/**
	 * `media`: a file, given as web address, data URI or the name of a file on the machine; `json`: a
	 * list or an object; `other`: a type of its own, most often the output of another node.
	 */
	kind: 'string' | 'integer' | 'float' | 'boolean' | 'choice' | 'media' | 'json' | 'other';
	/** Of a choice all of them, of media the files on the machine; empty when they are not known. */
	choices?: Choice[];
	min?: number;
	/** One that is not a safe integer has been rounded up from 2^64 - 1 or the like: exclusive. */
	max?: number;
}

/** Class type → input name → spec. */
export type ObjectInfo = Record<string, Record<string, InputSpec>>;

/** One class's inputs in ComfyUI's `/object_info`, or undefined where it does not know the class. */
export function readClass(raw: unknown, classType: string): Record<string, InputSpec> | undefined {
	if (!isObject(raw) || !Object.hasOwn(raw, classType)) return undefined;
	const { required, optional } = asObject(asObject(raw[classType])['input']);
	return Object.fromEntries(
		Object.entries({ ...asObject(required), ...asObject(optional) }).map(([name, definition]) => [
			name,
			ofLoader(classType, name, readSpec(definition)),
		]),
	);
}

/** Names of inputs that take a picture, video or sound. */
export const MEDIA_INPUTS = ['image', 'video', 'audio', 'file', 'mask'];

/** Whether the input names the picture, video or sound that a node of this class loads. */
export function loadsMedia(classType: string, input: string): boolean {
	return /^(VHS_)?Load(Image|Video|Audio)/.test(classType) && MEDIA_INPUTS.includes(input);
}

// VHS_LoadVideo does not mark its list of files as one that can be added to.
function ofLoader(classType: string, input: string, spec: InputSpec): InputSpec {
	return spec.kind === 'choice' && loadsMedia(classType, input) ? { ...spec, kind: 'media' } : spec;
}

const KINDS = new Map<unknown, InputSpec['kind']>([
	['INT', 'integer'],
	['FLOAT', 'float'],
	['STRING', 'string'],
	['BOOLEAN', 'boolean'],
	['COMBO', 'choice'],
]);

const UPLOADS = [
	'image_upload',
	'video_upload',
	'audio_upload',
	'file_upload',
	'animated_image_upload',
];

// [type, options]; the type of a choice is the list of choices itself, or COMBO with them as an option.
function readSpec(definition: unknown): InputSpec {
	if (!Array.isArray(definition)) return { kind: 'other' };
	const [type, rest] = definition as [unknown, unknown];
	const options = asObject(rest);
	if (Array.isArray(type)) return readChoice(type, options);
	const kind = KINDS.get(type) ?? 'other';
	if (kind === 'choice') return readChoice(options['options'], options);
	const [min, max] = [numberOf(options['min']), numberOf(options['max'])];
	return {
		kind,
		...(min === undefined ? {} : { min }),
		...(max === undefined ? {} : { max }),
	};
}

function readChoice(list: unknown, options: Record<string, unknown>): InputSpec {
	if (options['multiselect'] === true || options['multi_select'] === true) return { kind: 'other' };
	const choices = readChoices(list);
	return { kind: UPLOADS.some((name) => options[name] === true) ? 'media' : 'choice', choices };
}

// VHS_VideoCombine writes some of its formats as [name, further inputs]. Where an entry cannot be
// read, nothing is known for certain: no list is better than one that refuses what works.
function readChoices(list: unknown): Choice[] {
	if (!Array.isArray(list)) return [];
	const choices = list.map((entry: unknown) =>
		Array.isArray(entry) ? (entry[0] as unknown) : entry,
	);
	return choices.every(isChoice) ? choices : [];
}

function isChoice(value: unknown): value is Choice {
	return ['string', 'number', 'boolean'].includes(typeof value);
}
