import { describe, expect, it } from '@jest/globals';
import type { InputSpec } from '../../../../core/index';
import type { Constant } from '../../../../core/workflow/form/constants';
import { type Ranked, rankOf, REST, SHOWN_BELOW } from '../../../../core/workflow/form/rank';

const string: InputSpec = { kind: 'string' };
const field = (input: string, saved: unknown, more: Partial<Ranked> = {}): Ranked => ({
	...{ classType: 'Node', title: 'Node', input, saved, spec: string },
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
	text: field('x', 'a cat', { spec: { ...string, multiline: true } }),
	authored: constant(5),
	seed: field('noise_seed', 5),
	width: field('width', 5),
	height: field('height', 5),
	length: field('length', 5),
	seconds: field('seconds', 5),
	duration: field('duration', 5),
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
		['rest', field('width', 5, { spec: { kind: 'integer', advanced: true } })],
		['rest', field('x', 'a', { spec: { kind: 'string', multiline: true, advanced: true } })],
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
	])('is no text that people write where it goes to a %s', (input) => {
		expect(rankOf(constant('a', feeds(`my_${input}_1`)))).toBe(place('authored'));
	});
});
