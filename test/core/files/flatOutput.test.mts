// The outputs of LoRA deployments and hosted models: URLs and texts, in any form.
import { describe, expect, it } from '@jest/globals';
import { readResultOutputs } from '../../../core/files/outputs';

const URL_A = 'https://storage.example/a.png';
const BARE = 'https://storage.example/8f3a';
const URL_B = 'https://storage.example/dir/b%20c.mp4?sig=1';
const read = (output: unknown) => readResultOutputs({ output });
const named = ({ files }: ReturnType<typeof read>) =>
	files.map(({ channel, filename }) => `${channel} ${filename}`);

describe('a flat output', () => {
	it.each<[unknown, string[]]>([
		[{ image: URL_A }, ['image a.png']],
		[{ images: [URL_A, URL_B] }, ['images a.png', 'images b c.mp4']],
		[{ files: [{ path: URL_A, filename: 'mine.png' }] }, ['files mine.png']],
		[{ result: { audios: [[URL_A]] } }, ['result.audios a.png']],
		[
			[URL_A, URL_B],
			['output a.png', 'output b c.mp4'],
		],
		// The same file twice.
		[{ image: URL_A, images: [URL_A, URL_B] }, ['image a.png', 'images b c.mp4']],
		[{ mask: { url: URL_A, preview_url: URL_B } }, ['mask a.png', 'mask.preview_url b c.mp4']],
	])('%j has its files', (output, files) => {
		expect(named(read(output))).toEqual(files);
		expect(read(output)).toMatchObject({ texts: [], values: [], warnings: [] });
	});

	it('has texts and values, but not what describes a file', () => {
		const { files, texts, values } = read({
			text: ['a', 'b'],
			seed: 7,
			nsfw: [false],
			embedding: [0.1, 0.2],
			boxes: [{ x: 1, tags: [] }, null],
			image: { url: URL_A, width: 512, content_type: 'image/png' },
			meta: { caption: 'see https://x.example/ there' },
		});
		expect(files).toHaveLength(1);
		expect(files[0]).not.toHaveProperty('node_id');
		expect(texts).toEqual([
			{ channel: 'text', text: 'a' },
			{ channel: 'text', text: 'b' },
			{ channel: 'meta.caption', text: 'see https://x.example/ there' },
		]);
		expect(values).toEqual([
			{ channel: 'seed', value: 7 },
			{ channel: 'nsfw', value: [false] },
			{ channel: 'embedding', value: [0.1, 0.2] },
			{ channel: 'boxes.x', value: 1 },
		]);
	});

	it.each([
		['images', `${BARE}?sig=1`, 'image', 'image/png'],
		['result_video', BARE, 'video', 'video/mp4'],
		['file', { url: BARE, content_type: 'image/webp' }, 'image', 'image/webp'],
		['file', { url: BARE, content_type: 7 }, 'other', 'application/octet-stream'],
		['images', URL_B, 'video', 'video/mp4'],
	])('is what its key says if its address has no extension: %s, %j', (key, file, kind, type) => {
		expect(read({ [key]: file }).files).toMatchObject([{ kind, mime_type: type }]);
	});

	it.each([
		's3://bucket/a.png',
		'//host/a.png',
		'http://[/a.png',
		'data:image/png;base64,iVBORw0=',
	])('gives what cannot be fetched as it is: %s', (text) => {
		const texts = [{ channel: 'images', text }];
		expect(read({ images: [text] })).toEqual({ files: [], texts, values: [], warnings: [] });
	});

	it.each([null, {}, [], { images: [] }, { images: null }, { images: [], seed: 7 }])(
		'%j is a warning',
		(output) => {
			expect(read(output)).toMatchObject({
				files: [],
				texts: [],
				warnings: ['RunComfy gave no files and no texts for this run.'],
			});
		},
	);
});
