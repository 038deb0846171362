import { asNumber, asText, compact } from '../json/objects';

export type Choice = string | number | boolean;

/** What an input takes. Saved flows hold these in rows: every field but `kind` may be absent. */
export interface InputSpec {
	/**
	 * `media`: a file, given as web address, data URI or the name of a file on the machine; `json`: a
	 * list or an object; `other`: a type of its own, most often the output of another node.
	 */
	kind: 'string' | 'integer' | 'float' | 'boolean' | 'choice' | 'media' | 'json' | 'other';
	/** Kinds that an input of several types takes besides `kind`. */
	also?: InputSpec['kind'][];
	/** All choices or, for media, the files on the machine; empty if they are not known. */
	choices?: Choice[];
	/** The machine knows more choices than these: nothing may be refused by the list. */
	moreChoices?: true;
	/** Takes any number of the choices, as a list; for media any number of files. */
	many?: true;
	minItems?: number;
	maxItems?: number;
	maxFileBytes?: number;
	/** A list is sent as `{"__value__": [...]}`: ComfyUI reads a bare one of two as a link. */
	wrap?: true;
	min?: number;
	/** A limit that is not a safe integer was rounded up from 2^64 - 1 or the like, so it is exclusive. */
	max?: number;
	step?: number;
	default?: unknown;
	/** What the editor's upload button takes, if the input is a file. */
	upload?: 'image' | 'video' | 'audio' | 'file';
	/** Whether it takes an address or a file, and never a name: of a hosted model whose schema says so. */
	address?: true;
	multiline?: true;
	placeholder?: string;
	/** What people see in place of the input's name. */
	displayName?: string;
	tooltip?: string;
	/** ComfyUI's editor hides it until asked. */
	advanced?: true;
	/** ComfyUI's editor never shows it. */
	hidden?: true;
	/** Only another node can feed it; a value of its own is never right. */
	linkOnly?: true;
	/** The editor draws something there: it has neither a value nor a link. */
	noValue?: true;
}

type Options = Record<string, unknown>;
type Kind = InputSpec['kind'];

/** The types whose value ComfyUI's editor takes in a widget of its own. */
const KINDS = new Map<string, Kind>([
	['INT', 'integer'],
	['FLOAT', 'float'],
	['STRING', 'string'],
	['BOOLEAN', 'boolean'],
	['COMBO', 'choice'],
	['COMFY_DYNAMICCOMBO_V3', 'choice'],
	...(['COLOR', 'WEBCAM', 'AUDIO_RECORD'] as const).map((type) => [type, 'string'] as const),
	...(
		[
			...['COLORS', 'CURVE', 'RANGE', 'BOUNDING_BOX', 'BOUNDING_BOXES', 'VIDEO_EDIT'],
			...['COMPOSITOR', 'CAMERA_INFO_STATE', 'LOAD_3D', 'LOAD_3D_ANIMATION'],
		] as const
	).map((type) => [type, 'json'] as const),
]);

const NO_VALUE = ['IMAGECOMPARE', 'RESOLUTION_PREVIEW'];

/** Types that only links have, in every ComfyUI. Others may be widgets of a custom node. */
const LINKS = [
	...['IMAGE', 'MASK', 'LATENT', 'MODEL', 'CLIP', 'VAE', 'CONDITIONING', 'CONTROL_NET', 'AUDIO'],
	...['VIDEO', 'CLIP_VISION', 'CLIP_VISION_OUTPUT', 'STYLE_MODEL', 'UPSCALE_MODEL', 'SAMPLER'],
	...['SIGMAS', 'GUIDER', 'NOISE', 'MESH', 'VOXEL', 'LORA_MODEL', 'SVG', 'FILE_3D'],
	...['COMFY_AUTOGROW_V3', 'COMFY_DYNAMICSLOT_V3'],
];

const UPLOADS = [
	['image_upload', 'image'],
	['animated_image_upload', 'image'],
	['video_upload', 'video'],
	['audio_upload', 'audio'],
	['file_upload', 'file'],
] as const;

/** ComfyUI's types of an input: both for `"INT,FLOAT"`, the allowed ones for a V3 template. */
export function typesOf(type: unknown, options: Options): string[] {
	if (Array.isArray(type)) return ['COMBO'];
	if (typeof type !== 'string') return ['*'];
	if (type === 'COMFY_DYNAMICCOMBO_V3') return ['COMBO'];
	if (type === 'COMFY_DYNAMICSLOT_V3') return split(asText(options['slotType']) ?? '*');
	// What fits depends on the other links, which ComfyUI leaves to its editor.
	return type === 'COMFY_MATCHTYPE_V3' ? ['*'] : split(type);
}

function split(types: string): string[] {
	return types.split(',').map((one) => one.trim());
}

/** An input of a class. The names of both show whether it is a file if the definition does not. */
export interface ClassInput {
	classType: string;
	input: string;
	/** Whether the class is ComfyUI's own, whose widgets are all known. */
	core?: boolean;
}

export function readSpec(type: unknown, options: Options, of: ClassInput): InputSpec {
	const types = Array.isArray(type) ? ['COMBO'] : typeof type === 'string' ? split(type) : [];
	const widget = asText(options['widgetType']);
	const known = [...(widget === undefined ? [] : [widget]), ...types].flatMap(
		(one) => KINDS.get(one) ?? [],
	);
	const [kind = 'other', ...also] = [...new Set(known)];
	const ownCheck = OWN_CHECK.test(of.classType);
	const spec: InputSpec = {
		kind,
		...(also.length > 0 ? { also } : {}),
		...compact({
			min: ownCheck ? undefined : asNumber(options['min']),
			max: ownCheck ? undefined : asNumber(options['max']),
			step: ownCheck ? undefined : asNumber(options['step']),
			tooltip: asText(options['tooltip']),
			displayName: asText(options['display_name']),
			placeholder: asText(options['placeholder']),
		}),
		...(options['advanced'] === true ? { advanced: true } : {}),
		...(options['multiline'] === true ? { multiline: true } : {}),
		...(options['hidden'] === true ? { hidden: true } : {}),
		...(types.some((one) => NO_VALUE.includes(one)) ? { noValue: true } : {}),
		...(isLinkOnly(types, widget, of) ? { linkOnly: true } : {}),
		...('default' in options ? { default: unwrap(options['default']) } : {}),
		...(kind === 'json' ? { wrap: true } : {}),
	};
	if (kind === 'choice') return readChoice(Array.isArray(type) ? type : options, options, spec, of);
	// A custom widget, such as Painter's, uploads its file itself.
	const plain = widget === undefined || KINDS.has(widget);
	return kind === 'string' && plain && takesFile(options, of)
		? { ...spec, ...fileOf(options) }
		: spec;
}

/** ComfyUI's own classes that check their values themselves, which no object_info tells. */
const OWN_CHECK =
	/^(Load3D(Advanced|Animation)?|Select(Model|CLIP|VAE)Device|ModelAttentionBackend)$/;

function isLinkOnly(
	types: readonly string[],
	widget: string | undefined,
	{ core }: ClassInput,
): boolean {
	if (widget !== undefined || types.length === 0) return false;
	return types.every((one) => LINKS.includes(one) || (core && !mayHold(one)));
}

/** Whether an input of this type of ComfyUI's own may have a value. */
function mayHold(type: string): boolean {
	return (
		type === '*' || type === 'COMFY_MATCHTYPE_V3' || KINDS.has(type) || NO_VALUE.includes(type)
	);
}

// A COMBO has its list among the options; a dynamic combo's list holds [{key, inputs}].
function readChoice(
	given: unknown[] | Options,
	options: Options,
	spec: InputSpec,
	of: ClassInput,
): InputSpec {
	const list = Array.isArray(given) ? given : options['options'];
	const remote = options['remote'] !== undefined || options['remote_combo'] !== undefined;
	const more = remote || OWN_CHECK.test(of.classType);
	const choice: InputSpec = {
		...spec,
		choices: readChoices(list),
		...(more ? { moreChoices: true } : {}),
	};
	// Beside `multiselect: true`, `multi_select` is an object: how the widget looks.
	if (options['multiselect'] === true || options['multi_select'] === true) {
		return { ...choice, kind: 'json', many: true, wrap: true };
	}
	return takesFile(options, of) ? { ...choice, ...fileOf(options) } : choice;
}

function takesFile(options: Options, { classType, input }: ClassInput): boolean {
	// VHS marks texts that are paths with what these may end in, and its lists with nothing.
	const paths = options['vhs_path_extensions'] !== undefined;
	return uploadOf(options) !== undefined || paths || loadsMedia(classType, input);
}

function fileOf(options: Options): Pick<InputSpec, 'kind' | 'upload'> {
	const upload = uploadOf(options);
	return { kind: 'media', ...(upload === undefined ? {} : { upload }) };
}

function uploadOf(options: Options): InputSpec['upload'] {
	return UPLOADS.find(([name]) => options[name] === true)?.[1];
}

// VHS_VideoCombine writes some of its formats as [name, further inputs]. If an entry cannot be
// read, nothing is known for certain: a list that refuses what works is worse than having none.
function readChoices(list: unknown): Choice[] {
	if (!Array.isArray(list)) return [];
	const choices = list.map((entry: unknown) =>
		Array.isArray(entry)
			? (entry[0] as unknown)
			: typeof entry === 'object' && entry !== null && 'key' in entry
				? entry.key
				: entry,
	);
	return choices.every(isChoice) ? choices : [];
}

/** Whether the value can stand in a list of choices. */
export function isChoice(value: unknown): value is Choice {
	return ['string', 'number', 'boolean'].includes(typeof value);
}

/** The list in `{"__value__": [...]}`, or the value itself. */
export function unwrap(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	return Object.hasOwn(value, '__value__') ? (value as { __value__: unknown }).__value__ : value;
}

/** Names of inputs that take a picture, video or sound. */
export const MEDIA_INPUTS = ['image', 'video', 'audio', 'file', 'mask', 'audio_file'];

/** Such as LoadImage, VHS_LoadVideoPath, ETN_LoadImageBase64 and MultibandLoad. */
const LOADERS = /Load(Image|Video|Audio|Mask|Media)|(Image|Video|Audio|Mask|Media|Multiband)Load/i;

/** ComfyUI Deploy's inputs, whose value always has the same name. */
const EXTERNAL = /External(Image|Video|Audio)/;

/** Whether the input names the picture, video or sound that a node of this class loads. */
export function loadsMedia(classType: string, input: string): boolean {
	if (EXTERNAL.test(classType)) return input.startsWith('default_value');
	return LOADERS.test(classType) && MEDIA_INPUTS.includes(input);
}

/** Whether the input is a seed, such as `seed`, `noise_seed` and `model.seed`. */
export function isSeed(input: string): boolean {
	return /(^|[ _.])seed$/i.test(input);
}

/** As the value of a seed: each run draws a new one. */
export const RANDOM = 'random';

export function isRandomSeed(input: string, value: unknown): boolean {
	return isSeed(input) && typeof value === 'string' && value.trim().toLowerCase() === RANDOM;
}
