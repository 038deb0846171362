// Labels in both hosts: the name in words, the prompt's role, and what is added to tell equal labels apart. The last
// tests cover names in messages.
import { describe, expect, it } from '@jest/globals';
import { checkOverrides } from '../../../../core/comfyui/checkOverrides';
import { fieldLabels } from '../../../../core/comfyui/form/labels.ts';
import { fieldPath } from '../../../../core/comfyui/form/paths.ts';
import { KnownGraph } from '../../../../core/comfyui/knownGraph';
import { describeInputs, type WorkflowApiJson } from '../../../../core/index';
import { node, readInfo } from '../../support/workflows.mts';

type Inputs = Record<string, unknown>;

/** The labels of all inputs, by node and input. */
function labelsOf(workflow: WorkflowApiJson, info = {}): Record<string, string> {
	const fields = describeInputs(workflow, readInfo(info));
	const labels = fieldLabels(fields);
	return Object.fromEntries(
		fields.map(({ nodeId, input }, index) => [`${nodeId}.${input}`, labels[index] ?? '']),
	);
}

describe('the label of an input is its own name in words', () => {
	it.each([
		['sampler_name', 'Sampler name'],
		['startStep', 'Start step'],
		['cfg', 'CFG'],
		['clip_name1', 'Clip name 1'],
		['model.width', 'Width'],
		['captions.0.start', 'Captions 0 start'],
		['__', '__'],
		['\u0007\u200b', 'Input'],
	])('%s: %s', (input, label) => {
		expect(Object.values(labelsOf({ 1: node('Node', { [input]: 1 }) }))).toEqual([label]);
	});

	it('with the name that JSON takes, if two of one node are called the same', () => {
		const inputs = { start_at: 1, 'start at': 2, 'model.width': 3, 'size.width': 4 };
		expect(labelsOf({ 1: node('Node', inputs) })).toEqual({
			'1.start_at': 'Start at (start_at)',
			'1.start at': 'Start at (start at)',
			'1.model.width': 'Model width',
			'1.size.width': 'Size width',
		});
	});
});

const TEXT = { text: 'a cat' };
const SAMPLER = node('KSampler', { positive: ['6', 0], negative: ['7', 0] });

/** The labels of a sampler's two prompts. */
function promptLabels(
	positive: WorkflowApiJson[string],
	negative: WorkflowApiJson[string],
	info = {},
) {
	return Object.values(labelsOf({ 3: SAMPLER, 6: positive, 7: negative }, info));
}

it('an input of a text encoder is told apart by its prompt, unless the author named the node', () => {
	const encode = (title: string) =>
		node('CLIPTextEncodeSDXL', { target_width: 1024, width: 1024, text_g: 'a cat' }, title);
	const workflow = (title: string) => ({
		3: SAMPLER,
		6: encode(title),
		7: encode('CLIPTextEncodeSDXL'),
		8: node('ImageScale', { width: 1024 }, 'Upscale Image'),
	});
	expect(labelsOf(workflow('CLIP Text Encode SDXL'))).toMatchObject({
		'6.width': 'Width · Positive prompt',
		'7.width': 'Width · Negative prompt',
		'8.width': 'Width · Upscale Image',
		'6.target_width': 'Target width · Positive',
		'7.target_width': 'Target width · Negative',
	});
	expect(labelsOf(workflow('Opening scene'))['6.width']).toBe('Width · Opening scene');
});

describe('the label of a prompt', () => {
	const encode = (title?: string, inputs: Inputs = TEXT, type = 'CLIPTextEncode') =>
		node(type, inputs, title);

	it('is the author’s title', () => {
		expect(promptLabels(encode('Opening scene'), encode('Never show'))).toEqual([
			...['Opening scene', 'Never show (negative)'],
		]);
		const [bracketed] = promptLabels(encode('CLIP Text Encode (Opening scene)'), encode());
		expect(bracketed).toBe('Opening scene');
	});

	it.each([
		...[undefined, 'CLIP Text Encode (Prompt)', 'CLIPTextEncode', 'CLIP Text Encode (Positive)'],
		...['Prompt', 'Positive', 'Text', 'Clip Text Encode'],
	])('is what it is wired to, if the title %o is no author’s', (title) => {
		const other = title?.replace('Positive', 'Negative');
		expect(promptLabels(encode(title), encode(other))).toEqual([
			...['Positive prompt', 'Negative prompt'],
		]);
	});

	it('is not what ComfyUI calls every node of its class', () => {
		const info = (display_name: string) => ({
			MyEncode: { display_name, input: { required: { text: ['STRING', {}] } } },
		});
		const both = [encode('Say it', TEXT, 'MyEncode'), encode('Say it', TEXT, 'MyEncode')] as const;
		expect(promptLabels(...both, info('Say it'))).toEqual(['Positive prompt', 'Negative prompt']);
		expect(promptLabels(...both, info('Other'))).toEqual(['Say it', 'Say it (negative)']);
	});

	it('is not the title of a node that does more than to hold it', () => {
		const partner = node('Partner', { prompt: 'a cat', negative_prompt: '', mode: 'x' }, 'Kling');
		expect(labelsOf({ 1: partner })).toEqual({
			'1.prompt': 'Prompt',
			'1.negative_prompt': 'Negative prompt',
			'1.mode': 'Mode',
		});
		expect(labelsOf({ 1: node('Partner', { prompt: 'a cat' }, 'Scene') })).toEqual({
			'1.prompt': 'Scene',
		});
	});

	it('is the name of the input, if that says more than its link', () => {
		const song = encode('Song', { tags: 'funk', lyrics: '[verse]' }, 'TextEncodeSong');
		expect(promptLabels(song, song)).toEqual([
			...['Tags', 'Lyrics', 'Negative tags', 'Negative lyrics'],
		]);
	});

	it.each([
		['CLIPTextEncode', 'text', 'Prompt'],
		['DetectFace', 'text', 'Text'],
	])('that is wired to no sampler: %s %s: %s', (type, input, label) => {
		expect(Object.values(labelsOf({ 1: node(type, { [input]: 'a cat', x: 1 }) }))).toContain(label);
	});

	it.each([
		[{ text_g: 'a', text_l: 'b' }, ['prompt (text_g)', 'prompt (text_l)']],
		[{ clip_l: 'a', t5xxl: 'b' }, ['prompt (clip_l)', 'prompt (t5xxl)']],
	])(
		'is the plain one for all texts of its node, each of which says which: %j',
		(inputs, labels) => {
			const both = encode(undefined, inputs, 'CLIPTextEncodeAny');
			const fields = describeInputs({ 3: SAMPLER, 6: both, 7: both });
			expect(fieldLabels(fields)).toEqual([
				...['Positive prompt', 'Negative prompt'],
				...labels.map((label) => `Positive ${label}`),
				...labels.map((label) => `Negative ${label}`),
			]);
		},
	);

	it('is that of the author for texts that are one prompt, each of which has its node', () => {
		const fields = describeInputs({
			1: encode('Scene', TEXT),
			2: encode('Refiner', TEXT),
			3: node('KSampler', { positive: ['1', 0] }),
			4: node('KSampler', { positive: ['2', 0] }),
		});
		expect(fieldLabels(fields)).toEqual(['Scene', 'Scene · #1', 'Refiner']);
	});
});

describe('the label of a primitive', () => {
	const fed = (primitive: WorkflowApiJson[string], to: string, type = 'Sampler', title?: string) =>
		labelsOf({ 1: primitive, 2: node(type, { [to]: ['1', 0] }, title) })['1.value'];

	it('is the input that it feeds, if its title says nothing', () => {
		expect(fed(node('PrimitiveInt', { value: 1 }, 'Int'), 'start_at')).toBe('Start at');
		expect(fed(node('PrimitiveFloat', { value: 1 }), 'cfg')).toBe('CFG');
		expect(fed(node('PrimitiveInt', { value: 1 }, 'Int'), 'a')).toBe('Value');
		const info = {
			PrimitiveColour: { display_name: 'Colour', input: { required: { value: ['COLOR', {}] } } },
		};
		const workflow = {
			1: node('PrimitiveColour', { value: '#fff' }, 'Colour'),
			2: node('Draw', { ink: ['1', 0] }),
		};
		expect(labelsOf(workflow, info)['1.value']).toBe('Ink');
	});

	it('of a text is the prompt that it feeds', () => {
		const text = node('PrimitiveString', { value: 'a' }, 'Text');
		expect(fed(text, 'negative')).toBe('Negative prompt');
		expect(fed(text, 'negative_prompt')).toBe('Negative prompt');
		expect(fed(text, 'lyrics')).toBe('Lyrics');
		expect(fed(node('PrimitiveString', { value: 'a' }, 'Bad things'), 'negative')).toBe(
			'Bad things (negative)',
		);
		expect(fed(node('PrimitiveString', { value: 'a' }, 'My positive'), 'negative')).toBe(
			'Negative prompt',
		);
	});
});

describe('labels that would read alike', () => {
	const widths = (titles: string[]) =>
		Object.values(
			labelsOf(
				Object.fromEntries(
					titles.map((title, index) => [String(index + 1), node('Node', { width: 1 }, title)]),
				),
			),
		);

	it('have as many words of the title as n8n shows, and those that tell it apart', () => {
		expect(widths(['Latent upscale for the second sampler', 'Base'])).toEqual([
			...['Width · Latent upscale', 'Width · Base'],
		]);
		const long = ['Load LoRA for the high noise model', 'Load LoRA for the low noise model'];
		expect(widths(long)).toEqual(['Width · high noise model', 'Width · low noise model']);
		expect(widths(['EmptyHunyuanLatentVideo', 'Base'])).toEqual([
			...['Width · Empty Hunyuan', 'Width · Base'],
		]);
		expect(widths(['Supercalifragilisticexpialidocious', 'Base'])).toEqual([
			...['Width', 'Width · Base'],
		]);
		expect(widths(['Scribble lines (also known as XDoG)', '✂ Crop ⚡ it'])).toEqual([
			...['Width · Scribble lines', 'Width · Crop it'],
		]);
		const same = ['Supercalifragilisticexpialidocious', 'Pseudopseudohypoparathyroidism'];
		expect(widths(same)).toEqual(['Width · #1', 'Width · #2']);
	});

	it('have as much of the title as there is room for beside the id', () => {
		const sampler = node(
			'KSampler',
			{ steps: 1, return_with_leftover_noise: 'x' },
			'KSampler (Advanced)',
		);
		expect(Object.values(labelsOf({ 57: sampler, 58: sampler }))).toEqual([
			...['Steps · KSampler · #57', 'Steps · KSampler · #58'],
			...['Return with leftover · #57', 'Return with leftover · #58'],
		]);
	});

	it('have no verb alone of a title, and no word of it that stands there already', () => {
		const loader = node('UNETLoader', { unet_name: 'a' });
		expect(Object.values(labelsOf({ 37: loader, 56: loader }))).toEqual([
			...['UNet name · #37', 'UNet name · #56'],
		]);
		const lora = node('LoraLoader', { lora_name: 'a', strength_model: 1 }, 'Load LoRA');
		expect(Object.values(labelsOf({ 10: lora, 11: lora }))).toEqual([
			...['LoRA name · #10', 'LoRA name · #11'],
			...['Strength model · #10', 'Strength model · #11'],
		]);
	});

	it('are never the same, whatever titles there are', () => {
		const workflow = {
			1: node('Node', { width: 1 }, 'Size'),
			2: node('Node', { width: 1 }, 'Size'),
			3: node('PrimitiveInt', { value: 1 }, 'Width · Size · #1'),
			4: node('PrimitiveInt', { value: 1 }, 'width · size · #2'),
		};
		const labels = Object.values(labelsOf(workflow)).map((label) => label.toLowerCase());
		expect(new Set(labels).size).toBe(labels.length);
	});
});

it('a title with characters that do not print is shown without them', () => {
	const title = 'My\u0000 \u200f\ue000scene\ud83d\n🖼';
	const workflow = { 1: node('CLIPTextEncode', TEXT, title) };
	expect(Object.values(labelsOf(workflow))).toEqual(['My scene 🖼']);
	const [field] = describeInputs(workflow);
	expect(fieldPath(field!)).toBe('1 · My scene 🖼 (CLIPTextEncode) → text');
});

const field = { nodeId: '6', title: 'Words', input: 'text' };

describe('the path of an input', () => {
	it('tells the role of a prompt if nothing else in it does', () => {
		expect(fieldPath(field)).toBe('6 · Words → text');
		expect(fieldPath({ ...field, role: 'negative' })).toBe('6 · negative · Words → text');
		const titled = { ...field, title: 'My Negative words', role: 'negative' } as const;
		expect(fieldPath(titled)).toBe('6 · My Negative words → text');
		const named = { ...field, input: 'Positive', role: 'positive' } as const;
		expect(fieldPath(named)).toBe('6 · Words → Positive');
	});

	it('has both names if they say different things', () => {
		const named = (displayName: string, input = 'start_step') =>
			fieldPath({ ...field, input, spec: { displayName } });
		expect(named('First step')).toBe('6 · Words → First step (start_step)');
		for (const same of ['Start Step', 'start-step', 'START  STEP', 'startStep']) {
			expect(named(same)).toBe('6 · Words → start_step');
		}
		expect(fieldPath({ ...field, spec: {} })).toBe('6 · Words → text');
	});

	it('has the class of the node, if its title does not tell it', () => {
		expect(fieldPath({ ...field, classType: 'CLIPTextEncode' })).toBe(
			'6 · Words (CLIPTextEncode) → text',
		);
		const same = { ...field, title: 'Load Image', classType: 'LoadImage' };
		expect(fieldPath(same)).toBe('6 · Load Image → text');
	});
});

it('the path of an input of a workflow has the role of a text that is a prompt', () => {
	const workflow = {
		1: node('PrimitiveString', { value: 'a cat' }, 'String'),
		2: node('PrimitiveInt', { value: 5 }, 'Frames'),
		3: node('Encode', { text: 'x', words: ['1', 0], more: 'y', n_prompt: 'z' }),
		4: node('KSampler', { positive: ['3', 0], negative: ['2', 0] }),
	};
	/** The check of overrides uses the same name. */
	const path = (nodeId: string, input: string) => {
		const [found] = checkOverrides(
			new KnownGraph(workflow, {}, { [nodeId]: { inputs: { [input]: {} } } }),
		);
		return found?.message.split(' takes ')[0];
	};
	expect(path('3', 'text')).toBe('3 · positive · Encode → text');
	expect(path('3', 'more')).toBe('3 · Encode → more');
	expect(path('3', 'n_prompt')).toBe('3 · negative · Encode → n_prompt');
	expect(path('1', 'value')).toBe('1 · positive · String for words of Encode → value');
	expect(path('2', 'value')).toBe('2 · Frames → value');
});
