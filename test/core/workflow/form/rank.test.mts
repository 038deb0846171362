import { describe, expect, it } from '@jest/globals';
import type { InputSpec } from '../../../../core/index';
import type { Constant } from '../../../../core/workflow/form/constants';
import { type Ranked, rankOf, REST, SHOWN_BELOW } from '../../../../core/workflow/form/rank';
import {
	namesPrompt,
	roleOfName,
	roleOfTitle,
	textPlace,
} from '../../../../core/workflow/form/texts';

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

/** One of each place, in the order of a form. */
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

	it('tells what is shown, and what is not worth a thought', () => {
		const [shown, rest] = [place('cfg'), place('guidance')];
		expect(shown).toBeLessThan(SHOWN_BELOW);
		expect(rest).toBe(SHOWN_BELOW);
		expect(place('rest')).toBe(REST);
	});

	it.each<[string, Ranked]>([
		['positive', field('text', 'a cat', { title: 'Positive' })],
		['positive', field('text', 'a cat', { title: 'My Prompt' })],
		['negative', field('text', 'a cat', { title: 'Negative Prompt' })],
		['positive', field('text', 'a cat', { title: 'Negative', role: 'positive' })],
		['media', field('image', 'a.png')],
		['rest', field('image', 5)],
		['seed', field('seed', 7n)],
		['rest', field('seed', '7')],
		['seed', field('seed', 5, { spec: { kind: 'integer', advanced: true } })],
		...['size_preset', 'aspect_ratio', 'resolution', 'megapixels', 'height', 'model.width'].map(
			(input): [string, Ranked] => ['size', field(input, 5)],
		),
		...['num_frames', 'video_length', 'video_frames', 'frame_count', 'frames', 'seconds'].map(
			(input): [string, Ranked] => ['length', field(input, 5)],
		),
		['length', field('duration', 5)],
		['rest', field('widths', 5)],
		['advanced', field('width', 5, { spec: { kind: 'integer', advanced: true } })],
		['advanced', field('x', 'a', { spec: { kind: 'string', multiline: true, advanced: true } })],
		['prompt', field('text', 'a', { spec: { kind: 'string', advanced: true } })],
	])('is that of %s: %#', (name, one) => expect(rankOf(one)).toBe(place(name)));
});

describe('the place of what the author put forward', () => {
	it.each<[string, Ranked]>([
		['media', constant('a.png', {}, { spec: { kind: 'media' } })],
		['media', constant('a.png', { tag: 'image' })],
		['seed', constant(5, { tag: 'seed' })],
		['seed', constant(5n, feeds('noise_seed'))],
		['seed', constant(5, {}, { classType: 'Seed (rgthree)' })],
		['constant', constant('5', { tag: 'seed' })],
		['authored', constant(true, feeds('noise_seed'))],
		['authored', constant(5, { tag: 'prompt' })],
		['size', constant(5, feeds('height'))],
		['length', constant(5, { tag: 'duration' })],
		['authored', constant('5', feeds('filename'))],
		['authored', constant('a', {}, { spec: { kind: 'choice' } })],
		['negative', constant('a', {}, { role: 'negative' })],
		['negative', constant('a', { tag: 'negative prompt' })],
		['marked', constant('a', { tag: 'not negative prompt' })],
		['marked', constant('a', { tag: 'positive' })],
		['marked', constant('a', { tag: 'text' })],
		['constant', constant('a', { tag: 'words' })],
		['constant', constant('a', feeds('words'))],
		['authored', constant('a', feeds('filename_prefix'))],
		['constant', constant('a', feeds('filename_prefix'), { role: 'positive' })],
	])('is that of %s: %#', (name, one) => expect(rankOf(one)).toBe(place(name)));

	it.each([
		...['file', 'path', 'name', 'prefix', 'suffix', 'url', 'format', 'model', 'lora', 'ckpt'],
		...['dir', 'delimiter', 'separator'],
	])('is not a text that people write if it goes to a %s', (input) => {
		expect(rankOf(constant('a', feeds(`my_${input}_1`)))).toBe(place('authored'));
	});
});

describe('the name of an input', () => {
	it.each([
		...['text', 'prompt', 'prompts', 'positive', 'negative', 'tags', 'lyrics', 'caption'],
		...['captions', 'instruction', 'instructions', 'my_prompt', 'Positive_Prompt', 'text_g'],
		...['text1', 'text_12', 'textb', 'clip_l', 't5xxl', 'mt5', 'llama', 'bert', 'model.prompt'],
	])('%s says that it is a text with a role', (name) => expect(namesPrompt(name)).toBe(true));

	it.each([
		...['prompt_option', 'context', 'xprompt', 'text_ab', 'text_x1', 'clip', 'clip_ll', 'clip_1'],
		...['xclip_l', 'llamas', 'xbert', 'xt5', 't5 x', 'tag', 'lyric', 'prompt.width', '', 'textb_'],
	])('%s does not say so', (name) => expect(namesPrompt(name)).toBe(false));

	it.each([
		['negative', 'negative'],
		['n_prompt', 'negative'],
		['text_neg', 'negative'],
		['model.negative_prompt', 'negative'],
		['positive_negative', 'negative'],
		['pos', 'positive'],
		['Positive_prompt', 'positive'],
		['text_positive', 'positive'],
		['negate', undefined],
		['in', undefined],
		['in_prompt', undefined],
		['n2_prompt', undefined],
		['posture', undefined],
		['apositive', undefined],
		['pose_pos2', undefined],
		['negative.text', undefined],
	])('%s says of its role: %s', (name, role) => expect(roleOfName(name)).toBe(role));
});

describe('the title of a node', () => {
	it.each([
		['Negative prompt', 'negative'],
		['My (neg) text', 'negative'],
		['CLIP Text Encode (Positive Prompt)', 'positive'],
		['Negation', undefined],
		['Sinneg', undefined],
		['neg_text', undefined],
		['Prompt', undefined],
	])('%s says of its role: %s', (title, role) => expect(roleOfTitle(title)).toBe(role));
});

describe('a text that people write', () => {
	const string: InputSpec = { kind: 'string' };
	const long: InputSpec = { kind: 'string', multiline: true };
	const place = (input: string, saved: unknown, spec = string, classType = 'Node') =>
		textPlace(classType, input, spec, saved);

	it('is a text', () => {
		expect(place('prompt', 'a cat')).toBe('prompt');
		expect(place('prompt', 7)).toBeUndefined();
		expect(place('prompt', 'a cat', { kind: 'choice' })).toBeUndefined();
	});

	it.each([
		...['system_prompt', 'local_prompt', 'a_prompt', 'template_text', 'pre_text', 'post_prompt'],
		...['prefix_text', 'suffix_prompt', 'append_prompts', 'prepend_text', 'style_of_prompt'],
		...['text_input', 'prompt_context', 'model.style_prompt'],
	])('is beside the prompt as %s', (name) => expect(place(name, 'a cat')).toBe('text'));

	it.each([
		['my_style_prompt', 'prompt'],
		['style_prompt_x', 'prompt'],
		['my_text_input', undefined],
		['text_inputs', undefined],
		['prompt_input_x', undefined],
	])('is not beside it as %s', (name, is) => expect(place(name, 'a cat')).toBe(is));

	it.each([
		...['yes', 'No', 'true', 'FALSE', 'on', 'off', 'enable', 'enabled', 'disable', 'disabled'],
		...['none', 'auto', 'default'],
	])('is not what one chooses: %s', (saved) => {
		expect(place('tidy_tags', saved)).toBeUndefined();
		expect(place('clip_l', saved)).toBe('prompt');
		expect(place('tidy_tags', `${saved} cat`)).toBe('prompt');
		expect(place('tidy_tags', `cat ${saved}`)).toBe('prompt');
	});

	it('is what goes to an encoder, if it is long', () => {
		expect(place('words', 'a cat', string, 'CLIPTextEncode')).toBe('prompt');
		expect(place('words', 'a cat', string, 'my_text_encoder')).toBe('prompt');
		expect(place('words', ' cat ', string, 'CLIPTextEncode')).toBeUndefined();
		expect(place('words', 'cat', long, 'CLIPTextEncode')).toBe('prompt');
		expect(place('words', 'a cat', string, 'TextAndEncode')).toBeUndefined();
	});

	it('is what ComfyUI knows to be long', () => {
		expect(place('words', 'cat', long)).toBe('text');
		expect(place('words', 'a cat')).toBeUndefined();
	});
});
