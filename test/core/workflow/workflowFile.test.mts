// Which files contain a workflow, and what the error says of all others.
import { describe, expect, it } from '@jest/globals';
import { readWorkflowFile } from '../../../core/index';
import { png, webp } from '../../support/pictures.mts';
import { thrownBy } from '../support/thrown.mts';

const GRAPH = {
	'3': {
		inputs: { seed: 7, text: 'ein Leuchtturm, 灯台', clip: ['4', 1] },
		class_type: 'KSampler',
		_meta: { title: 'Sampler' },
	},
	'4': { inputs: {}, class_type: 'CheckpointLoaderSimple' },
};
const EDITOR = { nodes: [{ id: 3, type: 'KSampler' }], links: [], version: 0.4 };
const TEXTS = { prompt: JSON.stringify(GRAPH), workflow: JSON.stringify(EDITOR) };

const read = (bytes: Uint8Array) => readWorkflowFile(bytes, { name: 'a file' });

describe('a workflow is read', () => {
	it.each<[string, Uint8Array]>([
		['from the PNG that Save Image writes', png(TEXTS)],
		['from a PNG with its texts behind each other', png({ parameters: 'a cat', ...TEXTS })],
		['from a PNG whose texts are more than Latin-1', png(TEXTS, 'iTXt')],
		['from JSON', Buffer.from(TEXTS.prompt)],
		['from JSON with a byte order mark', Buffer.from(`\ufeff ${TEXTS.prompt}`)],
		['from a part of other bytes', Buffer.concat([Buffer.alloc(9), png(TEXTS)]).subarray(9)],
	])('%s', (_where, bytes) => {
		expect(read(bytes)).toEqual(GRAPH);
	});

	it('keeps large seeds exact, and leaves out what ComfyUI notes while it runs', () => {
		const prompt =
			'{"3": {"inputs": {"seed": 18446744073709551615, "cfg": NaN, "text": "NaN -Infinity"}, "class_type": "KSampler", "is_changed": [NaN, -Infinity]}}';
		expect(read(png({ prompt }))).toEqual({
			'3': {
				inputs: { seed: 18446744073709551615n, cfg: null, text: 'NaN -Infinity' },
				class_type: 'KSampler',
			},
		});
	});

	it('as Latin-1 if it is not UTF-8', () => {
		const prompt = Buffer.from('{"1":{"class_type":"A","inputs":{"text":"café"}}}', 'latin1');
		expect(read(png({ prompt }))).toMatchObject({ '1': { inputs: { text: 'café' } } });
	});
});

describe('a file without one that can be run is refused', () => {
	const media = (head: string) => Buffer.from(`${head}\0\0\0\0${TEXTS.prompt}`, 'latin1');
	it.each<[string, Uint8Array]>([
		['WebP', webp(TEXTS.prompt)],
		['JPEG', media('\xff\xd8\xff\xe1')],
		['MP4', media('\0\0\0\x18ftypisom')],
		['FLAC', media('fLaC')],
		['WebM', media('\x1aE\xdf\xa3')],
		['PNG without a text', png({})],
		['PNG with the editor’s workflow alone', png({ workflow: TEXTS.workflow })],
		['PNG with a packed text', png(TEXTS, 'zTXt')],
		['PNG with a broken text', png({ prompt: '{"3":' })],
		['PNG that is cut off', png(TEXTS).subarray(0, 60)],
		['empty file', Buffer.alloc(0)],
	])('%s', (_what, bytes) => {
		expect(thrownBy(() => read(bytes))).toMatchObject({
			code: 'invalid_input',
			message: 'a file is neither JSON nor a PNG in which ComfyUI saved a workflow',
			hint: 'In ComfyUI, choose Workflow > Export (API).',
		});
	});

	it.each([
		['what the editor saves', TEXTS.workflow, 'This is a workflow as ComfyUI’s editor saves it'],
		['JSON of something else', '{"a": 1}', 'Node "a" of the workflow has no class_type'],
	])('%s', (_what, text, message) => {
		expect(thrownBy(() => read(Buffer.from(text)))).toMatchObject({
			code: 'invalid_input',
			message,
			hint: 'In ComfyUI, choose Workflow > Export (API).',
		});
	});

	it('broken JSON', () => {
		expect(() => read(Buffer.from('{"a": '))).toThrow('a file is not valid JSON');
	});
});
