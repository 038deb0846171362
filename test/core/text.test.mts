import { describe, expect, it } from '@jest/globals';
import { trimEnd, withoutFullStop } from '../../core/text';

describe('the end of a text', () => {
	it.each([
		['', ''],
		['a', 'a'],
		['a/', 'a'],
		['a//', 'a'],
		['/a/b', '/a/b'],
		['///', ''],
	])('%j without slashes is %j', (text, rest) => {
		expect(trimEnd(text, /\//)).toBe(rest);
	});

	it.each([
		['It broke.', 'It broke'],
		['It broke', 'It broke'],
		['It broke. \n', 'It broke'],
		['Version 1.2 broke …', 'Version 1.2 broke …'],
	])('%j without its full stop is %j', (text, rest) => {
		expect(withoutFullStop(text)).toBe(rest);
	});
});
