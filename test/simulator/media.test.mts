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

	it('takes its colours from the seed', async () => {
		const corner = async (seed: number) => decodePng(await picture('a cat', seed)).pixel(0, 0);
		expect(await corner(1)).not.toEqual(await corner(2));
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

/** Where the parts of a file begin and end, by the lengths that it states itself. */
type Walk = (file: Buffer) => string[];

const parts = (
	file: Buffer,
	start: number,
	next: (at: number) => { name: string; end: number },
): string[] => {
	const names = [];
	for (let at = start; at < file.length; ) {
		const { name, end } = next(at);
		names.push(name);
		at = end;
		if (at > file.length) throw new Error(`${name} ends behind the file`);
	}
	return names;
};
const text = (file: Buffer, at: number) => file.toString('latin1', at, at + 4);

const boxes: Walk = (file) =>
	parts(file, 0, (at) => ({ name: text(file, at + 4), end: at + file.readUInt32BE(at) }));

const riff: Walk = (file) => {
	expect([text(file, 0), file.readUInt32LE(4), text(file, 8)]).toEqual([
		...['RIFF', file.length - 8, 'WEBP'],
	]);
	return parts(file, 12, (at) => {
		const length = file.readUInt32LE(at + 4);
		return { name: text(file, at), end: at + 8 + length + (length % 2) };
	});
};

const glb: Walk = (file) => {
	expect([text(file, 0), file.readUInt32LE(4), file.readUInt32LE(8)]).toEqual([
		...['glTF', 2, file.length],
	]);
	return parts(file, 12, (at) => {
		const length = file.readUInt32LE(at);
		expect(length % 4).toBe(0);
		return { name: text(file, at + 4), end: at + 8 + length };
	});
};

const ebml: Walk = (file) =>
	parts(file, 0, (at) => {
		const idBytes = Math.clz32(file.readUInt8(at)) - 23;
		const sizeAt = at + idBytes;
		const sizeBytes = Math.clz32(file.readUInt8(sizeAt)) - 23;
		const coded = BigInt(`0x${file.toString('hex', sizeAt, sizeAt + sizeBytes)}`);
		const size = Number(coded & ((1n << BigInt(7 * sizeBytes)) - 1n));
		return { name: file.toString('hex', at, sizeAt), end: sizeAt + sizeBytes + size };
	});

const flac: Walk = (file) => {
	expect(text(file, 0)).toBe('fLaC');
	const types = [];
	for (let at = 4; ; ) {
		const head = file.readUInt8(at);
		types.push(String(head & 0x7f));
		at += 4 + file.readUIntBE(at + 1, 3);
		if (head < 0x80) continue;
		expect(file.readUInt16BE(at)).toBe(0xfff8);
		return types;
	}
};

const png: Walk = (file) => {
	const chunks = chunksOf(file);
	expect(chunks.filter(({ valid }) => !valid)).toEqual([]);
	return chunks.map(({ type }) => type);
};

describe('a sample', () => {
	const VIDEO = ['ftyp', 'moov', 'mdat', 'free'];
	it.each<[string, Name, number, Walk, string[]]>([
		['an MP4', 'video', 0, boxes, VIDEO],
		['a FLAC', 'audio', 0, flac, ['0', '2', '4']],
		['a GLB', 'model3d', 0, glb, ['JSON', 'BIN\0', 'note']],
		['an animated WebP', 'webFormats', 0, riff, ['VP8X', 'ANIM', 'ANMF', 'note']],
		['a WebM', 'webFormats', 1, ebml, ['1a45dfa3', '18538067']],
		['an animated PNG', 'mixed', 3, png, ['acTL', 'fcTL', 'IDAT', 'fdAT', 'iTXt', 'IEND']],
	])(
		'%s is whole, and says for which prompt and seed it is',
		async (_name, name, at, walk, has) => {
			const made = async (seed: number) =>
				(await files(name, { '31': { inputs: { seed } } }))[at] ?? Buffer.alloc(0);
			const one = await made(7);
			expect([...new Set(walk(one))]).toEqual(expect.arrayContaining(has));
			expect(one.toString('utf8')).toMatch(/\w \(seed 7\)/);
			expect((await made(7)).equals(one)).toBe(true);
			expect((await made(8)).equals(one)).toBe(false);
		},
	);

	it('keeps every letter of the prompt', async () => {
		const prompts = ['', 'a', 'ab', 'abc', '狐 на холме 🦊'];
		for (const prompt of prompts) {
			const inputs = { inputs: { text: prompt } };
			const made = await files('webFormats', { '6': inputs });
			expect(made.map((file) => file.includes(`${prompt} (seed `))).toEqual([true, true]);
			expect(riff(made[0]!).at(-1)).toBe('note');
			expect(ebml(made[1]!)).toEqual(['1a45dfa3', '18538067']);
			expect(glb((await files('model3d', { '6': inputs }))[0]!).at(-1)).toBe('note');
		}
	});
});
