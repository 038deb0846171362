// What the readers of sounds find, to the byte: readFile.test.mts has what is made of it.
import { describe, expect, it } from '@jest/globals';
import { readFlac, readMp3, readOgg } from '../../../../core/parsers';
import {
	comments,
	flac,
	FLAC_START,
	flacBlock,
	mp3,
	oggPages,
	opus,
} from '../../../support/workflowFiles.mts';
import { ascii, found, hex, join } from '../../support/filesWithTexts.mts';

describe('a sound', () => {
	const TWO = { prompt: '{}', workflow: '[é]' };

	it('has its texts, in UTF-8 or UTF-16', () => {
		for (const made of [readFlac(flac(TWO)), readOgg(opus(TWO)), readMp3(mp3(TWO))]) {
			expect(found(made)[1]).toBe(false);
			expect(found(made)[0]).toMatchObject({
				prompt: expect.stringMatching(/^\{\}\0?$/),
				workflow: expect.stringMatching(/^\[é\]\0?$/),
			});
		}
		expect(found(readMp3(mp3(TWO, 3)))).toEqual([TWO, false]);
	});

	it('as FLAC may have its comment as its last block, or none', () => {
		const last = flacBlock(0x84, comments(TWO));
		expect(found(readFlac(join(FLAC_START, last)))).toEqual([TWO, false]);
		const none = flacBlock(0x81, Buffer.alloc(9));
		expect(found(readFlac(join(FLAC_START, none, last)))).toEqual([{}, false]);
		expect(found(readFlac(join(FLAC_START, none.subarray(0, -1))))).toEqual([{}, true]);
		expect(found(readFlac(FLAC_START))).toEqual([{}, true]);
	});

	it('has no texts without a name, or with too long a one', () => {
		const odd = { '': 'x', ['n'.repeat(24)]: 'y', ['n'.repeat(23)]: 'z' };
		expect(found(readFlac(flac(odd)))[0]).toEqual({ ['n'.repeat(23)]: 'z' });
	});

	it('that is cut off has what comes before', () => {
		const tags = join(ascii('OpusTags'), comments(TWO));
		const start = join(oggPages(Buffer.alloc(19)), oggPages(tags));
		expect(found(readOgg(start))).toEqual([TWO, false]);
		expect(found(readOgg(start.subarray(0, -1)))).toEqual([{ prompt: '{}' }, true]);
		expect(found(readOgg(oggPages(Buffer.alloc(19))))).toEqual([{}, true]);
		const whole = flac(TWO);
		const end = whole.indexOf('workflow=') + 3;
		expect(found(readFlac(whole.subarray(0, end)))).toEqual([{ prompt: '{}' }, true]);
		const tagged = mp3(TWO, 3);
		expect(found(readMp3(tagged.subarray(0, tagged.lastIndexOf('TXXX') + 30)))).toEqual([
			{ prompt: '{}' },
			true,
		]);
	});

	it('as Ogg may be Vorbis, and of other kinds has none', () => {
		const of = (head: string) =>
			readOgg(join(oggPages(Buffer.alloc(30)), oggPages(join(ascii(head), comments(TWO)))));
		expect(found(of('\x03vorbis'))).toEqual([TWO, false]);
		expect(found(of('\x81theora'))).toEqual([{}, false]);
	});

	it.each([
		[3, '0000000600000000 0000'],
		[4, '00000006 0100'],
	])('as MP3 of ID3 2.%s may have a head that is extended', (version, extended) => {
		const plain = mp3({ a: 'b' }, version as 3 | 4);
		const body = join(hex(extended), plain.subarray(10, -50));
		const head = Buffer.from(plain.subarray(0, 10));
		head[5] = 0x40;
		head[9] = body.length;
		expect(found(readMp3(join(head, body)))[0]).toMatchObject({ a: expect.stringMatching(/^b/) });
	});
});
