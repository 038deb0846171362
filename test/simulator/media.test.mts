// The files themselves: pictures that show the prompt and the seed, and one sample of each other format.
import { describe, expect, it } from '@jest/globals';
import { chunksOf, decodePng } from './png.mts';
import { type Json, start, urlsIn } from './support.mts';

type Name = 'textToImage' | 'imageEdit' | 'video' | 'audio' | 'model3d' | 'mixed' | 'webFormats';

/** The bytes of the files a run with these overrides gives. */
async function files(name: Name, overrides: Json = {}): Promise<Buffer[]> {
	const { finish, download } = await start();
	const urls = urlsIn(await finish(name, overrides));
	const responses = await Promise.all(urls.map((url) => download(url)));
	return Promise.all(responses.map(async (one) => Buffer.from(await one.arrayBuffer())));
}

const first = async (name: Name, overrides?: Json): Promise<Buffer> =>
	(await files(name, overrides))[0] ?? Buffer.alloc(0);

const picture = (text: string, seed: number) =>
	first('textToImage', {
		'6': { inputs: { text } },
		'27': { inputs: { width: 320, height: 256 } },
		'31': { inputs: { seed } },
	});

describe('a PNG', () => {
	it('is whole: chunks in order, checksums right, pixels for every row', async () => {
		const png = await picture('a cat', 1);
		const chunks = chunksOf(png);
		expect(chunks.filter(({ valid }) => !valid)).toEqual([]);
		expect(chunks.map(({ type }) => type)).toEqual([
			'IHDR',
			'PLTE',
			'tEXt',
			'tEXt',
			'IDAT',
			'IEND',
		]);
		expect(decodePng(png)).toMatchObject({ width: 320, height: 256 });
	});

	it('is the same for the same prompt and seed, another for another', async () => {
		const one = await picture('a cat', 1);
		expect((await picture('a cat', 1)).equals(one)).toBe(true);
		expect((await picture('a cat', 2)).equals(one)).toBe(false);
		expect((await picture('a dog', 1)).equals(one)).toBe(false);
	});

	it('shows the prompt: other letters, other pixels in the caption', async () => {
		const caption = async (text: string) => {
			const { width, height, pixel } = decodePng(await picture(text, 1));
			const rows = Array.from({ length: 30 }, (_, i) => height - 30 + i);
			return rows.map((y) => Array.from({ length: width }, (_, x) => pixel(x, y)));
		};
		const one = await caption('a cat');
		expect(await caption('a hat')).not.toEqual(one);
		expect(await caption('a cat')).toEqual(one);
	});

	it('carries prompt and seed as text, beyond Latin-1 too', async () => {
		expect(decodePng(await picture('café', 9)).texts).toEqual({ prompt: 'café', seed: '9' });
		const prompt = '狐 на холме 🦊';
		expect(decodePng(await picture(prompt, 9)).texts).toEqual({ prompt, seed: '9' });
	});

	it('of a batch differs from its neighbours', async () => {
		const images = await files('textToImage', { '27': { inputs: { batch_size: 3 } } });
		expect(new Set(images.map((image) => image.toString('base64'))).size).toBe(3);
	});

	it('of an edit depends on the picture that went in', async () => {
		const edit = (image: string) => first('imageEdit', { '189': { inputs: { image } } });
		const one = await edit('https://images.example/one.png');
		expect((await edit('https://images.example/two.png')).equals(one)).toBe(false);
	});
});

// test/e2e plays them in a browser.
it.each<[string, Name, number, string]>([
	['an MP4', 'video', 0, 'ftyp'],
	['a FLAC', 'audio', 0, 'fLaC'],
	['a GLB', 'model3d', 0, 'glTF'],
	['an animated WebP', 'webFormats', 0, 'WEBP'],
	['a WebM', 'webFormats', 1, '\x1a\x45\xdf\xa3'],
	['an animated PNG', 'mixed', 3, 'acTL'],
])('%s begins as its format does', async (_name, name, index, mark) => {
	const file = (await files(name))[index] ?? Buffer.alloc(0);
	expect(file.toString('latin1', 0, 1000)).toContain(mark);
	expect(file.length).toBeGreaterThan(500);
});
