// Labels in both hosts: the author's title or the name in words, what tells equal labels apart, and the path.
import { describe, expect, it } from '@jest/globals';
import { describeInputs, type WorkflowApiJson } from '../../../core/index';
import { node, readInfo } from '../support/workflows.mts';

type Inputs = Record<string, unknown>;

const fieldsOf = (workflow: WorkflowApiJson, info = {}) => describeInputs(workflow, readInfo(info));
/** The labels of all inputs, by node and input. */
const labelsOf = (workflow: WorkflowApiJson, info = {}): Record<string, string> =>
	Object.fromEntries(
		fieldsOf(workflow, info).map(({ nodeId, input, label }) => [`${nodeId}.${input}`, label]),
	);

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
		expect(Object.values(labelsOf({ 1: node('Node', { [input]: 1 }, 'Mine') }))).toEqual([label]);
	});

	it('or the one that ComfyUI shows', () => {
		const info = { Node: { input: { required: { w: ['INT', { display_name: 'Line width' }] } } } };
		expect(labelsOf({ 1: node('Node', { w: 1 }) }, info)).toEqual({ '1.w': 'Line width' });
	});
});

describe('the label of a prompt', () => {
	const TEXT = { text: 'a cat' };
	const SAMPLER = node('KSampler', { positive: ['6', 0], negative: ['7', 0] });
	const encode = (title?: string, inputs: Inputs = TEXT, type = 'CLIPTextEncode') =>
		node(type, inputs, title);
	/** The labels of a sampler's two prompts. */
	const promptLabels = (
		positive: WorkflowApiJson[string],
		negative: WorkflowApiJson[string],
		info = {},
	) => Object.values(labelsOf({ 3: SAMPLER, 6: positive, 7: negative }, info));

	it('is the author’s title', () => {
		const labels = promptLabels(encode('Opening scene'), encode('Never show'));
		expect(labels).toEqual(['Opening scene', 'Never show']);
	});

	it('is what it is wired to, if the author’s title says the contrary', () => {
		const labels = promptLabels(encode('Positive Prompt'), encode('Positive Prompt'));
		expect(labels).toEqual(['Positive Prompt', 'Negative prompt']);
	});

	it.each([
		...[undefined, 'CLIP Text Encode (Prompt)', 'CLIPTextEncode', 'CLIP Text Encode (Positive)'],
		...['Prompt', 'Positive', 'Text', 'String (Multiline)', '🖼'],
	])('is what it is wired to, if the title %o is no author’s', (title) => {
		const labels = promptLabels(encode(title), encode(title));
		expect(labels).toEqual(['Positive prompt', 'Negative prompt']);
	});

	it('is not what ComfyUI calls every node of its class', () => {
		const info = (display_name: string) => ({
			MyEncode: { display_name, input: { required: { text: ['STRING', {}] } } },
		});
		const both = [
			encode('Say it', TEXT, 'MyEncode'),
			encode('Say that', TEXT, 'MyEncode'),
		] as const;
		expect(promptLabels(...both, info('Say it'))).toEqual(['Positive prompt', 'Say that']);
		expect(promptLabels(...both, info('Other'))).toEqual(['Say it', 'Say that']);
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
		expect(labelsOf({ 3: node('KSampler', { positive: ['6', 0] }), 6: song })).toEqual({
			'6.tags': 'Tags',
			'6.lyrics': 'Lyrics',
		});
	});

	it.each([
		['CLIPTextEncode', 'text', 'Prompt'],
		['DetectFace', 'text', 'Text'],
	])('that is wired to no sampler: %s %s: %s', (type, input, label) => {
		expect(Object.values(labelsOf({ 1: node(type, { [input]: 'a cat', x: 1 }) }))).toContain(label);
	});

	it('of several inputs is the short one, and each of its parts says which it is', () => {
		const both = encode(undefined, { text_g: 'a', text_l: 'b' }, 'CLIPTextEncodeSDXL');
		expect(fieldsOf({ 3: SAMPLER, 6: both, 7: both }).map(({ label }) => label)).toEqual([
			...['Positive prompt', 'Negative prompt'],
			...['Positive prompt · 6.text_g', 'Positive prompt · 6.text_l'],
			...['Negative prompt · 7.text_g', 'Negative prompt · 7.text_l'],
		]);
		const fields = fieldsOf({
			1: encode('Scene'),
			2: encode('Refiner'),
			3: node('KSampler', { positive: ['1', 0] }),
			4: node('KSampler', { positive: ['2', 0] }),
		});
		expect(fields.map(({ label }) => label)).toEqual(['Scene', 'Scene · #1', 'Refiner']);
	});
});

describe('the label of a node that only holds a value', () => {
	const fed = (held: WorkflowApiJson[string], to: string) =>
		labelsOf({ 1: held, 2: node('Sampler', { [to]: ['1', 0] }) })['1.value'];

	it('is the author’s title', () => {
		expect(fed(node('PrimitiveInt', { value: 1 }, 'Start of the loop'), 'start_at')).toBe(
			'Start of the loop',
		);
		expect(fed(node('PrimitiveString', { value: 'a' }, 'Bad things'), 'negative')).toBe(
			'Bad things',
		);
	});

	it.each(['Int', 'Primitive', 'INT_Constant', 'PrimitiveInt', 'Value', 'Float Literal', 'Number'])(
		'is the input that it feeds, if the title says nothing: %s',
		(title) => {
			expect(fed(node('PrimitiveInt', { value: 1 }, title), 'start_at')).toBe('Start at');
			expect(fed(node('PrimitiveString', { value: 'a' }, title), 'negative')).toBe(
				'Negative prompt',
			);
		},
	);

	it('is its own name if it feeds nothing, or does more than to hold a value', () => {
		expect(labelsOf({ 1: node('PrimitiveInt', { value: 1 }) })).toEqual({ '1.value': 'Value' });
		expect(fed(node('Math', { value: 1, other: ['5', 0] }), 'steps')).toBe('Value');
		expect(fed(node('Math', { value: 1, other: 2 }), 'steps')).toBe('Value');
	});
});

describe('labels that would read alike', () => {
	const widths = (titles: string[]) => {
		const nodes = titles.map((title, index) => [index + 1, node('Node', { width: 1 }, title)]);
		return Object.values(labelsOf(Object.fromEntries(nodes) as WorkflowApiJson));
	};

	it('have the title of their node', () => {
		const long = 'Latent upscale for the second sampler';
		expect(widths([long, 'Base'])).toEqual(['Width · Latent upscale fo…', 'Width · Base']);
	});

	it('have its id if the titles begin alike, and the input if that is not enough', () => {
		expect(widths(['Size', 'size', 'Base'])).toEqual(['Width · #1', 'Width · #2', 'Width · Base']);
		const long = ['Load LoRA for the high noise model', 'Load LoRA for the low noise model'];
		expect(widths(long)).toEqual(['Width · #1', 'Width · #2']);
		const inputs = { start_at: 1, 'start at': 2, 'model.width': 3, 'size.width': 4 };
		expect(labelsOf({ 1: node('Node', inputs) })).toEqual({
			'1.start_at': 'Start at · 1.start_at',
			'1.start at': 'Start at · 1.start at',
			'1.model.width': 'Width · 1.model.width',
			'1.size.width': 'Width · 1.size.width',
		});
	});

	it('are never the same, whatever titles there are', () => {
		const workflow = {
			1: node('Node', { width: 1 }, 'Size'),
			2: node('Node', { width: 1 }, 'Size'),
			3: node('PrimitiveInt', { value: 1 }, 'Width · Size'),
			4: node('PrimitiveInt', { value: 1 }, 'width · #2'),
		};
		const labels = Object.values(labelsOf(workflow)).map((label) => label.toLowerCase());
		expect(new Set(labels).size).toBe(labels.length);
	});
});

it('a title with characters that do not print is shown without them', () => {
	const title = 'My\u0000 \u200f\ue000scene\ud83d\n🖼';
	const [field] = fieldsOf({ 1: node('CLIPTextEncode', { text: 'a cat' }, title) });
	expect(field?.label).toBe('My scene 🖼');
	expect(field?.path).toBe('1 · My scene 🖼 (CLIPTextEncode) → text');
});

it('the path of an input tells its node, with the class unless the title tells it, and all inputs', () => {
	const pathOf = (workflow: WorkflowApiJson) => fieldsOf(workflow)[0]?.path;
	expect(pathOf({ 6: node('LoadImage', { image: 'a' }, 'Load Image') })).toBe(
		'6 · Load Image → image',
	);
	expect(pathOf({ 6: node('CLIPTextEncodeFlux', { clip_l: 'a', t5xxl: 'b' }) })).toBe(
		'6 · CLIPTextEncodeFlux → clip_l, t5xxl',
	);
	expect(pathOf({ 6: node('A', { text: 'a' }), 15: node('A', { text: 'a' }) })).toBe(
		'6 · A → text, 15 → text',
	);
});
