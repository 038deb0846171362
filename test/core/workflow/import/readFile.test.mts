import { describe, expect, it } from '@jest/globals';
import { readWorkflowFile } from '../../../../core/index';
import {
	box,
	flac,
	jpeg,
	mp3,
	mp4,
	mp4WithComment,
	opus,
	png,
	PNG_END,
	PNG_START,
	pngChunk,
	type Texts,
	webm,
	webp,
} from '../../../support/workflowFiles.mts';

const GRAPH = {
	'3': {
		inputs: { seed: 7, text: 'ein Leuchtturm, 灯台', clip: ['4', 1] },
		class_type: 'KSampler',
		_meta: { title: 'Sampler' },
	},
	'4': { inputs: {}, class_type: 'CheckpointLoaderSimple' },
};
const EDITOR = { nodes: [{ id: 3, type: 'KSampler' }], links: [], version: 0.4 };
const TEXTS: Texts = { prompt: JSON.stringify(GRAPH), workflow: JSON.stringify(EDITOR) };

const read = (bytes: Uint8Array) => readWorkflowFile(bytes, { name: 'picture.png' });

describe('readWorkflowFile', () => {
	it.each<[string, (texts: Texts) => Buffer]>([
		['PNG, tEXt', (texts) => png(texts)],
		['PNG, zTXt', (texts) => png(texts, 'zTXt')],
		['PNG, iTXt', (texts) => png(texts, 'iTXt')],
		['PNG, iTXt that is compressed', (texts) => png(texts, 'iTXt+')],
		['WebP', (texts) => webp(texts)],
		['WebP, little endian', (texts) => webp(texts, 'II')],
		['WebP with the prefix of a JPEG', (texts) => webp(texts, 'MM', 'Exif\0\0')],
		['JPEG', jpeg],
		['MP4', mp4],
		['MP4 with a comment', (texts) => mp4WithComment(JSON.stringify(texts))],
		['WebM', (texts) => webm(texts)],
		['WebM of unknown length', (texts) => webm(texts, true)],
		['WebM with a comment', (texts) => webm({ comment: JSON.stringify(texts) })],
		['FLAC', flac],
		['Opus', (texts) => opus(texts)],
		['Opus with another stream', (texts) => opus(texts, true)],
		['Opus of many pages', (texts) => opus({ title: 'x'.repeat(70_000), ...texts })],
		['MP3, ID3 2.4', (texts) => mp3(texts)],
		['MP3, ID3 2.3', (texts) => mp3(texts, 3)],
		['JSON', (texts) => Buffer.from(texts['prompt'] ?? texts['workflow'] ?? '')],
		['JSON with a byte order mark', (texts) => Buffer.from(`\ufeff${Object.values(texts)[0]}`)],
	])('%s gives the graph that ran, or else that of the editor', async (_what, make) => {
		expect(await read(make(TEXTS))).toEqual({ format: 'api', workflow: GRAPH });
		const { workflow = '' } = TEXTS;
		expect(await read(make({ workflow }))).toEqual({ format: 'editor', workflow: EDITOR });
	});

	it('takes the capitals that an older node writes', async () => {
		const { prompt = '' } = TEXTS;
		expect(await read(webp({ Prompt: prompt }))).toEqual({ format: 'api', workflow: GRAPH });
	});

	it('takes JSON in a text of JSON, as VHS_VideoCombine writes it', async () => {
		const prompt = JSON.stringify(TEXTS['prompt']);
		expect(await read(mp4({ prompt }))).toEqual({ format: 'api', workflow: GRAPH });
	});

	it('keeps large seeds exact, and leaves out what ComfyUI notes while it runs', async () => {
		const prompt =
			'{"3": {"inputs": {"seed": 18446744073709551615, "cfg": NaN, "text": "NaN -Infinity"}, "class_type": "KSampler", "is_changed": [NaN, -Infinity]}}';
		expect(await read(png({ prompt }))).toEqual({
			format: 'api',
			workflow: {
				'3': {
					inputs: { seed: 18446744073709551615n, cfg: null, text: 'NaN -Infinity' },
					class_type: 'KSampler',
				},
			},
		});
	});

	it('goes on to the editor’s workflow if the graph is broken', async () => {
		const texts = { prompt: '{"3": {"inputs": {}', workflow: TEXTS['workflow'] ?? '' };
		expect(await read(png(texts))).toEqual({ format: 'editor', workflow: EDITOR });
		expect(await read(png({ ...texts, prompt: '{"3": 4}' }))).toEqual({
			format: 'editor',
			workflow: EDITOR,
		});
	});

	it('reads Latin-1 if a text is not UTF-8', async () => {
		const start = Buffer.from('prompt\0{"1":{"class_type":"A","inputs":{"text":"caf', 'latin1');
		const text = Buffer.concat([start, Buffer.from([0xe9]), Buffer.from('"}}}')]);
		const file = Buffer.concat([PNG_START, pngChunk('tEXt', text), PNG_END]);
		expect(await read(file)).toMatchObject({
			workflow: { '1': { inputs: { text: 'café' } } },
		});
	});

	it.each<[string, Buffer, string]>([
		['no text', png({}), 'holds no workflow'],
		['another program’s texts', png({ parameters: 'a cat, Steps: 20' }), 'holds no workflow'],
		['a broken graph', png({ prompt: '{"3":' }), 'prompt cannot be read'],
		['two broken texts', png({ prompt: '', workflow: '[]' }), 'prompt and workflow cannot be read'],
		['a cut-off file', png(TEXTS).subarray(0, 60), 'is cut off'],
		['a packed text that is broken', packedBadly(), 'prompt cannot be read'],
		['a type that has none', Buffer.from('GIF89a…'), 'is of an unknown type, so no workflow'],
		['nothing', Buffer.alloc(0), 'is empty, so no workflow'],
		['a text', Buffer.from('a lighthouse'), 'is of an unknown type'],
		['JSON of something else', Buffer.from('{"a": 1}'), 'has no class_type'],
		['broken JSON', Buffer.from('{"a": '), 'picture.png is not valid JSON'],
		['a size past the end', Buffer.concat([PNG_START, Buffer.from('fffffffftEXt')]), 'cut off'],
		['a box larger than its file', mp4(TEXTS).subarray(0, 200), 'is cut off'],
		['a box that ends before it begins', hugeBox(), 'is cut off'],
		['a comment that is cut off', flac(TEXTS).subarray(0, 120), 'is cut off'],
		['a page that is cut off', opus(TEXTS).subarray(0, 120), 'is cut off'],
		['a tag that is cut off', mp3(TEXTS).subarray(0, 120), 'is cut off'],
		['an MP3 without a tag', Buffer.from('fffb9064000f0000', 'hex'), 'holds no workflow'],
		['a sound without a workflow', mp3({ title: 'a song' }), 'holds no workflow'],
		['an element without an end', webm(TEXTS).subarray(0, 120), 'is cut off'],
	])('%s: says what is wrong', async (_what, bytes, message) => {
		await expect(read(bytes)).rejects.toMatchObject({ code: 'invalid_input' });
		await expect(read(bytes)).rejects.toThrow(message);
	});
});

function packedBadly(): Buffer {
	const chunk = pngChunk('zTXt', Buffer.from('prompt\0\0no zlib at all'));
	return Buffer.concat([PNG_START, chunk, PNG_END]);
}

function hugeBox(): Buffer {
	const start = box('ftyp', Buffer.from('isom'));
	return Buffer.concat([
		start,
		Buffer.from('00000001', 'hex'),
		Buffer.from('moov'),
		Buffer.alloc(8),
	]);
}
