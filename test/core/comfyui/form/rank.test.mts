// The rank of an input in a form: by its name, saved value, node title and class, and the author's hints.
import { describe, expect, it } from '@jest/globals';
import type { Constant } from '../../../../core/comfyui/form/constants';
import { type Ranked, rankOf } from '../../../../core/comfyui/form/rank';
import { namesPrompt, roleOfName, roleOfTitle, textPlace } from '../../../../core/form/texts';
import type { InputSpec } from '../../../../core/index';

const string: InputSpec = { kind: 'string' };
const field = (input: string, saved: unknown, more: Partial<Ranked> = {}): Ranked => ({
	classType: 'Node',
	title: 'Node',
	input,
	saved,
	spec: string,
	...more,
});
const constant = (saved: unknown, of: Partial<Constant> = {}, more: Partial<Ranked> = {}) =>
	field('value', saved, { constant: { input: 'value', ...of }, ...more });
const feeds = (input: string): Partial<Constant> => ({ feeds: { nodeId: '3', input } });

/** One input of each rank, in the order of a form. */
const ORDER: Record<string, Ranked> = {
	marked: constant('a cat', { tag: 'prompt' }),
	constant: constant('a cat'),
	positive: field('text', 'a cat', { role: 'positive' }),
	prompt: field('text', 'a cat'),
	negative: field('text', 'a cat', { role: 'negative' }),
	media: field('x', 'a.png', { spec: { kind: 'media' } }),
	seed: field('noise_seed', 5),
	size: field('width', 5),
	length: field('length', 5),
	text: field('x', 'a cat', { spec: { ...string, multiline: true } }),
	authored: constant(5),
	steps: field('steps', 5),
	cfg: field('cfg', 5),
	guidance: field('guidance', 5),
	batch_size: field('batch_size', 5),
	frame_rate: field('frame_rate', 5),
	fps: field('fps', 5),
	denoise: field('denoise', 5),
	sampler_name: field('sampler_name', 'euler'),
	scheduler: field('scheduler', 'karras'),
	ckpt_name: field('ckpt_name', 'a'),
	unet_name: field('unet_name', 'a'),
	lora_name: field('lora_name', 'a'),
	strength_model: field('strength_model', 1),
	rest: field('anything', 1),
	advanced: field('anything', 1, { spec: { kind: 'integer', advanced: true } }),
};
const place = (name: keyof typeof ORDER) => rankOf(ORDER[name] as Ranked);

describe('the place of an input in a form', () => {
	it('goes by what it is', () => {
		const ranks = Object.values(ORDER).map(rankOf);
		expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
	});

	it.each<[keyof typeof ORDER, Ranked]>([
		['positive', field('text', 'a cat', { title: 'Positive' })],
		['media', field('image', 'a.png')],
		['rest', field('image', 5)],
		['rest', field('seed', '7')],
		['seed', field('seed', 7n, { spec: { kind: 'integer', advanced: true } })],
		...['size_preset', 'aspect_ratio', 'resolution', 'megapixels', 'height', 'model.width'].map(
			(input): [string, Ranked] => ['size', field(input, 5)],
		),
		...['num_frames', 'video_length', 'video_frames', 'frame_count', 'frames', 'seconds'].map(
			(input): [string, Ranked] => ['length', field(input, 5)],
		),
		['length', field('duration', 5)],
		['rest', field('widths', 5)],
		['advanced', field('width', 5, { spec: { kind: 'integer', advanced: true } })],
		['media', constant('a.png', {}, { spec: { kind: 'media' } })],
		['media', constant('a.png', { tag: 'image' })],
		['seed', constant(5, { tag: 'seed' })],
		['seed', constant(5, {}, { classType: 'Seed (rgthree)' })],
		['authored', constant(true, feeds('noise_seed'))],
		['size', constant(5, feeds('height'))],
		['length', constant(5, { tag: 'duration' })],
		['authored', constant('a', {}, { spec: { kind: 'choice' } })],
		['negative', constant('a', {}, { role: 'negative' })],
		['marked', constant('a', { tag: 'not negative prompt' })],
		['marked', constant('a', { tag: 'positive' })],
		['marked', constant('a', { tag: 'text' })],
		['constant', constant('a', feeds('words'))],
		['constant', constant('a', feeds('filename_prefix'), { role: 'positive' })],
		...['file', 'path', 'name', 'prefix', 'suffix', 'url', 'format', 'model', 'lora', 'ckpt'].map(
			(input): [string, Ranked] => ['authored', constant('a', feeds(`my_${input}_1`))],
		),
		...['dir', 'delimiter', 'separator'].map((input): [string, Ranked] => [
			'authored',
			constant('a', feeds(`my_${input}_1`)),
		]),
	])('is that of %s: %#', (name, one) => expect(rankOf(one)).toBe(place(name)));
});

describe('the name of an input', () => {
	it.each([
		...['text', 'prompt', 'prompts', 'positive', 'negative', 'tags', 'lyrics', 'caption'],
		...['captions', 'instruction', 'instructions', 'Positive_Prompt', 'text_12', 'textb'],
		...['clip_l', 't5xxl', 'mt5', 'llama', 'bert', 'model.prompt'],
	])('%s says that it is a text with a role', (name) => expect(namesPrompt(name)).toBe(true));

	it.each([
		...['prompt_option', 'context', 'xprompt', 'text_ab', 'clip', 'clip_ll', 'clip_1', 'xclip_l'],
		...['llamas', 'xt5', 't5 x', 'tag', 'prompt.width', 'textb_'],
	])('%s does not say so', (name) => expect(namesPrompt(name)).toBe(false));

	it.each([
		['negative', 'negative'],
		['n_prompt', 'negative'],
		['text_neg', 'negative'],
		['positive_negative', 'negative'],
		['pos', 'positive'],
		['negate', undefined],
		['in_prompt', undefined],
		['apositive', undefined],
		['negative.text', undefined],
	])('%s says of its role: %s', (name, role) => expect(roleOfName(name)).toBe(role));
});

it.each([
	['Negative prompt', 'negative'],
	['My (neg) text', 'negative'],
	['CLIP Text Encode (Positive Prompt)', 'positive'],
	['Negation', undefined],
	['Sinneg', undefined],
])('the title of a node: %s says of its role: %s', (title, role) =>
	expect(roleOfTitle(title)).toBe(role),
);

describe('a text that people write', () => {
	const long: InputSpec = { kind: 'string', multiline: true };
	const placeOf = (input: string, saved: unknown, spec = string, classType = 'Node') =>
		textPlace(classType, input, spec, saved);

	it('is a text', () => {
		expect(placeOf('prompt', 'a cat')).toBe('prompt');
		expect(placeOf('prompt', 7)).toBeUndefined();
		expect(placeOf('prompt', 'a cat', { kind: 'choice' })).toBeUndefined();
	});

	it.each([
		...['system_prompt', 'local_prompt', 'a_prompt', 'template_text', 'pre_text', 'post_prompt'],
		...['prefix_text', 'suffix_prompt', 'append_prompts', 'prepend_text', 'style_of_prompt'],
		...['text_input', 'prompt_context', 'model.style_prompt'],
	])('is beside the prompt as %s', (name) => expect(placeOf(name, 'a cat')).toBe('text'));

	it.each([
		['my_style_prompt', 'prompt'],
		['style_prompt_x', 'prompt'],
		['my_text_input', undefined],
		['prompt_input_x', undefined],
	])('is not beside it as %s', (name, is) => expect(placeOf(name, 'a cat')).toBe(is));

	it.each([
		...['yes', 'No', 'true', 'FALSE', 'on', 'off', 'enable', 'enabled', 'disable', 'disabled'],
		...['none', 'auto', 'default'],
	])('is not what one chooses: %s', (saved) => {
		expect(placeOf('tidy_tags', saved)).toBeUndefined();
		expect(placeOf('clip_l', saved)).toBe('prompt');
		expect(placeOf('tidy_tags', `${saved} cat`)).toBe('prompt');
		expect(placeOf('tidy_tags', `cat ${saved}`)).toBe('prompt');
	});

	it('is what goes to an encoder, or what ComfyUI knows to be long', () => {
		expect(placeOf('words', 'a cat', string, 'my_text_encoder')).toBe('prompt');
		expect(placeOf('words', ' cat ', string, 'CLIPTextEncode')).toBeUndefined();
		expect(placeOf('words', 'cat', long, 'CLIPTextEncode')).toBe('prompt');
		expect(placeOf('words', 'a cat', string, 'TextAndEncode')).toBeUndefined();
		expect(placeOf('words', 'cat', long)).toBe('text');
	});
});
