import { describe, expect, it } from '@jest/globals';
import type { InputSpec } from '../../../../core/index';
import {
	namesPrompt,
	roleOfName,
	roleOfTitle,
	textPlace,
} from '../../../../core/workflow/form/texts';

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

	it('is what goes to an encoder, where it is long', () => {
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
