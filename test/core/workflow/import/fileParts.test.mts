// What each reader finds in a file, to the byte: readFile.test.mts has what is made of it.
import { describe, expect, it } from '@jest/globals';
import { readJpeg, readMp4, readPng, readWebm, readWebp } from '../../../../core/parsers';
import {
	bigEndian,
	decodeText,
	littleEndian,
	untilZero,
} from '../../../../core/workflow/import/files/tag';
import {
	box,
	element,
	exif,
	jpeg,
	mp4,
	png,
	PNG_START,
	pngChunk,
	webm,
	webp,
} from '../../../support/workflowFiles.mts';
import { ascii, found, hex, join } from '../../support/filesWithTexts.mts';

describe('bytes', () => {
	it('are numbers in either order, and zeros past the end', () => {
		const bytes = Uint8Array.of(1, 2, 3);
		expect([bigEndian(bytes, 0, 2), bigEndian(bytes, 1, 3)]).toEqual([0x0102, 0x020300]);
		expect([littleEndian(bytes, 0, 2), littleEndian(bytes, 1, 3)]).toEqual([0x0201, 0x0302]);
		expect([bigEndian(bytes, 0, 0), littleEndian(bytes, 0, 0)]).toEqual([0, 0]);
	});

	it('end a text with a zero', () => {
		const bytes = Uint8Array.of(0, 1, 2, 0, 3);
		expect([untilZero(bytes, 1, 5), untilZero(bytes, 1, 3), untilZero(bytes, 4, 5)]).toEqual([
			...[3, 3, 5],
		]);
	});
});

describe('a PNG', () => {
	const text = pngChunk('tEXt', ascii('a\0b'));

	it('has its texts before its end or behind it', () => {
		expect(found(readPng(png({ a: 'b', c: 'd' })))).toEqual([{ a: 'b', c: 'd' }, false]);
		const more = pngChunk('tEXt', ascii('e\0f'));
		expect(found(readPng(join(png({ c: 'd' }), text, more)))).toEqual([
			{ c: 'd', a: 'b', e: 'f' },
			false,
		]);
	});

	it.each<[string, Buffer]>([
		['zeros', join(Buffer.alloc(120), text)],
		['a part of a chunk', text.subarray(0, -5)],
		['an archive', join(ascii('PK\x03\x04 appended'), text)],
	])('is whole, whatever follows: %s', (_what, rest) => {
		expect(found(readPng(join(png({ c: 'd' }), rest)))).toEqual([{ c: 'd' }, false]);
	});

	it('is cut off if its end is not there', () => {
		expect(found(readPng(join(PNG_START, text)))).toEqual([{ a: 'b' }, true]);
		// Only its checksum is missing.
		expect(found(readPng(join(PNG_START, text, text).subarray(0, -4)))).toEqual([{ a: 'b' }, true]);
		expect(found(readPng(join(PNG_START, text).subarray(0, -1)))).toEqual([{ a: 'b' }, true]);
		expect(found(readPng(join(PNG_START, text).subarray(0, -5)))).toEqual([{}, true]);
		expect(found(readPng(PNG_START.subarray(0, 8)))).toEqual([{}, true]);
	});

	it.each<[string, string, object]>([
		['tEXt', 'name', { name: '' }],
		['tEXt', 'name\0', { name: '' }],
		['tEXt', `${'n'.repeat(79)}\0x`, { ['n'.repeat(79)]: 'x' }],
		['iTXt', 'name', { name: '' }],
		['iTXt', 'name\0\0', { name: '' }],
		['iTXt', 'name\0\0\0', { name: '' }],
		['iTXt', 'name\0\0\0en', { name: '' }],
		['iTXt', 'name\0\0\0en\0Name\0text', { name: 'text' }],
		['iTXt', 'name\0\0\0\0\0text', { name: 'text' }],
		['sRGB', 'name\0text', {}],
	])('has in %s %j the text %j', (type, content, texts) => {
		expect(found(readPng(join(PNG_START, pngChunk(type, ascii(content)))))[0]).toEqual(texts);
	});

	it('does not look for the end of a name for ever', () => {
		const [tag] = readPng(join(PNG_START, pngChunk('tEXt', ascii('n'.repeat(500))))).tags;
		expect(tag?.name).toBe('n'.repeat(80));
	});

	it.each([
		['zTXt', 'name\0\0text', true],
		['iTXt', 'name\0\x01\0\0\0text', true],
		['iTXt', 'name\0\0\0\0\0text', false],
		['iTXt', 'name\0\x02\0\0\0text', false],
	])('tells whether %s %j is compressed: %s', (type, content, deflated) => {
		const [tag] = readPng(join(PNG_START, pngChunk(type, ascii(content)))).tags;
		expect(tag).toMatchObject({ name: 'name', deflated });
		expect(decodeText(tag?.value ?? Buffer.alloc(0))).toBe('text');
	});
});

describe('EXIF', () => {
	const inJpeg = (block: Buffer) => {
		const size = Buffer.alloc(2);
		size.writeUInt16BE(block.length + 2);
		return join(hex('ffd8 ffe1'), size, block, hex('ffda 0000'));
	};
	/** One entry: number, type, count, then the value or where it stands. */
	const one = (entry: string, text: string) =>
		join(ascii('MM'), hex('002a 00000008 0001'), hex(entry), hex('00000000'), ascii(text));
	const texts = (block: Buffer) => found(readJpeg(inJpeg(block)));

	it('has the texts that begin with a name', () => {
		expect(texts(exif({ prompt: '{}', workflow: '[]' }))).toEqual([
			{ prompt: '{}', workflow: '[]' },
			false,
		]);
		expect(texts(exif({ prompt: '{}' }, 'II'))).toEqual([{ prompt: '{}' }, false]);
		expect(texts(join(ascii('Exif\0\0'), exif({ a: 'b:c' })))).toEqual([{ a: 'b:c' }, false]);
	});

	it('has no texts in an order of bytes that there is not', () => {
		expect(texts(join(ascii('IM'), exif({ prompt: '{}' }).subarray(2)))).toEqual([{}, false]);
	});

	it.each([
		['0110 0002 00000005 0000001a', 'a:bc\0', { a: 'bc' }],
		['0110 0002 00000005 0000001a', 'a:bcd', { a: 'bcd' }],
		// Four bytes stand in the entry itself.
		['0110 0002 00000004 0000001a', 'a:bc', {}],
		['0110 0001 00000005 0000001a', 'a:bcd', {}],
		['0110 0002 00000005 0000001a', 'a-b:c', {}],
		['0110 0002 00000005 0000001a', ':abcd', {}],
		['0110 0002 00000005 0000001a', 'abcde', {}],
		['0110 0002 00000005 000000ff', 'a:bcd', {}],
		['0110 0002 000000ff 0000001a', 'a:bcd', { a: 'bcd' }],
	])('has in the entry %s of %j: %j', (entry, text, expected) => {
		expect(texts(one(entry, text))).toEqual([expected, false]);
	});

	it('may end in the middle of its entries', () => {
		const whole = exif({ a: 'bcdef', c: 'defgh' });
		expect(texts(whole.subarray(0, 8 + 2 + 12 + 11))[0]).toEqual({});
		const many = join(ascii('MM'), hex('002a 00000008 ffff 0110 0002 00000005 00000003'));
		expect(texts(many)).toEqual([{}, false]);
	});

	it('in a JPEG stands before the picture, in a segment of its own', () => {
		const block = exif({ a: 'bcd' });
		expect(found(readJpeg(jpeg({ a: 'bcd' })))).toEqual([{ a: 'bcd' }, false]);
		const other = inJpeg(block);
		other[3] = 0xe2;
		expect(found(readJpeg(other))).toEqual([{}, false]);
		const after = join(hex('ffd8 ffda 0004 0000'), inJpeg(block).subarray(2));
		expect(found(readJpeg(after))).toEqual([{}, false]);
		const odd = join(hex('ffd8 00e1'), inJpeg(block).subarray(4));
		expect(found(readJpeg(odd))).toEqual([{}, false]);
	});

	it('in a JPEG that is cut off is not there', () => {
		const whole = inJpeg(exif({ a: 'bcd' }));
		expect(found(readJpeg(whole.subarray(0, -4)))).toEqual([{ a: 'bcd' }, true]);
		expect(found(readJpeg(whole.subarray(0, -5)))).toEqual([{}, true]);
		expect(found(readJpeg(whole.subarray(0, -2)))).toEqual([{ a: 'bcd' }, true]);
		expect(found(readJpeg(hex('ffd8 ffe0 0000 ffe0 0001 ffda 0000')))).toEqual([{}, false]);
	});

	it('in a WebP is a chunk, which begins at an even place', () => {
		expect(found(readWebp(webp({ a: 'bcd' })))).toEqual([{ a: 'bcd' }, false]);
		const whole = webp({ a: 'bcde' });
		expect(found(readWebp(whole))).toEqual([{ a: 'bcde' }, false]);
		expect(found(readWebp(whole.subarray(0, -2)))).toEqual([{}, true]);
		expect(found(readWebp(whole.subarray(0, 12)))).toEqual([{}, false]);
		const renamed = Buffer.from(whole);
		renamed.write('EXIX', whole.indexOf('EXIF'), 'latin1');
		expect(found(readWebp(renamed))).toEqual([{}, false]);
	});
});

describe('an MP4', () => {
	const u32 = (value: number) => hex(value.toString(16).padStart(8, '0'));
	const data = (text: string) => box('data', u32(1), u32(0), ascii(text));
	const keys = (...names: string[]) =>
		box('keys', u32(0), u32(names.length), ...names.map((name) => box('mdta', ascii(name))));
	const item = (number: number, ...content: Buffer[]) => {
		const body = join(...content);
		return join(u32(body.length + 8), u32(number), body);
	};
	const meta = (...content: Buffer[]) => box('meta', u32(0), box('hdlr', u32(0)), ...content);
	const TEXT = [keys('a', 'b'), box('ilst', item(2, data('of b')), item(1, data('of a')))];
	const BOTH = { a: 'of a', b: 'of b' };

	it.each<[string, Buffer]>([
		['in the movie', box('moov', meta(...TEXT))],
		['in the user data of the movie', box('moov', box('udta', meta(...TEXT)))],
		['in user data', box('udta', meta(...TEXT))],
		['at the top', meta(...TEXT)],
		['as QuickTime writes it', box('meta', box('hdlr', u32(0)), ...TEXT)],
		[
			'in a large box',
			join(
				u32(1),
				ascii('meta'),
				u32(0),
				u32(16 + 4 + 12 + sum(TEXT)),
				u32(0),
				box('hdlr', u32(0)),
				...TEXT,
			),
		],
		['in a box up to the end', join(u32(0), meta(...TEXT).subarray(4))],
	])('has its texts %s', (_where, file) => {
		expect(found(readMp4(join(box('ftyp'), file)))).toEqual([BOTH, false]);
	});

	it.each<[string, Buffer]>([
		['in another box', box('moof', meta(...TEXT))],
		['in another box of the movie', box('moov', box('trak', meta(...TEXT)))],
		['without names', meta(TEXT[1] as Buffer)],
		['under other numbers', meta(keys('a'), box('ilst', item(0, data('x')), item(2, data('x'))))],
		['without data', meta(keys('a'), box('ilst', item(1, box('free', u32(0), u32(0)))))],
		['in another list', meta(keys('a'), box('free', item(1, data('x'))))],
	])('has none %s', (_where, file) => expect(found(readMp4(file))).toEqual([{}, false]));

	it('has a comment by the name of its box', () => {
		const file = meta(box('ilst', box('\xa9cmt', data('{}')), box('\xa9nam', data('x'))));
		expect(found(readMp4(file))).toEqual([{ comment: '{}' }, false]);
	});

	it('is cut off if a box goes on past its end', () => {
		const whole = mp4({ a: 'b' });
		expect(found(readMp4(whole.subarray(0, -1)))).toEqual([{}, true]);
		expect(found(readMp4(join(box('ftyp'), u32(7), ascii('free'))))).toEqual([{}, true]);
		expect(found(readMp4(join(meta(...TEXT), u32(8))))).toEqual([BOTH, false]);
		expect(found(readMp4(join(meta(...TEXT), u32(9), ascii('free'))))).toEqual([BOTH, true]);
		expect(found(readMp4(join(meta(...TEXT), u32(8), ascii('free'))))).toEqual([BOTH, false]);
	});
});

function sum(parts: Buffer[]): number {
	return join(...parts).length;
}

describe('a WebM', () => {
	const tag = (name: string, text: string) =>
		element(0x67c8, join(element(0x45a3, ascii(name)), element(0x4487, ascii(text))));

	it('has its tags, in an element of any size', () => {
		expect(found(readWebm(webm({ a: 'b', c: 'd' })))).toEqual([{ A: 'b', C: 'd' }, false]);
		expect(found(readWebm(webm({ a: 'b' }, true)))).toEqual([{ A: 'b' }, false]);
		const short = hex('67c8 88 45a3 81 41 4487 81 62');
		expect(found(readWebm(short))).toEqual([{ A: 'b' }, false]);
		const two = hex('67c8 4008 45a3 4001 41 4487 81');
		expect(found(readWebm(join(hex('ec 81 00'), short, two)))[0]).toEqual({ A: 'b' });
	});

	it('has the tags before the place where it is cut off', () => {
		const whole = join(tag('a', 'b'), tag('c', 'd'));
		expect(found(readWebm(whole))).toEqual([{ a: 'b', c: 'd' }, false]);
		expect(found(readWebm(whole.subarray(0, -1)))).toEqual([{ a: 'b' }, true]);
		expect(found(readWebm(join(tag('a', 'b'), hex('ec'))))).toEqual([{ a: 'b' }, true]);
		expect(found(readWebm(join(tag('a', 'b'), hex('ec 40'))))).toEqual([{ a: 'b' }, true]);
		expect(found(readWebm(join(tag('a', 'b'), hex('00 81 00'))))).toEqual([{ a: 'b' }, true]);
		expect(found(readWebm(join(tag('a', 'b'), hex('08000000 00 81'))))).toEqual([{ a: 'b' }, true]);
		expect(found(readWebm(join(tag('a', 'b'), hex('ec 00 81'))))).toEqual([{ a: 'b' }, true]);
	});

	it('has no text without a name, or a name without a text', () => {
		const name = element(0x45a3, ascii('a'));
		const text = element(0x4487, ascii('b'));
		for (const inner of [name, text, join(name, element(0x4484, ascii('b')))]) {
			expect(found(readWebm(element(0x67c8, inner)))).toEqual([{}, false]);
		}
		expect(found(readWebm(element(0x67c8, join(text, name))))).toEqual([{ a: 'b' }, false]);
		expect(found(readWebm(element(0x67c9, join(text, name))))).toEqual([{}, false]);
	});

	it('has no tag that goes on without end, and no part that goes on past its tag', () => {
		const name = element(0x45a3, ascii('a'));
		expect(found(readWebm(join(element(0x67c8), name, element(0x4487, ascii('b')))))).toEqual([
			{},
			false,
		]);
		expect(found(readWebm(element(0x67c8, join(name, hex('4487 82 62')))))).toEqual([{}, false]);
		expect(found(readWebm(element(0x67c8, join(name, hex('4487 81 62')))))).toEqual([
			{ a: 'b' },
			false,
		]);
	});
});
