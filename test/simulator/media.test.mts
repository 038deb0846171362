import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { chunksOf, decodePng } from './png.mts';
import { type Json, start, urlsIn } from './support.mts';

type Name = 'textToImage' | 'imageEdit' | 'video' | 'audio' | 'model3d' | 'mixed' | 'webFormats';

/** The bytes of the files a run with these overrides gives. */
async function files(name: Name, overrides: Json = {}): Promise<Buffer[]> {
	const { run, result, download, pass } = await start();
	const id = await run(name, overrides);
	pass(1000);
	const urls = urlsIn(await result(id));
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

	it('can be animated', async () => {
		const animated = (await files('mixed')).map((file) =>
			file.toString('latin1', 12, 16) === 'IHDR' ? chunksOf(file) : [],
		);
		const frames = animated.find((chunks) => chunks.some(({ type }) => type === 'acTL')) ?? [];
		expect(frames.every(({ valid }) => valid)).toBe(true);
		expect(frames.filter(({ type }) => type === 'fcTL')).toHaveLength(6);
		expect(frames.filter(({ type }) => type === 'fdAT')).toHaveLength(5);
	});
});

/** Boxes of an MP4 file or of a box's content: type → content. */
function boxes(data: Buffer): Map<string, Buffer> {
	const found = new Map<string, Buffer>();
	for (let offset = 0; offset < data.length; ) {
		const size = data.readUInt32BE(offset);
		found.set(
			data.toString('latin1', offset + 4, offset + 8),
			data.subarray(offset + 8, offset + size),
		);
		offset += size;
	}
	return found;
}

const inside = (data: Buffer, ...path: string[]): Buffer =>
	path.reduce((content, type) => boxes(content).get(type) ?? Buffer.alloc(0), data);

describe('an MP4', () => {
	it('has its index first, and one H.264 picture per frame where the index says', async () => {
		const mp4 = await first('video', { '55': { inputs: { length: 5 } } });
		expect([...boxes(mp4).keys()]).toEqual(['ftyp', 'moov', 'mdat']);
		const table = (name: string) => inside(mp4, 'moov', 'trak', 'mdia', 'minf', 'stbl', name);
		expect(table('stsd').toString('latin1', 12, 16)).toBe('avc1');
		const sizes = table('stsz');
		expect(sizes.readUInt32BE(8)).toBe(5);
		let offset = table('stco').readUInt32BE(8);
		for (let frame = 0; frame < 5; frame += 1) {
			const size = sizes.readUInt32BE(12 + 4 * frame);
			expect(mp4.readUInt32BE(offset)).toBe(size - 4);
			expect(mp4.readUInt8(offset + 4)).toBe(0x65);
			offset += size;
		}
		expect(offset).toBe(mp4.length);
	});

	it('lasts as long as frames and frame rate say', async () => {
		const mp4 = await first('video', {
			'55': { inputs: { length: 8 } },
			'92': { inputs: { frame_rate: 4 } },
		});
		const header = inside(mp4, 'moov', 'mvhd');
		expect(header.readUInt32BE(16) / header.readUInt32BE(12)).toBe(2);
	});

	it('depends on the seed', async () => {
		const clip = (seed: number) => first('video', { '31': { inputs: { seed } } });
		const one = await clip(1);
		expect((await clip(1)).equals(one)).toBe(true);
		expect((await clip(2)).equals(one)).toBe(false);
	});

	it('never holds a start code inside a picture', async () => {
		const mp4 = await first('video');
		const data = inside(mp4, 'mdat');
		const size = data.readUInt32BE(0);
		const picture = data.subarray(4, 4 + size).toString('latin1');
		expect(['\0\0\0', '\0\0\x01', '\0\0\x02'].filter((code) => picture.includes(code))).toEqual([]);
	});
});

describe('a FLAC', () => {
	it('is 16-bit mono of the length asked for, every frame with its checksums', async () => {
		const flac = await first('audio', { '17': { inputs: { seconds: 1 } } });
		expect(flac.toString('latin1', 0, 4)).toBe('fLaC');
		const info = flac.readBigUInt64BE(18);
		expect([info >> 44n, (info >> 41n) & 7n, (info >> 36n) & 31n]).toEqual([16_000n, 0n, 15n]);
		const total = Number(info & 0xfffffffffn);
		expect(total).toBe(16_000);
		let at = 42 + 4 + flac.readUIntBE(43, 3);
		const samples: Buffer[] = [];
		for (let number = 0; at < flac.length; number += 1) {
			expect([flac.readUInt16BE(at), flac[at + 4]]).toEqual([0xfff8, number]);
			const count = flac.readUInt16BE(at + 5) + 1;
			expect(flac[at + 7]).toBe(crcOf(flac.subarray(at, at + 7), 8, 0x07));
			const end = at + 9 + count * 2;
			expect(flac.readUInt16BE(end)).toBe(crcOf(flac.subarray(at, end), 16, 0x8005));
			samples.push(Buffer.from(flac.subarray(at + 9, end)).swap16());
			at = end + 2;
		}
		const sound = Buffer.concat(samples);
		expect(sound.length).toBe(total * 2);
		expect(createHash('md5').update(sound).digest()).toEqual(flac.subarray(26, 42));
		const loudest = Math.max(...new Int16Array(new Uint8Array(sound).buffer));
		expect(loudest).toBeGreaterThan(5000);
	});

	it('sounds by the seed', async () => {
		const tone = (seed: number) => first('audio', { '31': { inputs: { seed } } });
		const one = await tone(1);
		expect((await tone(1)).equals(one)).toBe(true);
		expect((await tone(2)).equals(one)).toBe(false);
	});
});

/** One bit after the other, as the specification has it. */
function crcOf(bytes: Buffer, width: number, polynomial: number): number {
	let value = 0;
	for (const byte of bytes) {
		for (let bit = 7; bit >= 0; bit -= 1) {
			const top = ((value >> (width - 1)) & 1) ^ ((byte >> bit) & 1);
			value = ((value << 1) & (2 ** width - 1)) ^ (top ? polynomial : 0);
		}
	}
	return value;
}

describe('WebP and WebM', () => {
	it('are what they say, with the prompt in them, and differ by the seed', async () => {
		const both = (seed: number) =>
			files('webFormats', {
				'6': { inputs: { text: 'a <fox> & co' } },
				'31': { inputs: { seed } },
			});
		const [webp = Buffer.alloc(0), webm = Buffer.alloc(0)] = await both(1);
		expect(webp.toString('latin1', 0, 4) + webp.toString('latin1', 8, 16)).toBe('RIFFWEBPVP8X');
		expect(webp.readUInt32LE(4)).toBe(webp.length - 8);
		expect(webp.toString('latin1').split('ANMF').length - 1).toBe(6);
		expect(webp.toString()).toContain('a &#60;fox&#62; &#38; co (seed 1)');
		expect(webm.readUInt32BE(0)).toBe(0x1a45dfa3);
		expect(webm.toString()).toContain('V_VP8');
		expect(webm.toString()).toContain('a <fox> & co');
		const again = await both(1);
		const other = await both(2);
		expect(again.map((file, index) => file.equals([webp, webm][index] ?? file))).toEqual([
			true,
			true,
		]);
		expect(other.map((file, index) => file.equals([webp, webm][index] ?? file))).toEqual([
			false,
			false,
		]);
	});
});

describe('a GLB', () => {
	it('is glTF 2 whose accessors fit its buffer', async () => {
		const glb = await first('model3d', { '6': { inputs: { text: 'a chair' } } });
		expect(glb.toString('latin1', 0, 4)).toBe('glTF');
		expect([glb.readUInt32LE(4), glb.readUInt32LE(8)]).toEqual([2, glb.length]);
		const length = glb.readUInt32LE(12);
		const document = JSON.parse(glb.toString('utf8', 20, 20 + length)) as {
			asset: Json;
			accessors: Array<{ count: number }>;
			bufferViews: Array<{ byteOffset: number; byteLength: number }>;
			buffers: Array<{ byteLength: number }>;
		};
		expect(document.asset).toMatchObject({ version: '2.0', extras: { prompt: 'a chair' } });
		const binary = glb.subarray(28 + length);
		expect(binary.length).toBe(document.buffers[0]?.byteLength);
		const view = document.bufferViews[1];
		const indices = binary.subarray(
			view?.byteOffset,
			(view?.byteOffset ?? 0) + (view?.byteLength ?? 0),
		);
		const highest = Math.max(
			...new Uint16Array(
				indices.buffer.slice(indices.byteOffset, indices.byteOffset + indices.length),
			),
		);
		expect(highest).toBe((document.accessors[0]?.count ?? 0) - 1);
	});
});
