import { describe, expect, it } from '@jest/globals';
import { readBytes } from '../../../core/index';
import { sniffMimeType } from '../../../core/media/filenames';
import { type MediaOptions, toMediaInput } from '../../../core/media/mediaInput';

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const PNG = ascii('\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01');
const MP4 = ascii('\x00\x00\x00\x18ftypisom\x00\x00\x02\x00');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

async function* streamOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
	yield* chunks;
}

const padded = (head: Uint8Array, length: number) => {
	const bytes = new Uint8Array(length);
	bytes.set(head);
	return bytes;
};

type Options = Omit<MediaOptions, 'toBase64'>;

type MediaSource = string | Uint8Array | AsyncIterable<Uint8Array>;

async function embed(source: MediaSource, options: Options = {}) {
	const isStream = typeof source === 'object' && Symbol.asyncIterator in source;
	const read = isStream ? await readBytes(source, options.filename ?? 'The file') : source;
	return toMediaInput(read, { toBase64: base64, ...options });
}

async function valueOf(source: MediaSource, options?: Options): Promise<string> {
	return (await embed(source, options)).value;
}

describe('media for an input', () => {
	it.each(['https://example.com/a.png?x=1', 'http://127.0.0.1:1/a', 'HTTPS://E.com/a'])(
		'stays unchanged: %s',
		async (url) => {
			expect(await embed(` ${url}\n`)).toEqual({ value: url, bytes: 0, warnings: [] });
		},
	);

	it('becomes a data URI, in every form that bytes come in', async () => {
		const expected = `data:image/png;base64,${base64(PNG)}`;
		const forms: MediaSource[] = [
			PNG,
			Buffer.from(PNG),
			streamOf(PNG.subarray(0, 3), new Uint8Array(0), PNG.subarray(3)),
			base64(PNG),
			base64(PNG).replace(/(.{5})/g, '$1\r\n'),
			base64(PNG).replace(/={1,2}$/, ''),
			base64(PNG).replaceAll('+', '-').replaceAll('/', '_'),
			expected,
			expected.toUpperCase().slice(0, 5) + expected.slice(5),
			`data:application/octet-stream;base64,${base64(PNG)}`,
			`data:;base64,${base64(PNG)}`,
			`data:text/plain;charset=utf-8;base64,${base64(PNG)}`,
		];
		for (const form of forms) expect(await valueOf(form)).toBe(expected);
	});

	it('of unknown bytes takes the type that is given, then the file name’s', async () => {
		const bytes = ascii('no magic here');
		expect(await valueOf(bytes, { mimeType: 'audio/x-odd', filename: 'a.wav' })).toMatch(
			/^data:audio\/x-odd;/,
		);
		expect(await valueOf(bytes, { filename: 'a.wav' })).toMatch(/^data:audio\/wav;/);
		expect(await valueOf(bytes)).toMatch(/^data:application\/octet-stream;/);
		expect(await valueOf(PNG, { mimeType: 'image/jpeg', filename: 'a.gif' })).toMatch(
			/^data:image\/png;/,
		);
		expect(await valueOf(`data:audio/x-odd;base64,${base64(bytes)}`)).toMatch(
			/^data:audio\/x-odd;/,
		);
		expect(await valueOf(base64(bytes), { mimeType: 'audio/x-odd' })).toBe(
			`data:audio/x-odd;base64,${base64(bytes)}`,
		);
	});

	it.each<[string, MediaSource]>([
		['a long word', 'photograph'],
		['a path', '/home/me/picture.png'],
		['a path that is base64 by its letters', 'images/picture'],
		['a file URL', 'file:///etc/passwd'],
		['half a URL', 'https://'],
		['base64 of no length', base64(PNG).slice(0, 25)],
		['a data URI without base64', 'data:image/svg+xml,%3Csvg/%3E'],
		['a data URI of other letters', 'data:image/png;base64,*!*'],
	])('is refused as %s', async (_what, source) => {
		const error: unknown = await embed(source).catch((thrown: unknown) => thrown);
		expect(error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/neither a web address nor a media file$/),
		});
	});

	it.each<[string, MediaSource]>([
		['no text', ''],
		['no bytes', new Uint8Array(0)],
		['a stream of nothing', streamOf(new Uint8Array(0))],
		['an empty data URI', 'data:image/png;base64,'],
	])('is refused as empty: %s', async (_what, source) => {
		await expect(embed(source, { filename: 'a.png' })).rejects.toMatchObject({
			code: 'invalid_input',
			message: 'a.png is empty',
		});
	});
});

describe('large media', () => {
	const KB = 1024;
	it.each<[string, Uint8Array, number, boolean]>([
		['a picture of 256 KB', PNG, 256 * KB, false],
		['a picture of more', PNG, 256 * KB + 1, true],
		['a video of 1 MB', MP4, KB * KB, false],
		['a video of more', MP4, KB * KB + 1, true],
	])('%s warns: %4$s', async (_what, head, length, warns) => {
		const bytes = padded(head, length);
		for (const form of [bytes, base64(bytes)]) {
			const { warnings } = await embed(form, { filename: 'big' });
			expect(warnings.length).toBe(warns ? 1 : 0);
			if (warns) expect(warnings[0]).toMatch(/^big has .* recommends at most (256 KB|1.0 MB)/);
		}
	});

	it('is refused past 50 MB, in every form, and no sooner', async () => {
		const forms = (bytes: Uint8Array): MediaSource[] => [
			bytes,
			base64(bytes),
			`data:image/png;base64,${base64(bytes)}`,
			streamOf(bytes.subarray(0, 600), bytes.subarray(600)),
		];
		for (const form of forms(padded(PNG, 50 * KB * KB + 1))) {
			await expect(embed(form, { filename: 'a.png' })).rejects.toMatchObject({
				code: 'invalid_input',
				message: expect.stringMatching(
					/^a\.png has (more than )?50\.0 MB, more than the limit of 50\.0 MB for input files$/,
				),
				hint: expect.stringContaining('web address of the file instead'),
			});
		}
		for (const form of forms(padded(PNG, 50 * KB * KB))) {
			expect((await embed(form)).value).toMatch(/^data:image\/png;base64,iVBOR/);
		}
	});

	it('is not read to its end if it is a stream past the limit', async () => {
		let read = 0;
		async function* endless() {
			for (;;) {
				read += 1;
				yield new Uint8Array(KB * KB);
			}
		}
		await expect(embed(endless())).rejects.toMatchObject({ code: 'invalid_input' });
		expect(read).toBe(51);
	});
});

describe('detection by the first bytes', () => {
	it.each([
		['\x89PNG\r\n\x1a\n', 'image/png'],
		['\xff\xd8\xff\xe0', 'image/jpeg'],
		['GIF87a', 'image/gif'],
		['RIFF\x00\x00\x00\x00WEBPVP8 ', 'image/webp'],
		['RIFF\n\x00\x00\x00AVI LIST', 'video/x-msvideo'],
		['RIFF\x00\x00\x00\x00WAVEfmt ', 'audio/wav'],
		['BM\x00\x00\x00\x00\x00\x00\x00\x00', 'image/bmp'],
		['II*\x00', 'image/tiff'],
		['\x00\x00\x00\x1cftypavif', 'image/avif'],
		['\x00\x00\x00\x18ftypheic', 'image/heic'],
		['\x00\x00\x00\x14ftypqt  ', 'video/quicktime'],
		['\x00\x00\x00\x18ftypM4A ', 'audio/mp4'],
		['\x00\x00\x00\x18ftypmp42', 'video/mp4'],
		[
			'\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm',
			'video/webm',
		],
		[
			'\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska',
			'video/x-matroska',
		],
		['fLaC', 'audio/flac'],
		['OggS', 'audio/ogg'],
		['ID3\x04', 'audio/mpeg'],
		['\xff\xfb\x90', 'audio/mpeg'],
		['glTF\x02', 'model/gltf-binary'],
		['PK\x03\x04', 'application/zip'],
		['hello', undefined],
		['BMW cars', undefined],
	])('%j is %s', (head, type) => {
		expect(sniffMimeType(ascii(head))).toBe(type);
	});
});
