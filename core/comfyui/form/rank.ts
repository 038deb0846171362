import { type InputSpec, isSeed, MEDIA_INPUTS } from '../../form/inputSpec';
import type { PromptRole } from '../../form/texts';
import { encodesText, lastPart, roleOfTitle, textPlace } from '../../form/texts';
import type { Constant } from './constants';

export interface Ranked {
	classType: string;
	input: string;
	title: string;
	role?: PromptRole;
	spec: InputSpec;
	saved: unknown;
	/** Set if the input is a value that the workflow's author made for users to set. */
	constant?: Constant;
}

const SIZES = [
	...['size_preset', 'aspect_ratio', 'resolution', 'megapixels', 'width', 'height'],
	...['upscale_by', 'scale_by'],
];

const LENGTHS = [
	...['length', 'num_frames', 'video_length', 'video_frames', 'frame_count', 'frames'],
	...['seconds', 'duration'],
];

const OFTEN = [
	...['guidance', 'batch_size', 'frame_rate', 'fps', 'denoise', 'sampler_name', 'scheduler'],
	...['ckpt_name', 'unet_name', 'lora_name', 'strength_model'],
];

/** The groups of a form, in order. Inputs of the group `often` keep the order of `OFTEN`. */
const GROUPS = {
	marked: 0,
	constant: 1,
	positive: 2,
	prompt: 3,
	negative: 4,
	media: 5,
	seed: 6,
	size: 7,
	length: 8,
	text: 9,
	authored: 10,
	steps: 11,
	cfg: 12,
	often: 20,
	rest: 40,
	advanced: 60,
};

/** Inputs with a lower rank are prompts, including constants that hold text. */
export const PROMPTS_BELOW = GROUPS.media;
/** Inputs with a lower rank are shown right away. */
export const SHOWN_BELOW = GROUPS.often;
export const REST = GROUPS.rest;

/** Names of inputs that take a name or a path: a text that feeds such an input is not a prompt. */
const NAMES = /(file|path|name|prefix|suffix|url|format|model|lora|ckpt|dir|delimiter|separator)/i;

export function rankOf(field: Ranked): number {
	const { constant, input, spec } = field;
	if (constant) return rankOfConstant(field, constant);
	const text = textPlace(field.classType, input, spec, field.saved);
	if (text === 'prompt') return rankOfPrompt(field);
	if (spec.kind === 'media' || (MEDIA_INPUTS.includes(input) && typeof field.saved === 'string')) {
		return GROUPS.media;
	}
	if (isSeed(input) && isNumber(field.saved)) return GROUPS.seed;
	if (spec.advanced) return GROUPS.advanced;
	const measure = measureOf(input);
	// CLIPTextEncodeSDXL's sizes are conditioning, not the size of the picture.
	if (measure === 'size' && encodesText(field.classType)) return GROUPS.rest;
	if (measure) return GROUPS[measure];
	if (text === 'text') return GROUPS.text;
	if (input === 'steps' || input === 'cfg') return GROUPS[input];
	const often = OFTEN.indexOf(input);
	return often === -1 ? GROUPS.rest : GROUPS.often + often;
}

function measureOf(input: string): 'size' | 'length' | undefined {
	const name = lastPart(input);
	if (SIZES.includes(name)) return 'size';
	return LENGTHS.includes(name) ? 'length' : undefined;
}

/** Sorts the inputs of a node within a group, so that the width comes before the height. */
export function placeInNode(input: string): number {
	const name = lastPart(input);
	return Math.max(SIZES.indexOf(name), LENGTHS.indexOf(name));
}

function rankOfPrompt({ role, title }: Ranked): number {
	const promptRole = role ?? roleOfTitle(title);
	if (promptRole === 'negative') return GROUPS.negative;
	return promptRole === 'positive' || /prompt/i.test(title) ? GROUPS.positive : GROUPS.prompt;
}

function rankOfConstant(
	{ classType, role, spec, saved }: Ranked,
	{ tag, feeds }: Constant,
): number {
	const name = tag ?? '';
	const target = feeds?.input ?? '';
	if (spec.kind === 'media' || MEDIA_INPUTS.includes(name)) return GROUPS.media;
	if (isNumber(saved) && (isSeed(name) || isSeed(target) || /seed/i.test(classType))) {
		return GROUPS.seed;
	}
	if (typeof saved !== 'string' || spec.kind === 'choice') {
		return GROUPS[measureOf(name) ?? measureOf(target) ?? 'authored'];
	}
	if (role === 'negative' || /^neg/.test(name)) return GROUPS.negative;
	if (/prompt|positive|text/.test(name)) return GROUPS.marked;
	if (role === undefined && NAMES.test(target)) return GROUPS.authored;
	return GROUPS.constant;
}

function isNumber(value: unknown): boolean {
	return typeof value === 'number' || typeof value === 'bigint';
}
