// Files whose kind certainly differs from the input's, and files that must pass.
import { describe, expect, it } from '@jest/globals';
import { misfit } from '../../../core/media/misfit';

const BYTES = {
	png: '89504e470d0a1a0a0000000d49484452',
	gif: '47494638396101000100',
	mp3: '49443303000000000000',
	ogg: '4f676753000200000000',
	mp4: '000000206674797069736f6d',
	zip: '504b03041400000008',
	unknown: 'c0ffee00c0ffee00',
};

const uriOf = (name: keyof typeof BYTES, type = 'application/octet-stream') =>
	`data:${type};base64,${Buffer.from(BYTES[name], 'hex').toString('base64')}`;

it.each([
	['mp3', 'image', 'takes an image, not a file of the type audio/mpeg'],
	['mp4', 'image', 'takes an image, not a file of the type video/mp4'],
	['mp3', 'video', 'takes a video, not a file of the type audio/mpeg'],
	['png', 'audio', 'takes an audio file, not a file of the type image/png'],
	['zip', 'audio', 'takes an audio file, not a file of the type application/zip'],
] as const)('%s for %s: %s', (name, kind, problem) => {
	// The declared type does not count.
	expect(misfit(uriOf(name, `${kind}/png`), kind)).toBe(problem);
});

it.each([
	['png', 'image'],
	// Could be an animation, a video with sound, or either.
	['gif', 'video'],
	['mp4', 'audio'],
	['ogg', 'video'],
	['mp3', 'file'],
	['mp3', undefined],
	['unknown', 'image'],
] as const)('%s for %s may fit', (name, kind) => {
	expect(misfit(uriOf(name), kind)).toBeUndefined();
});

it.each([['https://example.com/a.mp3'], ['data:audio/mpeg,a'], ['data:;base64,%'], ['data:'], [7]])(
	'%j is not a file that is written out',
	(value) => {
		expect(misfit(value, 'image')).toBeUndefined();
	},
);

describe('a text', () => {
	const uriOfText = (text: string, type = 'application/octet-stream') =>
		`data:${type};base64,${Buffer.from(text).toString('base64')}`;

	it('is not a picture, even if the part that is read ends within a character', () => {
		// The part that is read ends after one of the three bytes of a character.
		const long = `${'x'.repeat(764)}${'€'.repeat(20)}`;
		expect(misfit(uriOfText('<html>401</html>', 'text/html'), 'image')).toBe(
			'takes an image, not text ("<html>401</html>")',
		);
		expect(misfit(uriOfText(long), 'video')).toMatch(/^takes a video, not text \("x{39}…"\)$/);
	});

	it('may be a picture if its type says so, and fits an input for any file', () => {
		expect(misfit(uriOfText('<svg/>', 'image/svg+xml'), 'image')).toBeUndefined();
		expect(misfit(uriOfText('o cube'), 'file')).toBeUndefined();
		expect(misfit(uriOfText('a\0b'), 'image')).toBeUndefined();
	});
});
