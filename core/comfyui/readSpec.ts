import { type Choice, type InputSpec, isChoice, MEDIA_INPUTS, unwrap } from '../form/inputSpec';
import { asNumber, asString, compact } from '../json/objects';

type Options = Record<string, unknown>;
type Kind = InputSpec['kind'];

/** The types that have a widget in ComfyUI's editor. */
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

/** Types that only links carry, in every version of ComfyUI. Other types may be widgets of a custom node. */
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

/**
 * The ComfyUI types that an input accepts: both types of `"INT,FLOAT"`, for example, or the types of a V3 dynamic
 * slot.
 */
export function typesOf(type: unknown, options: Options): string[] {
	if (Array.isArray(type)) return ['COMBO'];
	if (typeof type !== 'string') return ['*'];
	if (type === 'COMFY_DYNAMICCOMBO_V3') return ['COMBO'];
	if (type === 'COMFY_DYNAMICSLOT_V3') return split(asString(options['slotType']) ?? '*');
	// Which types fit depends on the node's other links; ComfyUI leaves that check to its editor.
	return type === 'COMFY_MATCHTYPE_V3' ? ['*'] : split(type);
}

function split(types: string): string[] {
	return types.split(',').map((one) => one.trim());
}

/** An input of a class. Both names help to recognize a file input that its definition does not mark as one. */
export interface ClassInput {
	classType: string;
	input: string;
	/** Whether the class is built into ComfyUI, so that all of its widgets are known. */
	core?: boolean;
}

export function readSpec(type: unknown, options: Options, of: ClassInput): InputSpec {
	const types = Array.isArray(type) ? ['COMBO'] : typeof type === 'string' ? split(type) : [];
	const widget = asString(options['widgetType']);
	const kinds = [...(widget === undefined ? [] : [widget]), ...types].flatMap(
		(one) => KINDS.get(one) ?? [],
	);
	const [kind = 'other', ...also] = [...new Set(kinds)];
	const ownCheck = OWN_CHECK.test(of.classType);
	const spec: InputSpec = {
		kind,
		...(also.length > 0 ? { also } : {}),
		...compact({
			min: ownCheck ? undefined : asNumber(options['min']),
			max: ownCheck ? undefined : asNumber(options['max']),
			step: ownCheck ? undefined : asNumber(options['step']),
			tooltip: asString(options['tooltip']),
			displayName: asString(options['display_name']),
			placeholder: asString(options['placeholder']),
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

/** Built-in classes that check values themselves, so the limits in object_info do not apply. */
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

/** Whether an input of this type in a built-in class may have something other than a link. */
function mayHold(type: string): boolean {
	return (
		type === '*' || type === 'COMFY_MATCHTYPE_V3' || KINDS.has(type) || NO_VALUE.includes(type)
	);
}

// A COMBO has its list of choices in the options. In a dynamic combo, the list holds {key, inputs}.
function readChoice(
	type: unknown[] | Options,
	options: Options,
	spec: InputSpec,
	of: ClassInput,
): InputSpec {
	const list = Array.isArray(type) ? type : options['options'];
	const remote = options['remote'] !== undefined || options['remote_combo'] !== undefined;
	const more = remote || OWN_CHECK.test(of.classType);
	const choice: InputSpec = {
		...spec,
		choices: readChoices(list),
		...(more ? { moreChoices: true } : {}),
	};
	// `multi_select` may also be an object that describes the widget, beside `multiselect: true`.
	if (options['multiselect'] === true || options['multi_select'] === true) {
		return { ...choice, kind: 'json', many: true, wrap: true };
	}
	return takesFile(options, of) ? { ...choice, ...fileOf(options) } : choice;
}

function takesFile(options: Options, { classType, input }: ClassInput): boolean {
	// VHS (VideoHelperSuite) marks path inputs with the allowed file extensions, but does not mark its lists of
	// files.
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

// VHS_VideoCombine lists some formats as [name, further inputs]. If an entry cannot be read, the whole list is
// dropped: no list is better than one that refuses valid values.
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

/** Classes that load a file, such as LoadImage, VHS_LoadVideoPath, ETN_LoadImageBase64 and MultibandLoad. */
const LOADERS = /Load(Image|Video|Audio|Mask|Media)|(Image|Video|Audio|Mask|Media|Multiband)Load/i;

/** ComfyUI Deploy's input nodes, which hold their value in an input whose name starts with `default_value`. */
const EXTERNAL = /External(Image|Video|Audio)/;

/** Whether the input is the image, video or audio file that a node of this class loads. */
export function loadsMedia(classType: string, input: string): boolean {
	if (EXTERNAL.test(classType)) return input.startsWith('default_value');
	return LOADERS.test(classType) && MEDIA_INPUTS.includes(input);
}
