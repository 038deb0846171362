import { asObject, isObject, numberOf, textOf } from '../answers';

/** What ComfyUI says of one input of a class type (its `/object_info`). */
export interface InputSpec {
	kind: 'string' | 'integer' | 'float' | 'boolean' | 'choice' | 'media';
	choices?: Array<string | number | boolean>;
	min?: number;
	max?: number;
	step?: number;
	/** Several lines of text, such as a prompt. */
	multiline?: boolean;
	tooltip?: string;
}

/** Class type → input name → spec. Inputs that only take a link are left out. */
export type ObjectInfo = Record<string, Record<string, InputSpec>>;

/** The part of an `object_info` that a workflow needs; whatever cannot be read is left out. */
export function readObjectInfo(raw: unknown, classTypes: Iterable<string>): ObjectInfo {
	const info: ObjectInfo = {};
	for (const classType of new Set(classTypes)) {
		const entry = asObject(raw)[classType];
		if (!isObject(entry)) continue;
		const { required, optional } = asObject(entry['input']);
		const specs = Object.entries({ ...asObject(required), ...asObject(optional) }).flatMap(
			([name, definition]) => {
				const spec = readSpec(definition);
				return spec ? [[name, spec] as const] : [];
			},
		);
		info[classType] = Object.fromEntries(specs);
	}
	return info;
}

const KINDS: Record<string, InputSpec['kind']> = {
	INT: 'integer',
	FLOAT: 'float',
	STRING: 'string',
	BOOLEAN: 'boolean',
	COMBO: 'choice',
};

const UPLOADS = [
	'image_upload',
	'video_upload',
	'audio_upload',
	'file_upload',
	'animated_image_upload',
];

// [type, options]; the type of a choice is the list of choices itself, or COMBO with them as an option.
function readSpec(definition: unknown): InputSpec | undefined {
	if (!Array.isArray(definition)) return undefined;
	const [type, rest] = definition as [unknown, unknown];
	const options = asObject(rest);
	const kind = Array.isArray(type) ? 'choice' : KINDS[String(type)];
	if (!kind) return undefined;
	if (kind === 'choice')
		return readChoice(Array.isArray(type) ? type : options['options'], options);
	const [min, max] = [numberOf(options['min']), numberOf(options['max'])];
	const step = numberOf(options['step']);
	const tooltip = textOf(options['tooltip']);
	return {
		kind,
		...(min === undefined ? {} : { min }),
		...(max === undefined ? {} : { max }),
		...(step === undefined ? {} : { step }),
		...(options['multiline'] === true ? { multiline: true } : {}),
		...(tooltip ? { tooltip } : {}),
	};
}

function readChoice(list: unknown, options: Record<string, unknown>): InputSpec {
	// The choices of an upload are files on one machine; a URL or data URI is what is sent instead.
	if (UPLOADS.some((name) => options[name] === true)) return { kind: 'media' };
	const tooltip = textOf(options['tooltip']);
	const choices = (Array.isArray(list) ? list : []).filter(isChoice);
	return { kind: 'choice', choices, ...(tooltip ? { tooltip } : {}) };
}

function isChoice(value: unknown): value is string | number | boolean {
	return ['string', 'number', 'boolean'].includes(typeof value);
}
